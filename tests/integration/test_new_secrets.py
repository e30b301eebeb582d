"""`sepp rotate`: old secrets are refused, new ones serve, and who works goes on."""

import base64
import json
import os
import signal
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from sepp.catalogue import CATALOGUE
from sepp.directory import layout
from sepp.engine.stack import Stack
from tests.platform import NAME, ROOT, answers, wait_for

pytestmark = pytest.mark.platform

REFUSED = (401, 403)
TRIED = {"cas-sessions", "directory-reader", "hub-admin-token", "hub-proxy-token", "storage-usage"}
"""Secrets that somebody could use by herself; what the others sign is nothing without the session that it is for."""

ASK = """
import json, sys, urllib.error, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
def status(url, header):
    try:
        return opener.open(urllib.request.Request(url, headers={"Authorization": header}), timeout=20).status
    except urllib.error.HTTPError as error:
        return error.code
print(json.dumps({name: status(*request) for name, request in json.load(sys.stdin).items()}))
"""
BIND = """
import json, sys, ldap
name, password = json.load(sys.stdin)
try:
    ldap.initialize("ldapi:///").simple_bind_s(name, password)
except ldap.INVALID_CREDENTIALS:
    print(401)
else:
    print(200)
"""


def asked(platform, host: str, program: str, data: object) -> str:
    """What a program of Python prints on a host; what it is told is in no process list."""
    return platform.hosts.output(host, "python3", "-c", program, stdin=json.dumps(data))


def accepted(platform, secrets: Mapping[str, str]) -> set[str]:
    """The names of the secrets that somebody is let in with."""
    hub, storage, cas = (CATALOGUE[name] for name in ("hub", "storage", "cas"))
    address = platform.run("planck-storage", "hostname", "-I").stdout.split()[0]
    sessions = base64.b64encode(f"sessions:{secrets['cas-sessions']}".encode()).decode()
    requests = {
        "planck": {
            "hub-admin-token": (
                f"http://127.0.0.1:{hub.port('api')}/hub/api/users/alice",
                f"token {secrets['hub-admin-token']}",
            ),
            "hub-proxy-token": (
                f"http://127.0.0.1:{hub.port('proxy-api')}/api/routes",
                f"token {secrets['hub-proxy-token']}",
            ),
        },
        "core": {
            "storage-usage": (f"http://{address}:{storage.port('usage')}/alice", f"Bearer {secrets['storage-usage']}"),
            "cas-sessions": (f"http://127.0.0.1:{cas.port('http')}/cas/actuator/ssoSessions", f"Basic {sessions}"),
        },
    }
    statuses: dict[str, int] = {}
    for host, of_host in requests.items():
        statuses |= json.loads(asked(platform, host, ASK, of_host))
    reader = layout.reader(platform.deployment.platform.domain)
    statuses["directory-reader"] = int(asked(platform, "core", BIND, (reader, secrets["directory-reader"])))
    return {name for name, status in statuses.items() if status not in REFUSED}


def certificates(platform) -> dict[str, str]:
    """What clients are shown by the entrance and the directory, as PEM."""
    show = "import ssl; print(ssl.get_server_certificate(('core', 636)))"
    return {
        "entrance": ssl.get_server_certificate((platform.entrance.address, platform.entrance.port)),
        "directory": platform.hosts.output("core", "python3", "-c", show),
    }


def known(platform, user: str) -> set[str]:
    """The names of the mission's hosts that know a user."""
    return {host for host in ("planck", "planck-storage") if platform.run(host, "id", "-u", user).returncode == 0}


@contextmanager
def new_user(platform) -> Iterator[str]:
    """A user whom no host has seen yet."""
    name = f"new-{os.urandom(4).hex()}"
    platform.sepp("user", "add", name, "--name", "New Example", "--platform", NAME)
    try:
        yield name
    finally:
        platform.sepp("user", "delete", name, "--yes", "--platform", NAME)


def generation(part: str) -> str | None:
    """The generation of a part of the platform that the state remembers, also while a run goes on."""
    [secrets] = [each for each in Stack.of(NAME).state().resources if each.kind.endswith("/sepp:Secrets")]
    return (secrets.outputs.get("generations") or {}).get(part)


def test_who_works_goes_on_with_new_secrets_and_old_ones_are_refused(platform):
    old, shown = platform.stack_secrets(), certificates(platform)
    hub = f"{platform.deployment.url('planck')}/hub/home"
    assert accepted(platform, old) == TRIED
    with platform.server("alice") as server:
        pid = server.execute("import os; print(os.getppid())")
        platform.sepp("rotate", "--yes", NAME)
        wait_for(lambda: answers(server), 30, "alice's server has its route again")
        assert server.execute("import os; print(os.getppid())") == pid
        assert server.browser.get(hub, timeout=30, allow_redirects=False).is_redirect
        server.browser, page = platform.sign_in("alice")
        assert page.url.startswith(platform.deployment.url("planck"))

    new = platform.stack_secrets()
    assert {name for name in old if old[name] != new[name]} == set(old)
    assert (accepted(platform, old), accepted(platform, new)) == (set(), TRIED)
    assert {name for name, pem in certificates(platform).items() if pem != shown[name]} == set(shown)
    with new_user(platform) as name:
        wait_for(lambda: known(platform, name) == {"planck", "planck-storage"}, 60, "hosts read the directory")

    before = platform.unit_starts()
    assert "No change." in platform.sepp("up", "--yes", NAME)
    assert platform.unit_starts() == before
    assert platform.exposed_secrets(*old.values()) == []


@pytest.mark.long
def test_a_killed_rotation_is_completed_by_the_next_up(platform):
    old, shown, before = platform.stack_secrets(), certificates(platform), generation("storage-usage")
    command = [str(ROOT / "sepp"), "rotate", "--yes", "--secret", "storage-usage", "--certificate", "entrance", NAME]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as run:
        assert any("updated secrets" in line for line in run.stdout)
        # The engine tells what is done before it is in its state.
        wait_for(lambda: generation("storage-usage") != before, 30, "the state has the new secret")
        os.killpg(run.pid, signal.SIGKILL)
    platform.sepp("up", "--yes", NAME)
    new = platform.stack_secrets()
    assert {name for name in old if old[name] != new[name]} == {"storage-usage"}
    assert (accepted(platform, old), accepted(platform, new)) == (TRIED - {"storage-usage"}, TRIED)
    portal = platform.run("core", "cat", "/etc/sepp/portal/secrets/usage-token").stdout
    assert portal == new["storage-usage"]
    assert {name for name, pem in certificates(platform).items() if pem != shown[name]} == {"entrance"}
    assert "No change." in platform.sepp("up", "--yes", NAME)
