"""What makes a role run again, and what makes an image anew."""

from pathlib import Path

import pytest

from sepp.converge import hashes


@pytest.fixture(autouse=True)
def role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "roles/cas"
    for name in ("tasks/main.yml", "tasks/install.yml", "tasks/run.yml", "templates/a.j2", "files/b", "molecule/c"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    monkeypatch.setattr(hashes, "role_folder", lambda _: folder)
    return folder


def fresh() -> tuple[str, str]:
    hashes.role_content.cache_clear()
    hashes.install_content.cache_clear()
    return hashes.role_content("cas"), hashes.install_content("cas")


@pytest.mark.parametrize(
    ("path", "runs", "bakes"),
    [
        ("tasks/run.yml", True, False),
        ("templates/a.j2", True, False),
        ("tasks/install.yml", True, True),
        ("files/b", True, True),
        ("files/program/templates/page.html", True, True),
        ("files/README.md", True, True),
        ("handlers/main.yml", True, False),
        ("meta/argument_specs.yml", True, False),
        ("molecule/c", False, False),
        ("README.md", False, False),
        ("files/__pycache__/x.pyc", False, False),
    ],
)
def test_what_counts(role: Path, path: str, runs: bool, bakes: bool):
    before = fresh()
    (role / path).parent.mkdir(parents=True, exist_ok=True)
    (role / path).write_text("changed")
    after = fresh()
    assert [old != new for old, new in zip(before, after, strict=True)] == [runs, bakes]


def test_a_mode_counts(role: Path):
    before = fresh()
    (role / "files/b").chmod(0o755)
    assert fresh()[0] != before[0]


def test_variables_count_in_any_order():
    one = hashes.role_digest("cas", {"cas_port": 1, "cas_key": "x"})
    assert one == hashes.role_digest("cas", {"cas_key": "x", "cas_port": 1})
    assert one != hashes.role_digest("cas", {"cas_port": 2, "cas_key": "x"})


def test_parts_do_not_run_together():
    assert hashes.digest(["ab", "c"]) != hashes.digest(["a", "bc"])
