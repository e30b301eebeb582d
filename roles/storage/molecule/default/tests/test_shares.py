import pytest

pytestmark = pytest.mark.once


def test_members_write_each_others_files(machine):
    machine.may("alice", "umask 077; mkdir -p /share/papers/draft; echo one > /share/papers/draft/text")
    machine.may("dave", "echo two >> /share/papers/draft/text")
    machine.may("bob", "echo three >> /share/papers/draft/text; mkdir -p /share/papers/draft/of-bob")
    machine.may("alice", "touch /share/papers/draft/of-bob/by-alice")
    assert machine.may("dave", "cat /share/papers/draft/text") == "one\ntwo\nthree\n"
    machine.may("dave", "rm -r /share/papers/draft")


def test_others_are_kept_out(machine):
    machine.refused("carol", "ls /share/papers")
    machine.refused("carol", "touch /share/papers/x")


def test_members_cannot_open_the_share(machine):
    machine.refused("alice", "chmod 777 /share/papers", "Operation not permitted")


def test_limit_is_of_all_together(machine):
    machine.may("alice", "dd if=/dev/urandom of=/share/papers/half bs=1M count=5")
    machine.refused("dave", "dd if=/dev/urandom of=/share/papers/rest bs=1M count=5", "Disk quota exceeded")
    machine.may("dave", "rm /share/papers/half /share/papers/rest")
    assert machine.usage()["shares"]["papers"]["limit"] == 8 * 1024**2


def test_a_share_that_the_mission_drops_is_closed_and_kept(machine, edit):
    machine.may("alice", "echo kept > /share/papers/kept")

    def drop(config):
        config["shares"] = []

    edit(drop)
    machine.refused("alice", "cat /share/papers/kept")


def test_a_share_that_comes_back_has_its_files(machine):
    assert machine.may("dave", "cat /share/papers/kept") == "kept\n"
