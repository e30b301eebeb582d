"""The checks' own users: they come with their folders, and nothing of them stays."""

import json
import subprocess
from typing import Any

import pytest

from sepp.plan import plan
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


@pytest.fixture
def deployment(make_platform, planck, make_mission):
    """Planck's platform, with another mission."""
    missions = (planck, make_mission(mission="gaia"))
    return plan(make_platform(missions=("planck", "gaia")), missions, name="example", target="local")


@pytest.fixture
def cast(deployment, planck):
    """A function that makes the users of Planck's checks on hosts."""
    return lambda hosts: users.cast(hosts, deployment, planck)


def names(made: users.Cast) -> set[str]:
    return {user.name for user in (*made.actors.values(), made.other)}


def test_every_user_is_deleted_before_her_folders(cast):
    hosts = Hosts()
    with cast(hosts) as made:
        pass
    lines = [line for _, line in hosts.ran]
    for name in names(made):
        assert lines.index(f"sepp-directory delete {name}") < lines.index(f"sepp-storage remove {name} {name}")


def test_folders_that_other_missions_made_for_them_are_removed_too(cast):
    hosts = Hosts()
    with cast(hosts) as made:
        pass
    removed = {(host, line.rpartition(" ")[2]) for host, line in hosts.ran if "sepp-storage remove" in line}
    assert removed == {(host, name) for host in ("planck-storage", "gaia-storage") for name in names(made)}


def test_what_is_left_behind_is_told_and_all_the_rest_is_removed(cast):
    hosts: Any = Hosts(failing="remove")
    with pytest.raises(CheckError, match="left behind: planck-storage: verify-"), cast(hosts) as made:
        pass
    assert sum("sepp-directory delete" in line for _, line in hosts.ran) == len(names(made))
