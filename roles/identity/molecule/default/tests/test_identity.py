import json
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from testinfra.host import Host

from tests.molecule.nsenter import entering

WITHIN = 20


@dataclass(frozen=True)
class Place:
    """The directory, the service beside it, and what the cluster was given."""

    host: Host

    def directory(self, command: str, **arguments: Any) -> dict[str, Any]:
        argv = [*entering(self.host.backend.name), "/usr/local/sbin/sepp-directory", command]
        ended = subprocess.run(argv, input=json.dumps(arguments), capture_output=True, text=True, check=True)
        return json.loads(ended.stdout)

    def given(self, name: str) -> dict[str, str]:
        file = self.host.file(f"/srv/cluster/{name}.json")
        return json.loads(file.content_string)["data"] if file.exists else {}

    def health(self) -> str:
        return self.host.check_output("curl -sS --max-time 5 http://127.0.0.1:8072/").strip()


def eventually(met: Callable[[], bool]) -> bool:
    until = time.monotonic() + WITHIN
    while not met():
        if time.monotonic() > until:
            return False
        time.sleep(0.3)
    return True


@pytest.fixture
def place(host) -> Place:
    return Place(host)


@pytest.fixture
def alice(place) -> Iterator[str]:
    added = place.directory("add", name="alice", groups=["planck-reviewers"], password="a long enough one")
    yield str(added["user"]["number"])
    place.directory("delete", name="alice", forget=True)


def test_a_new_user_is_on_both_lists_with_her_numbers(place, alice):
    assert eventually(lambda: "alice" in place.given("users"))
    user, group, further = place.given("users")["alice"].split(":")
    assert user == group == alice
    assert f"alice:x:{alice}:{alice}::/home/alice:/bin/bash" in place.given("names")["passwd"].splitlines()
    groups = [line.split(":") for line in place.given("names")["group"].splitlines()]
    assert {name for name, _, number, _ in groups if number in further.split(",")} == {"everyone", "planck-reviewers"}


def test_who_is_in_none_of_the_missions_groups_has_a_name_and_no_pod(place, alice):
    place.directory("group", name="alice", add=["other-team"], remove=["planck-reviewers"])
    assert eventually(lambda: "alice" in place.given("names")["passwd"] and "alice" not in place.given("users"))


def test_who_is_disabled_has_no_pod_until_she_is_enabled(place, alice):
    assert eventually(lambda: "alice" in place.given("users"))
    place.directory("disable", name="alice")
    assert eventually(lambda: "alice" not in place.given("users"))
    place.directory("enable", name="alice")
    assert eventually(lambda: "alice" in place.given("users"))


def test_the_account_of_a_share_is_listed_and_in_no_group(place):
    assert eventually(lambda: "share-papers" in place.given("users"))
    assert place.given("users")["share-papers"].endswith(":")


@pytest.mark.once
def test_without_the_directory_the_lists_stay_and_it_says_so(place, host, alice):
    assert eventually(lambda: "alice" in place.given("users"))
    try:
        host.check_output("systemctl stop slapd.service")
        assert eventually(lambda: "ldaps://core:636 does not answer" in place.health())
        assert "alice" in place.given("users")
    finally:
        host.check_output("systemctl start slapd.service")
    assert eventually(lambda: place.health() == "The lists are up to date.")


@pytest.mark.once
def test_what_the_cluster_refuses_is_told_in_its_words_and_tried_again(place, host, alice):
    try:
        host.check_output("touch /srv/cluster/refuse")
        place.directory("disable", name="alice")
        assert eventually(lambda: "configmaps users is forbidden" in place.health())
    finally:
        host.check_output("rm /srv/cluster/refuse")
    assert eventually(lambda: "alice" not in place.given("users"))


def test_it_runs_as_its_own_user_and_its_password_is_for_nobody_else(host):
    assert host.check_output("systemctl show -p User --value sepp-identity.service") == "sepp-identity"
    file = host.file("/etc/sepp/identity/settings.json")
    assert (file.user, file.group, file.mode) == ("root", "sepp-identity", 0o640)
