"""What ends with a user's rights on a mission's host."""

import importlib.machinery
import importlib.util
import io
import json
import subprocess
import urllib.error
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[3] / "roles/hub/files/bin/sepp-end-sessions"


@pytest.fixture
def ended(monkeypatch, tmp_path):
    """The program, with what it asked the hub and systemd in `asked`; carol is in `guests`, others are unknown."""
    loader = importlib.machinery.SourceFileLoader("end_sessions", str(PROGRAM))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    program = importlib.util.module_from_spec(spec)
    loader.exec_module(program)
    (tmp_path / "admin.env").write_text("# managed\nADMIN_TOKEN=token\nAPI_PORT=801\n")
    (tmp_path / "spawn.json").write_text(
        json.dumps({"shares": {"share-papers": ["team"], "share-open": ["guests"]}, "memory_group": str(tmp_path)})
    )
    program.FOLDER = program.SYSTEMD = tmp_path
    program.asked = []

    class Hub:
        def open(self, request, timeout):
            path = request.full_url.partition("/hub/api/users/")[2]
            program.asked.append(f"{request.method} {path}")
            if path not in ("carol", "share-open/server"):
                raise urllib.error.HTTPError(request.full_url, 404, "unknown", {}, None)
            return io.BytesIO(b'{"groups": ["guests", "everyone"]}' if request.method == "GET" else b"")

    monkeypatch.setattr(program.urllib.request, "build_opener", lambda *_: Hub())
    monkeypatch.setattr(subprocess, "run", lambda argv, check: program.asked.append(" ".join(argv)))
    return program


def test_servers_of_the_shares_that_she_could_use_end_and_no_others(ended):
    ended.main("carol")
    assert ended.asked == [
        "systemctl stop sepp-server@carol.* sepp-server@carol--*.service",
        "GET carol",
        "DELETE carol",
        "DELETE share-open/server",
        "systemctl stop sepp-server@share-open.* sepp-server@share-open--*.service",
    ]


def test_where_no_systemd_runs_the_hub_stops_the_servers(ended, tmp_path):
    ended.SYSTEMD = tmp_path / "none"
    ended.main("carol")
    assert ended.asked == ["GET carol", "DELETE carol", "DELETE share-open/server"]


def test_somebody_whom_the_hub_does_not_know_ends_nobody_elses_work(ended):
    ended.main("dora")
    assert ended.asked == [
        "systemctl stop sepp-server@dora.* sepp-server@dora--*.service",
        "GET dora",
        "DELETE dora",
    ]


def test_a_shares_own_sessions_end_and_the_hub_still_knows_it(ended):
    ended.main("share-open")
    assert "DELETE share-open" not in ended.asked


def test_memory_groups_go_with_the_sessions(ended, tmp_path):
    names = [f"sepp-server@{name}.service" for name in ("carol", "carol--other", "carol-x", "dave")]
    for name in names:
        (tmp_path / name).mkdir()
    ended.main("carol")
    assert [name for name in names if (tmp_path / name).exists()] == names[2:]


def test_a_memory_group_that_is_still_used_is_an_error(ended, tmp_path, monkeypatch):
    monkeypatch.setattr(ended.time, "sleep", lambda _: None)
    (tmp_path / "sepp-server@carol.service/busy").mkdir(parents=True)
    with pytest.raises(OSError, match="not empty"):
        ended.main("carol")
