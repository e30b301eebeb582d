import json
import re
import secrets
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from testinfra.host import Host

PORTAL = "http://127.0.0.1:8090"


@dataclass(frozen=True)
class Answer:
    status: int
    head: str
    text: str


@dataclass(frozen=True)
class Browser:
    """Asks the portal on its host, as the entrance would."""

    host: Host

    def ask(self, path: str, *options: str) -> Answer:
        command = shlex.join(["curl", "-s", "-i", "--max-time", "20", *options, f"{PORTAL}{path}"])
        ended = self.host.run(command)
        assert ended.rc == 0, ended.stderr
        head, _, text = ended.stdout.replace("\r\n", "\n").partition("\n\n")
        return Answer(int(head.split()[1]), head, text)

    def change_password(
        self,
        user: str,
        old: str,
        new: str,
        *,
        again: str | None = None,
        token: str | None = None,
        origin: str = "https://sepp.test",
    ) -> Answer:
        form = self.ask("/account/password")
        cookie = re.search(r"set-cookie: (__Host-sepp-form=[^;]+);", form.head, re.IGNORECASE)
        found = re.search(r'name="token" value="([0-9a-f]+)"', form.text)
        assert cookie and found, form.head
        fields = {
            "token": found[1] if token is None else token,
            "user": user,
            "old": old,
            "new": new,
            "again": new if again is None else again,
        }
        data = [part for key, value in fields.items() for part in ("--data-urlencode", f"{key}={value}")]
        sender = f"10.0.0.1, 192.0.2.{secrets.randbelow(250)}"
        heads = (f"Cookie: {cookie[1]}", f"Origin: {origin}", f"X-Forwarded-For: {sender}")
        options = [part for head in heads for part in ("-H", head)]
        return self.ask("/account/password", *options, *data)


@pytest.fixture
def browser(host: Host) -> Browser:
    return Browser(host)


def tool(host: Host, command: str, **arguments: object) -> dict[str, object]:
    ended = host.run(f"printf %s {shlex.quote(json.dumps(arguments))} | /usr/local/sbin/sepp-directory {command}")
    assert ended.rc == 0, ended.stdout + ended.stderr
    return json.loads(ended.stdout)


def signs_in(host: Host, user: str, password: str) -> bool:
    dn = f"uid={user},ou=people,dc=sepp,dc=test"
    argv = ["env", "LDAPTLS_CACERT=/etc/ssl/certs/ca-certificates.crt", "ldapwhoami", "-x", "-H", "ldaps://core:636"]
    return host.run(shlex.join([*argv, "-D", dn, "-w", password])).rc == 0


@pytest.fixture
def password() -> str:
    return secrets.token_urlsafe(15)


@pytest.fixture
def user(host: Host, password: str) -> Iterator[str]:
    name = f"t{secrets.token_hex(6)}"
    tool(host, "add", name=name, full_name="Test Person", groups=["planck-collaboration"], password=password)
    yield name
    tool(host, "delete", name=name, forget=True)


def test_unit_runs_as_its_own_user(host: Host) -> None:
    assert host.service("sepp-portal").is_running
    assert host.service("sepp-portal").is_enabled
    assert host.check_output("systemctl show -P User sepp-portal") == "portal"
    assert host.check_output("ps -o user= -p $(systemctl show -P MainPID sepp-portal)") == "portal"


def test_listens_on_the_loopback_address_only(host: Host) -> None:
    addresses = host.check_output("ss -Hltn 'sport = :8090'").split("\n")
    assert [line.split()[3] for line in addresses] == ["127.0.0.1:8090"]


@pytest.mark.parametrize("path", ["site.json", "content/faq/planck/10-read-a-map.md"])
def test_settings_are_closed_to_others(host: Host, path: str) -> None:
    file = host.file(f"/etc/sepp/portal/{path}")
    assert (file.user, file.group, file.mode) == ("root", "portal", 0o640)


@pytest.mark.parametrize("name", ["reader-password", "usage-token"])
def test_secrets_are_closed_to_others(host: Host, name: str) -> None:
    file = host.file(f"/etc/sepp/portal/secrets/{name}")
    assert (file.user, file.group, file.mode) == ("root", "portal", 0o640)
    assert host.run(f"runuser -u nobody -- cat {file.path}").rc != 0


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/", "Bring your questions to the data"),
        ("/missions", "Planck Legacy Archive"),
        ("/missions/planck", "Members of the Planck Collaboration"),
        ("/missions/planck/faq/read-a-map", "mollview"),
        ("/faq", "How do I read a sky map?"),
        ("/roadmap", "JWST Workspaces"),
        ("/account/password", "Present password"),
        ("/static/sepp.css", "--sepp-accent"),
        ("/static/sky.svg", "<svg"),
    ],
)
def test_pages_are_public(browser: Browser, path: str, wanted: str) -> None:
    answer = browser.ask(path)
    assert answer.status == 200
    assert wanted in answer.text


@pytest.mark.parametrize("path", ["/missions/no", "/missions/planck/faq/no", "/static/../site.json", "/nothing"])
def test_unknown_pages_say_so(browser: Browser, path: str) -> None:
    assert browser.ask(path, "--path-as-is").status == 404


def test_own_page_needs_the_entrance(browser: Browser) -> None:
    assert browser.ask("/me").status == 403


def test_own_page_shows_rights_and_storage(host: Host, browser: Browser, user: str) -> None:
    answer = browser.ask("/me", "-H", f"X-Remote-User: {user}")
    assert answer.status == 200
    assert "Members of the Planck Collaboration" in answer.text
    assert "Share “papers”" in answer.text
    assert "What you use cannot be shown" in answer.text  # the stand-in does not know this user
    assert "cache-control: no-store" in answer.head.lower()


def test_own_page_shows_usage_and_warns(browser: Browser) -> None:
    answer = browser.ask("/me", "-H", "X-Remote-User: alice")
    assert "90 GiB of 100 GiB" in answer.text
    assert "nearly full" in answer.text
    assert "Share “papers”" not in answer.text  # she is in no group here


def status(browser: Browser) -> dict[str, dict[str, object]]:
    return json.loads(browser.ask("/status.json").text)


STOPPED = ("core/stand-in", "core/directory")


@pytest.mark.once
def test_status_shows_a_stopped_service(host: Host, browser: Browser) -> None:
    def wait(*, working: bool) -> None:
        end = time.monotonic() + 45
        while any((state := status(browser))[name]["working"] is not working for name in STOPPED):
            assert time.monotonic() < end, state
            time.sleep(2)

    wait(working=True)
    host.check_output("systemctl stop stand-in slapd")
    try:
        wait(working=False)
        page = browser.ask("/status")
        assert "Some services do not work" in page.text
        assert browser.ask("/me", "-H", "X-Remote-User: alice").status == 503
    finally:
        host.check_output("systemctl start stand-in slapd")
    wait(working=True)
    assert "All services work." in browser.ask("/status").text


def test_status_since_outlives_a_restart(host: Host, browser: Browser) -> None:
    before = status(browser)
    host.check_output("systemctl restart sepp-portal")
    assert {name: state["since"] for name, state in status(browser).items()} == {
        name: state["since"] for name, state in before.items()
    }


def test_password_is_changed(host: Host, browser: Browser, user: str, password: str) -> None:
    new = secrets.token_urlsafe(15)
    answer = browser.change_password(user, password, new)
    assert answer.status == 200
    assert "Your password was changed" in answer.text
    assert signs_in(host, user, new)
    assert not signs_in(host, user, password)
    journal = host.check_output("journalctl -u sepp-portal --no-pager")
    assert f"password of {user} changed" in journal
    assert new not in journal
    assert password not in journal


@pytest.mark.once
def test_password_of_an_invited_user_is_changed(host: Host, browser: Browser, user: str) -> None:
    once = str(tool(host, "passwd", name=user)["one_time_password"])
    new = secrets.token_urlsafe(15)
    assert "Your password was changed" in browser.change_password(user, once, new).text
    assert signs_in(host, user, new)


@pytest.mark.once
@pytest.mark.parametrize(
    ("new", "wanted"), [("short", "too short"), ("old", "Choose another one"), ("different", "not the same")]
)
def test_refused_passwords_are_explained(browser: Browser, user: str, password: str, new: str, wanted: str) -> None:
    chosen = password if new == "old" else new
    answer = browser.change_password(user, password, chosen, again="another" if new == "different" else None)
    assert answer.status == 422
    assert wanted in answer.text
    assert password not in answer.text


@pytest.mark.once
def test_former_password_is_refused(browser: Browser, user: str, password: str) -> None:
    new = secrets.token_urlsafe(15)
    assert browser.change_password(user, password, new).status == 200
    assert "one that you had before" in browser.change_password(user, new, password).text


@pytest.mark.once
@pytest.mark.parametrize("name", ["nobody-here", "*", "x,ou=people", "reader"])
def test_wrong_user_or_password_tells_nothing(browser: Browser, name: str) -> None:
    answer = browser.change_password(name, "wrong-password-here", "some-new-password-here")
    assert answer.status == 422
    assert "The user name or the present password is not right." in answer.text


@pytest.mark.once
def test_locked_user_is_told(browser: Browser, user: str) -> None:
    answers = [browser.change_password(user, f"wrong-{n}", "some-new-password-here").text for n in range(6)]
    assert "This account is locked" in answers[-1]


@pytest.mark.once
def test_forms_of_others_are_refused(host: Host, browser: Browser, user: str, password: str) -> None:
    new = secrets.token_urlsafe(15)
    assert browser.change_password(user, password, new, token="0" * 64).status == 403
    assert browser.change_password(user, password, new, origin="https://evil.test").status == 403
    assert signs_in(host, user, password)


@pytest.mark.once
def test_many_attempts_are_refused(browser: Browser) -> None:
    name = f"t{secrets.token_hex(6)}"
    answers = [browser.change_password(name, "wrong", "some-new-password-here").status for _ in range(12)]
    assert answers == [422] * 10 + [429] * 2
