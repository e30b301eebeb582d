"""What a user's server adds to JupyterLab."""

import importlib
import json
import logging
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOG = logging.getLogger("test")


def part(name):
    """Load a module of the server's extension without the extension itself, which needs a Jupyter server."""
    extension = types.ModuleType("sepp_lab")
    extension.__path__ = [str(ROOT / "roles/hub/files/root/usr/local/lib/sepp/lab/sepp_lab")]
    sys.modules[extension.__name__] = extension
    return importlib.import_module(f"sepp_lab.{name}")


usage, examples = part("usage"), part("examples")


@pytest.mark.parametrize(
    ("used", "level"), [(0, None), (89, None), (90, "warning"), (99, "warning"), (100, "full"), (101, "full")]
)
def test_the_level_of_a_notice(used, level):
    notices = usage.notices({"tiers": {"persistent": {"used": used, "limit": 100}}})
    assert [notice["level"] for notice in notices] == ([level] if level else [])


def test_what_a_notice_says():
    [notice] = usage.notices({"tiers": {"scratch": {"used": 95 * 2**30, "limit": 100 * 2**30}}})
    assert notice["text"] == "Your scratch space is 95% full (95 GiB of 100 GiB). Please make room soon."


def test_shares_are_told_too():
    [notice] = usage.notices({"tiers": {}, "shares": {"papers": {"used": 100, "limit": 100}}})
    assert notice["text"].startswith("The share papers is full (100 B of 100 B).")


def test_no_limit_is_never_full():
    assert usage.notices({"tiers": {"persistent": {"used": 5, "limit": None}}}) == []
    assert usage.notices({}) == []


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "one.ipynb").write_text("{}")
    return folder


def test_examples_are_copied_on_first_start_only(tmp_path, source):
    home = tmp_path / "home"
    home.mkdir()
    examples.copy(LOG, source, home)
    assert (home / "examples/one.ipynb").read_text() == "{}"
    (home / "examples/one.ipynb").write_text("mine")
    examples.copy(LOG, source, home)
    assert (home / "examples/one.ipynb").read_text() == "mine"
    (home / "examples/one.ipynb").unlink()
    examples.copy(LOG, source, home)
    assert not list((home / "examples").iterdir())


def test_a_home_without_room_is_no_obstacle(tmp_path, source, monkeypatch, caplog):
    home = tmp_path / "home"
    home.mkdir()

    def full(*_, **__):
        raise OSError(122, "Disk quota exceeded")

    monkeypatch.setattr(examples.shutil, "copytree", full)
    examples.copy(LOG, source, home)
    assert "Disk quota exceeded" in caplog.text
    assert not list(home.iterdir())


def test_applications_wait_behind_sockets(tmp_path, monkeypatch):
    monkeypatch.setenv("USER", "alice")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    settings = tmp_path / "lab.json"
    settings.write_text(json.dumps({"applications": {"rstudio": "/bin/rserver", "zeppelin": "/bin/zeppelin.sh"}}))
    servers = part("applications").servers(settings)
    assert all(server["unix_socket"] is True for server in servers.values())
    assert servers["rstudio"]["command"]()[:2] == ["/bin/rserver", "--www-socket={unix_socket}"]
    assert (tmp_path / "rstudio/database.conf").read_text().startswith("provider=sqlite\n")
    again = part("applications").servers(settings)
    assert servers["zeppelin"]["environment"] != again["zeppelin"]["environment"], "a password of each start's own"


def test_no_application_is_offered_that_the_mission_does_not_have(tmp_path):
    settings = tmp_path / "lab.json"
    settings.write_text(json.dumps({"applications": {}}))
    assert part("applications").servers(settings) == {}


@pytest.mark.parametrize(
    "notebook", sorted((ROOT / "mission_configs/examples").glob("*/*.ipynb")), ids=lambda p: p.stem
)
def test_example_notebooks_are_clean(notebook):
    data = json.loads(notebook.read_text())
    assert (data["nbformat"], data["nbformat_minor"]) == (4, 5)
    assert data["metadata"]["kernelspec"]["name"] in {"python3", "ir", "octave", "gdl"}
    assert len({cell["id"] for cell in data["cells"]}) == len(data["cells"])
    for cell in data["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
