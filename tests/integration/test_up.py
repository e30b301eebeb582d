"""`sepp up`: what it promises to whoever types it a second time, twice at once, or pulls the plug."""

import json
import os
import re
import signal
import subprocess
import time

import pytest
import requests

from tests.platform import NAME, ROOT

pytestmark = pytest.mark.platform


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(ROOT / "sepp"), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def undone(platform) -> None:
    """Give the next `up` work for a while."""
    platform.run("core", "rm", "-f", "/var/lib/sepp/converged/proxy", "/var/lib/sepp/converged/portal")


def test_a_second_up_changes_nothing_and_restarts_nothing(platform):
    before = platform.unit_starts()
    printed = platform.sepp("up", "--yes", NAME)
    assert platform.unit_starts() == before
    assert "No change." in printed
    assert not re.search(r"^.*\b(created|updated|replaced|deleted)\b.*$", printed, re.MULTILINE)


def test_what_was_changed_by_hand_is_named_and_nothing_else_and_up_mends_it(platform):
    expired = (
        "cd /etc/apache2/tls && openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=old"
        " -not_before 20200101000000Z -not_after 20200201000000Z -keyout entrance.key -out entrance.pem"
        " && systemctl reload apache2"
    )
    platform.run("core", "sh", "-c", "echo '# by hand' >> /etc/nftables.conf")
    assert platform.run("core", "sh", "-c", expired).returncode == 0
    try:
        with pytest.raises(requests.exceptions.SSLError):
            platform.entrance.browser().get(platform.deployment.url(), timeout=30)
        assert "until 2020-02-01" in platform.sepp("status", NAME, expected=1)
        found = json.loads(platform.sepp("drift", "--json", NAME, expected=3))
        assert {(difference["host"], difference["role"]) for difference in found} == {
            ("core", "base"),
            ("core", "proxy"),
        }
        assert any("# by hand" in line for difference in found for line in difference["lines"])
        assert not any("PRIVATE KEY" in line for difference in found for line in difference["lines"])
    finally:
        platform.sepp("up", "--full", "--yes", NAME)
    assert "# by hand" not in platform.run("core", "cat", "/etc/nftables.conf").stdout
    _, page = platform.sign_in("alice")
    assert page.ok
    platform.sepp("status", NAME)


def test_check_mode_of_plan_says_that_nothing_is_pending(platform):
    platform.sepp("plan", NAME)


def test_two_at_once_the_second_is_told_who_holds_it(platform):
    undone(platform)
    first = start("up", "--yes", NAME)
    try:
        time.sleep(4)
        printed = platform.sepp("up", "--yes", NAME, expected=4)
        assert f"(pid {first.pid}, since" in printed
    finally:
        output, _ = first.communicate(timeout=900)
    assert first.returncode == 0, output


@pytest.mark.parametrize("delay", [1.5, pytest.param(6.0, marks=pytest.mark.long), 15.0])
def test_a_killed_up_heals(platform, delay):
    undone(platform)
    run = start("up", "--yes", NAME)
    time.sleep(delay)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate(timeout=60)
    platform.sepp("up", "--yes", NAME)
    platform.sepp("plan", NAME)


def test_hosts_that_were_killed_come_back_with_their_data(platform):
    platform.run("planck-storage", "sh", "-c", "echo kept > /share/papers/kept.txt")
    for host in platform.deployment.hosts:
        platform.kill_host(host.name)
    platform.sepp("up", "--yes", NAME)
    platform.sepp("plan", NAME)
    assert platform.run("planck", "cat", "/share/papers/kept.txt").stdout.strip() == "kept"
    _, page = platform.sign_in("alice")
    assert page.ok


def test_no_secret_in_clear_in_state_journal_or_logs(platform):
    assert platform.exposed_secrets() == []
