import pytest
from sepp_storage import xfs
from sepp_storage.volumes import Usage

REPORT = """\
#0                   0          0          0     00 [--------]
#1001             2048          0      10240     00 [--------]
#1002                4          0          0     00 [--------]

"""


@pytest.fixture
def volume(tmp_path, monkeypatch):
    commands = []
    projects = {"alice": 1001, "bob": 0}
    for name in projects:
        (tmp_path / name).mkdir()

    def command(*argv):
        commands.append(argv)
        return REPORT if argv[3].startswith("report") else ""

    monkeypatch.setattr(xfs, "command", command)
    monkeypatch.setattr(xfs.XfsVolume, "_project", lambda _, name: projects[name])
    return xfs.XfsVolume(tmp_path), commands, tmp_path


def test_report_is_read():
    assert xfs.parse(REPORT)[1001] == Usage(used=2048 * 1024, limit=10240 * 1024)
    assert xfs.parse(REPORT)[1002].limit is None


def test_usage_is_that_of_the_folders_project(volume):
    assert volume[0].usage("alice") == Usage(used=2 * 1024**2, limit=10 * 1024**2)
    assert volume[0].usage("bob") == Usage(used=0, limit=None)


def test_a_new_folder_gets_a_project_that_nobody_has(volume):
    found, commands, root = volume
    found.limit("bob", 5 * 1024**2)
    words = [argv[3] for argv in commands if not argv[3].startswith("report")]
    assert words == [f"project -s -p {root}/bob 1003", "limit -p bhard=5120k 1003"]
    assert all(argv[:3] == ("xfs_quota", "-x", "-c") and argv[4] == str(root) for argv in commands)


def test_another_limit_keeps_the_project(volume):
    found, commands, _ = volume
    found.limit("alice", 20 * 1024**2)
    assert [argv[3] for argv in commands] == ["limit -p bhard=20480k 1001"]


def test_a_removed_folder_leaves_no_limit(volume):
    found, commands, root = volume
    found.remove("alice")
    assert not (root / "alice").exists()
    assert [argv[3] for argv in commands] == ["limit -p bhard=0 1001"]
