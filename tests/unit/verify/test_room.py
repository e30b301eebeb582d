"""Volumes that are full, or will be soon."""

import subprocess

import pytest

from sepp.plan import plan
from sepp.verify.access import Hosts
from sepp.verify.room import check_room


class Used(Hosts):
    """Hosts whose `df` says the same of every path; `asked` are the hosts and paths that it was asked of."""

    def __init__(self, said: str) -> None:
        self.said = said
        self.asked: list[tuple[str, str]] = []

    def run(self, host: str, *argv: str, stdin: str = "", timeout: int = 60) -> subprocess.CompletedProcess[str]:
        self.asked.append((host, argv[-1]))
        return subprocess.CompletedProcess(argv, 0, f"Use% IUse%\n{self.said}\n", "")


@pytest.fixture
def deployment(make_platform, planck):
    return plan(make_platform(), (planck,), name="example", target="local")


def test_each_volume_is_asked_of_where_it_is_kept(deployment):
    hosts = Used(" 40%   71%")
    assert {result.detail for result in check_room(deployment, hosts)} == {"71 % used"}
    assert dict(hosts.asked)["core"] == "/var/lib/ldap"
    assert ("planck", "/var/lib/jupyterhub") in hosts.asked
    assert ("planck-storage", "/home") in hosts.asked
    assert not any(path == "/repository" for _, path in hosts.asked)


@pytest.mark.parametrize(
    ("said", "passed"), [("95%   1%", True), ("96%   1%", False), ("1%  100%", False), ("9% -", True)]
)
def test_one_that_is_nearly_full_is_told_with_what_to_do(deployment, said, passed):
    results = list(check_room(deployment, Used(said)))
    assert all(result.passed == passed for result in results)
    if not passed:
        assert "make room there, or make the volume larger" in results[0].detail
