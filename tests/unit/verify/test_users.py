"""The checks' own users: they come with their folders, and nothing of them stays."""

import json
import subprocess
from typing import Any

import pytest

from sepp.verify import users
from sepp.verify.result import CheckError


class Hosts:
    """Records commands; fails those that hold a word."""

    late = 0

    def __init__(self, failing: str = "nothing") -> None:
        self.failing = failing
        self.ran: list[tuple[str, str]] = []

    def run(self, host: str, *argv: str, stdin: str = "", timeout: int = 60) -> subprocess.CompletedProcess[str]:
        line = " ".join((argv[0].rpartition("/")[2], *argv[1:]))
        self.ran.append((host, f"{line} {json.loads(stdin)['name']}" if stdin.startswith("{") else line))
        return subprocess.CompletedProcess(argv, 0, "", "")

    def output(self, host: str, *argv: str, stdin: str = "") -> str:
        self.run(host, *argv, stdin=stdin)
        if self.failing in argv:
            raise CheckError(f"{host}: {argv[-1]} failed")
        return ""

    def as_user(self, host: str, user: str, code: str) -> str:
        return self.output(host, "as", user, code)


def ran(hosts: Any, planck, word: str) -> list[str]:
    with users.cast(hosts, planck) as cast:
        names = {user.name for user in cast.actors.values()} | {cast.other.name}
    found = [line for _, line in hosts.ran if word in line]
    assert all(any(name in line for line in found) for name in names)
    return found


def test_every_user_is_deleted_before_her_folders(planck):
    hosts = Hosts()
    deleted, removed = ran(hosts, planck, "sepp-directory delete"), ran(hosts, planck, "sepp-storage remove")
    lines = [line for _, line in hosts.ran]
    assert lines.index(deleted[0]) < lines.index(removed[0])


def test_what_is_left_behind_is_told_and_all_the_rest_is_removed(planck):
    hosts: Any = Hosts(failing="remove")
    with pytest.raises(CheckError, match="left behind: planck-storage: verify-"), users.cast(hosts, planck) as cast:
        count = len(cast.actors) + 1
    assert sum("sepp-directory delete" in line for _, line in hosts.ran) == count
