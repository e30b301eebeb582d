"""The module sepp.kit.tree, by Ansible on this machine."""

import getpass
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sepp.engine.paths import ROOT


@pytest.fixture
def copy(tmp_path: Path):
    """Copies `source` to `host`; gives Ansible's result."""
    source = tmp_path / "source"
    (source / "inner/empty").mkdir(parents=True)
    (source / "program.py").write_text("print(1)\n")
    (source / "inner/data").write_bytes(bytes(range(256)))
    me = getpass.getuser()

    def run(*options: str, **arguments: str) -> dict:
        values = {"src": source, "dest": tmp_path / "host/lib", "owner": me, "group": me, **arguments}
        ended = subprocess.run(
            [
                Path(sys.executable).with_name("ansible"),
                *("localhost", "--connection=local", "--module-name=sepp.kit.tree"),
                *(f"--args={json.dumps(values, default=str)}", *options),
            ],
            env={**os.environ, "ANSIBLE_LOAD_CALLBACK_PLUGINS": "true", "ANSIBLE_STDOUT_CALLBACK": "json"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.stdout, ended.stderr
        return json.loads(ended.stdout)["plays"][0]["tasks"][0]["hosts"]["localhost"]

    return run


def names(result: dict, tmp_path: Path) -> list[str]:
    return [str(Path(path).relative_to(tmp_path / "host")) for path in result["written"]]


def test_tree_is_copied_and_left_alone_after_that(copy, tmp_path: Path):
    before = copy("--check", "--diff")
    assert not (tmp_path / "host").exists()
    done = copy()
    assert before["written"] == done["written"]
    assert names({"written": done["written"][1:]}, tmp_path) == [
        "lib",
        "lib/inner",
        "lib/inner/data",
        "lib/inner/empty",
        "lib/program.py",
    ]
    assert (tmp_path / "host/lib/inner/data").read_bytes() == bytes(range(256))
    assert (tmp_path / "host/lib/program.py").stat().st_mode & 0o777 == 0o644
    again = copy()
    assert not again["changed"]


def test_only_what_differs_is_written(copy, tmp_path: Path):
    copy()
    host = tmp_path / "host/lib"
    (host / "own").write_text("the host's")
    (host / "program.py").chmod(0o600)
    (host / "inner/data").unlink()
    (host / "inner/data").symlink_to(host / "own")
    assert names(copy(), tmp_path) == ["lib/inner/data", "lib/program.py"]
    assert (host / "own").read_text() == "the host's"
    assert not (host / "inner/data").is_symlink()


def test_unknown_owner_and_missing_folder_are_told(copy, tmp_path: Path):
    assert "no user nobody-at-all" in copy(owner="nobody-at-all")["msg"]
    assert "not-there" in copy(src="not-there")["msg"]
