"""What alice (collaboration), carol (public), bob (another mission) and nobody can do; and what they try."""

import json
import re

import pytest
import requests

from tests.platform import NAME

pytestmark = pytest.mark.platform

ATTEMPT = """
import errno, json, os, subprocess
def attempt(action):
    try:
        return repr(action())
    except OSError as error:
        return errno.errorcode[error.errno]
"""


def attempts(platform, user: str, **actions: str) -> dict[str, str]:
    """Evaluate expressions as a user on the mission's host; each gives its value or the error's name."""
    lines = "\n".join(f"results[{name!r}] = attempt(lambda: {code})" for name, code in actions.items())
    return json.loads(platform.run_as(user, f"{ATTEMPT}\nresults = {{}}\n{lines}\nprint(json.dumps(results))"))


def test_every_cell_of_the_rights_matrix_is_right(platform, tmp_path):
    report = tmp_path / "verify.xml"
    printed = platform.sepp("verify", NAME, "--junit", str(report))
    assert 'failures="0"' in report.read_text(encoding="utf-8")
    assert 'failures="' in report.read_text(encoding="utf-8")
    assert "0 failed" in printed


def test_verify_leaves_no_user_and_no_file_behind(platform):
    users = json.loads(platform.sepp("user", "list", "--platform", NAME, "--json"))["users"]
    assert not [user for user in users if user["name"].startswith("verify-")]
    assert "verify-" not in platform.run("planck", "ls", "/home", "/scratch", "/public").stdout


def test_direct_paths_to_what_is_not_granted_are_refused(platform):
    alice = platform.run("planck", "id", "-u", "alice").stdout.strip()
    with platform.server("alice"), platform.server("carol"):
        results = attempts(
            platform,
            "carol",
            behind_the_guard="os.listdir('/repository/.guard/simulations/data')",
            through_the_link="os.listdir('/repository/simulations')",
            home="os.listdir('/home/alice')",
            scratch="os.listdir('/scratch/alice')",
            share="os.listdir('/share/papers')",
            publish="os.mkdir('/public/carol')",
            into_public="open('/public/alice/x', 'w')",
            repository="open('/repository/maps/x', 'w')",
            hub_state="os.listdir('/var/lib/jupyterhub')",
            hub_settings="[open(os.path.join(d, f)).read() for d, _, fs in os.walk('/etc/sepp/hub') for f in fs]",
            tokens="[open(os.path.join(d, f)).read() for d, _, fs in os.walk('/run/sepp') for f in fs"
            " if os.path.isfile(os.path.join(d, f)) and 'cgroup' not in d and os.stat(d).st_uid != os.getuid()]",
            server=f"__import__('socket').socket(1).connect('/run/sepp/servers/{alice}/socket')",
        )
    allowed = {name: value for name, value in results.items() if value not in ("EACCES", "EPERM", "EROFS", "[]")}
    assert not allowed


def test_links_open_no_door(platform):
    with platform.server("carol"):
        results = attempts(
            platform,
            "carol",
            symbolic="(os.path.lexists('/home/carol/s') or os.symlink('/home/alice', '/home/carol/s'),"
            " os.listdir('/home/carol/s'))",
            hard="os.link('/repository/.guard/simulations/data/SHA256SUMS', '/home/carol/h')",
            foreign="os.link('/etc/shadow', '/scratch/carol/h')",
        )
    assert set(results.values()) <= {"EACCES", "EPERM", "EXDEV"}


def test_a_link_in_a_public_folder_publishes_nothing_else(platform):
    files = platform.deployment.url("files")
    with platform.server("alice"):
        platform.run_as(
            "alice",
            "import os\nfor name, to in (('leak', '/etc/passwd'), ('home', '/home/alice')):\n"
            "    path = '/public/alice/' + name\n"
            "    os.path.lexists(path) or os.symlink(to, path)",
        )
    browser = platform.entrance.browser()
    for path in ("leak", "home/", "home/.profile"):
        assert browser.get(f"{files}/planck/alice/{path}", timeout=30).status_code in (403, 404)


def test_nobody_becomes_root(platform):
    results = attempts(
        platform,
        "alice",
        sudo="subprocess.run(['sudo', '-n', 'true']).returncode",
        setuid="[f for d in ('/usr/bin', '/usr/sbin', '/usr/lib') for r, _, fs in os.walk(d) for f in fs"
        " if os.path.isfile(os.path.join(r, f)) and os.stat(os.path.join(r, f)).st_mode & 0o4000"
        " and f not in ('su', 'mount', 'umount', 'passwd', 'newgrp', 'sg', 'gpasswd', 'chsh', 'chfn', 'ssh-keysign',"
        " 'dbus-daemon-launch-helper', 'polkit-agent-helper-1', 'pkexec')]",
        become="os.setuid(0)",
        spawn="__import__('socket').socket(1).connect('/run/sepp/spawn.sock')",
    )
    assert results["setuid"] == "[]"
    assert results["become"] == "EPERM"
    assert results["sudo"] == "ENOENT"
    assert results["spawn"] in ("EACCES", "EPERM", "ENOENT")


def test_other_users_processes_show_nothing(platform):
    with platform.server("alice"), platform.server("carol"):
        seen = platform.run_as(
            "carol",
            "import os\n"
            "def text(p):\n"
            "    try: return open(p, 'rb').read()\n"
            "    except OSError: return b''\n"
            "mine = os.getuid()\n"
            "others = [p for p in os.listdir('/proc') if p.isdigit() and os.path.exists('/proc/' + p)"
            " and os.stat('/proc/' + p).st_uid != mine]\n"
            "print([p for p in others if text(f'/proc/{p}/environ')])\n"
            "print([c for p in others if b'alice' in (c := text(f'/proc/{p}/cmdline')) and b'token' in c.lower()])",
        )
    assert seen.split("\n")[:2] == ["[]", "[]"]


def test_ports_of_every_host_open_only_where_the_plan_says(platform):
    deployment = platform.deployment
    addresses = {host.name: platform.run(host.name, "hostname", "-I").stdout.split()[0] for host in deployment.hosts}
    ports = sorted({rule.port for rule in deployment.rules} | {22, 80, 389, 8001, 8080, 8081, 8090})
    scan = (
        "import json, socket, sys\n"
        "def opens(address, port):\n"
        "    with socket.socket() as s:\n"
        "        s.settimeout(0.5)\n"
        "        return s.connect_ex((address, port)) == 0\n"
        f"print(json.dumps([[h, p] for h, a in {addresses!r}.items() for p in {ports!r} if opens(a, p)]))\n"
    )
    for source in addresses:
        found = json.loads(platform.run(source, "python3", "-", stdin=scan, timeout=300).stdout)
        granted = {
            (rule.host, rule.port) for rule in deployment.rules if rule.source in ("outside", "platform", source)
        }
        foreign = {(host, port) for host, port in map(tuple, found) if host != source}
        assert foreign <= granted, f"from {source}"


@pytest.mark.parametrize("header", ["X-Remote-User", "REMOTE_USER", "X-Forwarded-User", "Remote-User", "CAS-User"])
def test_forged_identity_headers_are_not_believed(platform, header):
    browser = platform.entrance.browser()
    page = browser.get(f"{platform.deployment.url()}/me", headers={header: "alice"}, timeout=30)
    assert page.url.startswith(platform.deployment.url("login"))
    hub = browser.get(
        f"{platform.deployment.url('planck')}/hub/home", headers={header: "alice"}, timeout=30, allow_redirects=False
    )
    assert hub.is_redirect


def test_a_ticket_serves_once(platform):
    browser, _ = platform.sign_in("alice")
    hub = platform.deployment.url("planck")
    # Still signed in at CAS, but not at the hub: the next way there brings a ticket.
    for cookie in [cookie for cookie in browser.cookies if cookie.path.rstrip("/") in hub or "hub" in cookie.path]:
        browser.cookies.clear(cookie.domain, cookie.path, cookie.name)
    to_cas = browser.get(f"{hub}/hub/login", timeout=30, allow_redirects=False)
    granted = browser.get(to_cas.headers["Location"], timeout=30, allow_redirects=False)
    with_ticket = granted.headers["Location"]
    assert re.search(r"ticket=ST-", with_ticket)
    thief = platform.entrance.browser()
    thief.cookies.update(browser.cookies)
    stranger = platform.entrance.browser()
    assert stranger.get(with_ticket, timeout=30).url.startswith(platform.deployment.url("login"))
    assert browser.get(with_ticket, timeout=30).url.startswith(f"{hub}/")
    assert thief.get(with_ticket, timeout=30).status_code == requests.codes.forbidden
    assert thief.get(f"{hub}/hub/home", timeout=30, allow_redirects=False).is_redirect


def test_a_copied_cookie_is_worth_nothing_after_sign_out(platform):
    browser, page = platform.sign_in("alice")
    assert page.ok
    hub = platform.deployment.url("planck")
    thief = platform.entrance.browser()
    thief.cookies.update(browser.cookies)
    assert thief.get(f"{hub}/hub/home", timeout=30, allow_redirects=False).status_code == requests.codes.ok
    browser.get(f"{hub}/hub/logout", timeout=30)
    assert thief.get(f"{hub}/hub/home", timeout=30, allow_redirects=False).is_redirect
    assert "/login" in thief.get(f"{platform.deployment.url()}/me", timeout=30).url


def test_a_disabled_user_is_out_at_once(platform):
    server = platform.server("dave").__enter__()  # nobody stops it: it has to end with his rights
    platform.sepp("user", "disable", "dave", "--platform", NAME)
    try:
        answer = server.browser.get(f"{platform.deployment.url('planck')}/hub/home", timeout=30, allow_redirects=False)
        assert answer.is_redirect
        _, page = platform.sign_in("dave")
        assert page.url.startswith(platform.deployment.url("login"))
        uid = platform.run("planck", "id", "-u", "dave").stdout.strip()
        assert uid
        assert not platform.run("planck", "pgrep", "-u", uid).stdout
    finally:
        platform.sepp("user", "enable", "dave", "--platform", NAME)
