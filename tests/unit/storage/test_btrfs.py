import json

import pytest
from sepp_storage import btrfs
from sepp_storage.config import StorageError


def _row(group, *parents, used=0, limit="none"):
    return {"qgroupid": group, "referenced": used, "max_referenced": limit, "parents": parents, "path": ""}


@pytest.fixture
def volume(tmp_path, monkeypatch):
    """A volume whose quota groups are a dictionary that the commands change."""
    rows = {"0/5": _row("0/5"), "0/256": _row("0/256")}
    commands = []

    def command(*argv):
        commands.append(argv)
        match argv[1:3]:
            case ["--format", "json"]:
                return json.dumps({"qgroup-show": list(rows.values())})
            case ["qgroup", "create"]:
                rows[argv[3]] = _row(argv[3])
            case ["qgroup", "assign"]:
                rows[argv[3]] |= {"parents": [argv[4]]}
            case ["qgroup", "limit"]:
                rows[argv[4]] |= {"max_referenced": int(argv[3])}
        return ""

    monkeypatch.setattr(btrfs, "command", command)
    monkeypatch.setattr(btrfs.BtrfsVolume, "_mode", lambda _: "squota")
    monkeypatch.setattr(btrfs.BtrfsVolume, "_ids", lambda _, __: ("0/256", "1/256"))
    found = btrfs.BtrfsVolume(tmp_path)
    return found, rows, commands


def test_a_new_folder_has_no_limit(volume):
    assert volume[0].usage("alice").limit is None


def test_the_limit_is_above_the_folder(volume):
    found, rows, _ = volume
    found.limit("alice", 1000)
    assert found.usage("alice").limit == 1000
    assert rows["0/256"]["max_referenced"] == "none"
    assert list(rows["0/256"]["parents"]) == ["1/256"]


def test_another_limit_is_one_command(volume):
    found, _, commands = volume
    found.limit("alice", 1000)
    del commands[:]
    found.limit("alice", 2000)
    assert [argv[1:3] for argv in commands if argv[1] == "qgroup"] == [("qgroup", "limit")]
    assert found.usage("alice").limit == 2000


@pytest.mark.parametrize("killed_after", ["create", "assign"])
def test_what_a_killed_run_left_is_finished(volume, killed_after):
    found, rows, _ = volume
    rows["1/256"] = _row("1/256")
    if killed_after == "assign":
        rows["0/256"]["parents"] = ["1/256"]
    assert found.usage("alice").limit is None
    found.limit("alice", 1000)
    assert found.usage("alice").limit == 1000


def test_full_quotas_are_refused_once_there_is_data(tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr(btrfs, "command", lambda *argv: ran.append(argv) or "")
    monkeypatch.setattr(btrfs.BtrfsVolume, "_mode", lambda _: "qgroup")
    btrfs.BtrfsVolume(tmp_path)
    assert [argv[2:4] for argv in ran] == [("disable", str(tmp_path)), ("enable", "--simple")]
    (tmp_path / "alice").mkdir()
    with pytest.raises(StorageError, match="full quotas"):
        btrfs.BtrfsVolume(tmp_path)
