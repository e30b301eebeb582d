"""Who has a right to a tier is asked for each user before her folder is closed."""

import grp
import os
import pwd

import pytest
from sepp_storage.members import Directory


@pytest.fixture
def incomplete_list(monkeypatch):
    """A name service whose list of a group's members lacks bob, who is in it."""
    accounts = {
        name: pwd.struct_passwd((name, "x", uid, uid, "", f"/home/{name}", "/bin/sh"))
        for name, uid in (("alice", 20001), ("bob", 20002), ("carol", 20003))
    }
    numbers = {"alice": [20001, 500], "bob": [20002, 500], "carol": [20003]}
    monkeypatch.setattr(pwd, "getpwnam", accounts.__getitem__)
    monkeypatch.setattr(grp, "getgrnam", lambda name: grp.struct_group((name, "x", 500, ["alice"])))
    monkeypatch.setattr(os, "getgrouplist", lambda name, gid: numbers[name])


def test_a_member_whom_the_list_lacks_is_still_known_as_one(incomplete_list):
    directory = Directory(["team"])
    assert directory.names(["team"]) == {"alice"}
    assert directory.contains("bob", ["team"])


def test_who_left_the_group_or_was_deleted_is_no_member(incomplete_list):
    directory = Directory(["team"])
    assert not directory.contains("carol", ["team"])
    assert not directory.contains("deleted", ["team"])
