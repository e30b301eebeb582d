"""Each role alone: check, converge, idempotence, verify, reboot, verify; `tests/molecule/run ROLE` does one by hand."""

import subprocess
import sys

import pytest

from tests.platform import ROOT

LOGS = ROOT / "artifacts/molecule"
ROLES = sorted(path.parents[2].name for path in ROOT.glob("roles/*/molecule/default/molecule.yml"))
LONGEST = ("hub", "volumes", "cas")
"""They begin first, so that nothing waits for one of them in the end."""


def test_every_role_has_a_scenario():
    assert sorted(path.parents[1].name for path in ROOT.glob("roles/*/tasks/main.yml")) == ROLES


@pytest.mark.parametrize("role", [*LONGEST, *(role for role in ROLES if role not in LONGEST)])
def test_role_converges_twice_survives_a_reboot_and_is_verified(role):
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{role}.log"
    with log.open("w") as file:
        ended = subprocess.run(
            [sys.executable, ROOT / "tests/molecule/run", role],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            timeout=1800,
            check=False,
        )
    assert ended.returncode == 0, f"{log}:\n{log.read_text()[-8000:]}"
