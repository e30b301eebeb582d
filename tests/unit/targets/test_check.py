"""What a target needs of the operator's machine."""

from importlib.metadata import version

import pytest

from sepp.targets.check import plugin


@pytest.fixture
def make_program():
    def make(folder):
        program = folder / "pulumi-resource-kubernetes"
        folder.mkdir(parents=True)
        program.touch(mode=0o755)
        return program

    return make


def test_a_providers_plugin_that_was_fetched_is_the_one_that_is_wanted(tmp_path, monkeypatch, make_program):
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    program = make_program(tmp_path / "plugins" / f"resource-kubernetes-v{version('pulumi-kubernetes')}")
    assert (plugin("kubernetes").state, plugin("kubernetes").found) == ("ok", str(program))


def test_a_providers_plugin_on_path_is_taken_whatever_its_version(tmp_path, monkeypatch, make_program):
    program = make_program(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(program.parent))
    assert plugin("kubernetes").state == "ok"
    assert plugin("kubernetes").found == f"{program}, taken since it is on PATH, whatever its version"
