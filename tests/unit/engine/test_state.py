"""The state as we read it, and the copies that we keep."""

import json
from pathlib import Path

from sepp.engine import state
from sepp.engine.stack import Stack, deployed_summary

STACK = {
    "urn": "urn:pulumi:x::sepp::pulumi:pulumi:Stack::sepp-x",
    "type": "pulumi:pulumi:Stack",
    "outputs": {"summary": {"missions": {"planck": "Planck"}}},
}
VOLUME = {
    "urn": "urn:pulumi:x::sepp::sepp:local:Volume$pulumi-python:dynamic/sepp:Volume::planck-public",
    "type": "pulumi-python:dynamic/sepp:Volume",
    "custom": True,
    "protect": True,
}
PROVIDER = {"urn": f"{VOLUME['urn']}-provider", "type": "pulumi:providers:pulumi-python", "custom": True}
HOST = {"urn": "urn:pulumi:x::sepp::host", "type": "pulumi-python:dynamic/sepp:Host", "custom": True}


def write(path: Path, latest: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": 3, "checkpoint": {"latest": latest}}))


def test_no_file_is_an_empty_state(tmp_path: Path) -> None:
    assert state.read(tmp_path / "none.json") == state.State()


def test_new_stack_is_an_empty_state(tmp_path: Path) -> None:
    write(tmp_path / "x.json", None)
    assert state.read(tmp_path / "x.json") == state.State()


def test_resources_outputs_salt_and_pending(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write(
        path,
        {
            "resources": [STACK, VOLUME],
            "secrets_providers": {"type": "passphrase", "state": {"salt": "v1:abc"}},
            "pending_operations": [{"resource": VOLUME, "type": "creating"}],
        },
    )
    found = state.read(path)
    assert found.outputs["summary"]["missions"] == {"planck": "Planck"}
    assert (found.salt, found.pending) == ("v1:abc", 1)
    assert [(one.name, one.protected) for one in found.resources] == [("sepp-x", False), ("planck-public", True)]


def test_what_destroy_leaves_is_known(tmp_path: Path) -> None:
    for resources, destroyed in (([STACK, VOLUME, PROVIDER], True), ([STACK, HOST, VOLUME, PROVIDER], False)):
        write(tmp_path / "x.json", {"resources": resources})
        assert state.read(tmp_path / "x.json").destroyed is destroyed


def test_last_ten_copies_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for number in range(13):
        path.write_text(str(number))
        state.back_up(path, tmp_path / "states")
    kept = sorted((tmp_path / "states").iterdir())
    assert [one.read_text() for one in kept] == [str(number) for number in range(3, 13)]


def test_summary_of_the_last_run(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert deployed_summary("local/x") is None
    write(tmp_path / "sepp/local/.pulumi/stacks/sepp/x.json", {"resources": [STACK]})
    assert deployed_summary("local/x") == {"missions": {"planck": "Planck"}}


def test_platform_name() -> None:
    assert Stack.of("local/demo") == Stack(target="local", name="demo")
    assert Stack.of("local/demo").platform == "local/demo"
