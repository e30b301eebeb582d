"""`sepp verify` where a platform cannot be reached."""

from typer.testing import CliRunner

from sepp.cli import build


def test_a_platform_that_cannot_be_reached_is_told_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    ended = CliRunner().invoke(build(), ["verify", "kubernetes/example"])
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.strip().startswith("kubernetes/example: no way to the cluster:")
