"""A second mission joins, and the first one does not notice."""

import pytest

from tests.platform import NAME, archive_of

pytestmark = pytest.mark.platform


@pytest.fixture(scope="module")
def starts_before_and_after(platform):
    with archive_of("gssc"):
        before = platform.unit_starts()
        platform.up("planck", "gssc")
        platform.sepp("user", "group", "add", "bob", "gssc-scientists", "--platform", NAME)
        yield before, platform.unit_starts()
        platform.up("planck")


def test_services_of_the_first_mission_are_not_touched(starts_before_and_after):
    before, after = starts_before_and_after
    for unit, start in before.items():
        if unit.startswith("planck"):
            assert after[unit] == start, unit


def test_sign_on_and_directory_are_not_restarted(starts_before_and_after):
    before, after = starts_before_and_after
    assert after["core/slapd"] == before["core/slapd"]
    assert after["core/cas"] == before["core/cas"]
    assert after["core/apache2"] == before["core/apache2"]


def test_bob_enters_his_own_mission(platform, starts_before_and_after):
    _, page = platform.sign_in("bob", f"{platform.deployment.url('gssc')}/hub/home")
    assert page.ok
    assert page.url.startswith(platform.deployment.url("gssc"))


def test_hosts_of_two_missions_do_not_reach_each_other(platform, starts_before_and_after):
    planck = platform.run("planck", "hostname", "-I").stdout.split()[0]
    for port in (8000, 8081, 22):
        probe = f"import socket; s = socket.socket(); s.settimeout(1); print(s.connect_ex(('{planck}', {port})) == 0)"
        assert platform.run("gssc", "python3", "-c", probe).stdout.strip() == "False"


def test_plan_of_the_smaller_platform_names_what_is_no_longer_used(platform, starts_before_and_after):
    platform.configure("planck")
    try:
        printed = platform.sepp("plan", NAME, expected=3)
        assert "gssc" in printed
        assert "kept until destroy --with-data" in printed
    finally:
        platform.configure("planck", "gssc")
