import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import testinfra
from testinfra.host import Host

from tests.molecule.nsenter import entering

CORE = "mol-base-core"
PLANCK = "mol-base-planck"


@pytest.fixture(scope="session")
def core() -> Host:
    return testinfra.get_host(f"nsenter://{CORE}")


@pytest.fixture(scope="session")
def planck() -> Host:
    return testinfra.get_host(f"nsenter://{PLANCK}")


@dataclass(frozen=True)
class Users:
    """The users of the directory."""

    def call(self, command: str, **arguments: Any) -> dict[str, Any]:
        argv = (*entering(CORE), "/usr/local/sbin/sepp-directory", command)
        return json.loads(subprocess.check_output(argv, input=json.dumps(arguments), text=True))


@pytest.fixture(scope="session")
def users() -> Users:
    return Users()


@pytest.fixture(scope="module")
def alice(users: Users, planck: Host) -> Iterator[dict[str, Any]]:
    user = users.call("add", name="alice", full_name="Alice Example", groups=["planck-collaboration"])["user"]
    planck.check_output("sss_cache -E")  # the alice of an earlier run had another number
    yield user
    users.call("delete", name="alice", forget=True)
