"""Each role alone: check, converge, idempotence, verify, reboot, verify; `tests/molecule/run ROLE` does one by hand."""

import subprocess
import sys

import pytest

from tests.platform import ROOT

ROLES = sorted(path.parents[2].name for path in ROOT.glob("roles/*/molecule/default/molecule.yml"))


def test_every_role_has_a_scenario():
    assert sorted(path.parents[1].name for path in ROOT.glob("roles/*/tasks/main.yml")) == ROLES


@pytest.mark.parametrize("role", ROLES)
def test_role_converges_twice_survives_a_reboot_and_is_verified(role):
    ended = subprocess.run(
        [sys.executable, ROOT / "tests/molecule/run", role],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1800,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-8000:]
