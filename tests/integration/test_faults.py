"""What users see when something breaks, and that it comes back."""

import pytest

from sepp.catalogue import CATALOGUE
from tests.platform import answers, wait_for

pytestmark = pytest.mark.platform

UNITS = [
    ("core", "slapd.service"),
    ("core", "cas.service"),
    ("core", "sepp-portal.service"),
    ("core", "apache2.service"),
    ("planck", "jupyterhub.service"),
    ("planck", "jupyterhub-proxy.service"),
    ("planck", "sssd.service"),
]


def active(platform, host: str, unit: str) -> bool:
    return platform.run(host, "systemctl", "is-active", unit).stdout.strip() == "active"


def portal_answers(platform) -> bool:
    return platform.entrance.browser().get(f"{platform.deployment.url()}/", timeout=30).ok


def signs_in(platform, user: str = "alice") -> bool:
    try:
        _, page = platform.sign_in(user)
    except Exception:
        return False
    return page.ok and page.url.startswith(platform.deployment.url("planck"))


@pytest.mark.parametrize(("host", "unit"), UNITS)
def test_a_killed_service_comes_back_by_itself(platform, host, unit):
    def process() -> str:
        return platform.run(host, "systemctl", "show", "--value", "--property=MainPID", unit).stdout.strip()

    before = process()
    platform.run(host, "systemctl", "kill", "--signal=SIGKILL", "--kill-whom=main", unit)
    # Right after the signal the unit is still active, and in between it has process 0.
    wait_for(lambda: process() not in {"0", before} and active(platform, host, unit), 60, f"{unit} runs again")
    wait_for(lambda: signs_in(platform), 120, "alice signs in")


def knows(platform, user: str) -> bool:
    return platform.run("planck", "id", "-u", user).returncode == 0


def test_without_directory_the_portal_stays_and_sign_in_says_so(platform):
    # A host goes on with users whom it has seen.
    wait_for(lambda: knows(platform, "alice"), 60, "the mission's host knows alice")
    platform.run("core", "systemctl", "stop", "slapd.service")
    try:
        assert portal_answers(platform)
        _, page = platform.sign_in("alice")
        assert page.url.startswith(platform.deployment.url("login"))
        assert "exception" not in page.text.lower()
        assert knows(platform, "alice")
    finally:
        platform.run("core", "systemctl", "start", "slapd.service")
    wait_for(lambda: signs_in(platform), 60, "alice signs in")


def test_without_cas_running_servers_go_on_and_the_entrance_explains(platform):
    with platform.server("alice") as server:
        platform.run("core", "systemctl", "stop", "cas.service")
        try:
            assert server.execute("print(6 * 7)").strip() == "42"
            page = platform.entrance.browser().get(f"{platform.deployment.url('login')}/cas/login", timeout=60)
            assert page.status_code in (502, 503)
            assert "repair" in page.text or "starting" in page.text
        finally:
            platform.run("core", "systemctl", "start", "cas.service")
    wait_for(lambda: signs_in(platform), 180, "alice signs in")


def test_a_mission_that_is_down_does_not_take_the_portal_along(platform):
    platform.run("planck", "systemctl", "stop", "jupyterhub-proxy.service")
    try:
        page = platform.entrance.browser().get(f"{platform.deployment.url('planck')}/hub/home", timeout=60)
        assert page.status_code in (502, 503)
        assert portal_answers(platform)
    finally:
        platform.run("planck", "systemctl", "start", "jupyterhub-proxy.service")
    wait_for(lambda: signs_in(platform), 60, "alice signs in")


def test_a_killed_proxy_of_the_hub_gets_its_routes_again(platform):
    with platform.server("alice") as server:
        platform.run("planck", "systemctl", "kill", "--signal=SIGKILL", "--kill-whom=main", "jupyterhub-proxy.service")
        wait_for(lambda: answers(server), 20, "alice's server answers")
        assert server.execute("print(6 * 7)").strip() == "42"


def test_a_restarted_hub_keeps_running_servers(platform):
    with platform.server("alice") as server:
        pid = server.execute("import os; print(os.getppid())").strip()
        platform.run("planck", "systemctl", "restart", "jupyterhub.service")
        health = f"http://127.0.0.1:{CATALOGUE['hub'].port('api')}/hub/health"
        wait_for(lambda: platform.run("planck", "curl", "-fs", health).returncode == 0, 60, "the hub answers")
        assert server.execute("import os; print(os.getppid())").strip() == pid


def test_a_full_quota_stops_at_the_limit_and_the_server_still_starts_and_says_so(platform):
    # The mission's persistent quota is larger than the tests' volume: the user's own limit is made small by hand.
    with platform.server("carol"):
        pass
    set_limit = "btrfs qgroup limit {} /home/carol"
    assert platform.run("planck-storage", "sh", "-c", set_limit.format("64M")).returncode == 0
    try:
        filled = platform.run_as(
            "carol",
            "import errno\n"
            "try:\n"
            "    with open('/home/carol/fill', 'ab') as f:\n"
            "        for _ in range(200): f.write(b'x' * 2**20); f.flush(); __import__('os').fsync(f.fileno())\n"
            "except OSError as e: print(errno.errorcode[e.errno])\n",
        )
        assert filled.strip() == "EDQUOT"
        with platform.server("carol") as server:
            assert server.execute("print('alive')").strip() == "alive"
    finally:
        platform.run("planck-storage", "sh", "-c", "rm -f /home/carol/fill; systemctl start sepp-storage-sync.service")


def test_a_full_disk_stops_writing_and_nothing_else(platform):
    fill = (
        "mkdir /home/full && fallocate -l $(df -B1 --output=avail /home | tail -n1) /home/full/most;"
        " cat /dev/zero > /home/full/rest"
    )
    filled = platform.run("planck-storage", "sh", "-c", fill)
    try:
        assert "No space left on device" in filled.stderr
        write = "try: open('/home/alice/more', 'wb').write(b'x' * 2**22)\nexcept OSError as e: print(e.strerror)"
        assert platform.run_as("alice", write).strip() == "No space left on device"
        with platform.server("alice") as server:
            assert server.execute("print('alive')").strip() == "alive"
    finally:
        platform.run("planck-storage", "rm", "-r", "/home/full")
    assert platform.run_as("alice", "open('/home/alice/more', 'wb').write(b'x' * 2**22)") == ""
