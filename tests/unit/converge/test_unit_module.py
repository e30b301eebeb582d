"""The pure parts of the module sepp.kit.unit."""

import importlib.util
import os
from pathlib import Path

import pytest

from sepp.engine.paths import ROOT

_FILE = ROOT / "collections/ansible_collections/sepp/kit/plugins/modules/unit.py"
_SPEC = importlib.util.spec_from_file_location("unit", _FILE)
assert _SPEC and _SPEC.loader
unit = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(unit)

RUNNING = {
    "ActiveState": "active",
    "UnitFileState": "enabled",
    "InactiveExitTimestamp": "Mon 2026-11-23 10:00:00.500000 UTC",
    "Type": "simple",
}
STARTED = 1795428000.5


def steps(shown, reloaded=0.0, times=None, **params):
    defaults = {"name": "a.service", "state": "started", "enabled": True, "restart_if_newer": [], "reload_if_newer": []}
    read = (times or {}).get
    return [
        action
        for action, _ in unit.decide(
            {**RUNNING, **shown}, {**defaults, **params}, reloaded, lambda path: read(path, 0.0)
        )
    ]


def test_time_of_systemd():
    assert unit.parse_time(RUNNING["InactiveExitTimestamp"]) == STARTED
    assert unit.parse_time("Mon 2026-11-23 10:00:00 UTC") == STARTED - 0.5


@pytest.mark.parametrize("text", ["", "n/a", "0"])
def test_no_time(text):
    assert unit.parse_time(text) == 0


def test_show_of_several_units():
    assert unit.parse_show("Id=a.timer\nX=1=2\n\nId=a.service\nX=\n") == [
        {"Id": "a.timer", "X": "1=2"},
        {"Id": "a.service", "X": ""},
    ]


def test_a_running_unit_stays():
    assert steps({}) == []


@pytest.mark.parametrize("state", ["inactive", "failed", "deactivating"])
def test_a_unit_that_does_not_run_is_started(state):
    assert steps({"ActiveState": state}) == ["start"]


def test_a_unit_that_starts_is_not_started_again():
    assert steps({"ActiveState": "activating"}) == []


@pytest.mark.parametrize(
    ("state", "wanted"), [("disabled", ["enable"]), ("static", []), ("generated", []), ("", ["enable"])]
)
def test_enabling(state, wanted):
    assert steps({"UnitFileState": state}) == wanted


def test_stopping_and_disabling():
    assert steps({}, state="stopped", enabled=False) == ["disable", "stop"]
    assert steps({"ActiveState": "inactive", "UnitFileState": "disabled"}, state="stopped", enabled=False) == []


def test_a_newer_file_restarts():
    assert steps({}, times={"/a": STARTED + 1}, restart_if_newer=["/missing", "/a"]) == ["restart"]
    assert steps({}, times={"/a": STARTED - 1}, restart_if_newer=["/a"]) == []


def test_a_file_of_the_tick_of_the_start_counts_as_newer():
    assert steps({}, times={"/a": STARTED - 0.01}, restart_if_newer=["/a"]) == ["restart"]


def test_a_newer_file_reloads_once():
    times = {"/a": STARTED + 1}
    assert steps({}, times=times, reload_if_newer=["/a"]) == ["reload"]
    assert steps({}, reloaded=STARTED + 2, times=times, reload_if_newer=["/a"]) == []


def test_a_reload_before_the_start_does_not_count():
    assert steps({}, reloaded=STARTED - 5, times={"/a": STARTED + 1}, reload_if_newer=["/a"]) == ["reload"]


def test_a_restart_takes_the_place_of_a_reload():
    times = {"/a": STARTED + 1, "/b": STARTED + 1}
    assert steps({}, times=times, restart_if_newer=["/a"], reload_if_newer=["/b"]) == ["restart"]


def test_a_task_that_has_run_is_left_until_its_files_change():
    task = {"Type": "oneshot", "RemainAfterExit": "no", "ActiveState": "inactive", "Result": "success"}
    assert steps(task) == []
    assert steps(task, times={"/a": STARTED + 1}, restart_if_newer=["/a"]) == ["restart"]
    assert steps({**task, "InactiveExitTimestamp": ""}) == ["start"]
    assert steps({**task, "Result": "exit-code"}) == ["start"]


def test_a_timer_speaks_for_its_service():
    assert unit.companions("a.b.timer") == ["a.b.timer", "a.b.service"]
    assert unit.companions("a.service") == ["a.service"]


def test_change_time_sees_old_modification_times_links_and_folders(tmp_path: Path):
    file = tmp_path / "folder" / "deep" / "file"
    file.parent.mkdir(parents=True)
    file.write_text("x")
    os.utime(file, (1, 1))
    now = file.stat().st_ctime
    link = tmp_path / "link"
    link.symlink_to(file)
    assert unit.changed_at(file) == now
    assert unit.changed_at(link) >= now
    assert unit.changed_at(tmp_path) >= now
    assert unit.changed_at(tmp_path / "missing") == 0
