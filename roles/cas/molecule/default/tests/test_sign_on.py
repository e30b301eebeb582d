"""Sign-on as users and services see it, with the real directory behind."""

import html
import json
import re
import time
from urllib.parse import urlencode

import pytest

CAS = "http://127.0.0.1:8080/cas"
SERVICE = "https://localhost:8999/app"
HUB = "https://planck.sepp.test/hub/login"
WRONG = "The user name or the password is wrong."


class Browser:
    """A browser with cookies of its own, by curl on the host; its address is what the entrance would tell."""

    def __init__(self, host, address="192.0.2.1"):
        self.host = host
        self.address = address
        self.cookies = {}

    def ask(self, path, *options, **query):
        """Return status, headers and body."""
        url = f"{CAS}{path}" + (f"?{urlencode(query)}" if query else "")
        sent = {
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Port": "443",
            "X-Forwarded-For": self.address,
            # The cookies are for TLS only: curl itself would not keep them on this plain connection.
            "Cookie": "; ".join("=".join(cookie) for cookie in self.cookies.items()),
        }
        arguments = [part for header in sent.items() for part in ("--header", ": ".join(header))] + [*options, url]
        shown = self.host.run("curl --silent --include --max-time 60" + " %s" * len(arguments), *arguments)
        assert shown.rc == 0, shown.stderr
        head, _, body = shown.stdout.replace("\r\n", "\n").partition("\n\n")
        self.cookies |= dict(re.findall(r"^Set-Cookie: (\w+)=([^;\n]*)", head, re.MULTILINE | re.IGNORECASE))
        return int(head.split()[1]), head, body

    def sign_in(self, user, password, service=SERVICE):
        """Fill in the form and send it."""
        _, _, page = self.ask("/login", service=service)
        execution = html.unescape(re.search(r'name="execution" value="([^"]+)"', page)[1])
        form = {"username": user, "password": password, "execution": execution, "_eventId": "submit", "geolocation": ""}
        fields = [part for item in form.items() for part in ("--data-urlencode", "=".join(item))]
        return self.ask("/login", *fields, service=service)

    def ticket(self, service=SERVICE):
        """Ask for a ticket of a service with the session that there is; None if the form comes."""
        return ticket_of(self.ask("/login", service=service)[1])


def ticket_of(head):
    found = re.search(r"^Location: \S+[?&]ticket=(\S+)$", head, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else None


@pytest.fixture
def browser(host):
    return Browser(host)


def test_it_runs_from_the_start_of_the_host(host):
    assert host.service("cas").is_running
    assert host.service("cas").is_enabled
    assert host.process.get(user="cas", comm="java").user == "cas"


def test_it_listens_on_the_loopback_address_only(host):
    own = [name for name in host.socket.get_listening_sockets() if name.endswith(":8080")]
    assert own
    assert all("127.0.0.1" in name for name in own)


def test_it_is_hardened(host):
    shown = host.check_output(
        "systemctl show cas -p NoNewPrivileges,ProtectSystem,ProtectHome,PrivateTmp,CapabilityBoundingSet"
    )
    assert set(shown.split()) == {
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "CapabilityBoundingSet=",
    }


def test_secrets_are_read_by_nobody_else(host):
    for path in ("/etc/cas/cas.properties", "/etc/cas/sessions.curl"):
        assert host.run("setpriv --reuid nobody --clear-groups cat %s", path).rc != 0


def test_the_page_is_of_the_platform_and_takes_nothing_from_elsewhere(browser):
    status, _, page = browser.ask("/login", service=HUB)
    assert status == 200
    assert "<title>Sign in · Science Platform</title>" in page
    assert "planck.sepp.test" in page
    assert "<script" not in page
    assert set(re.findall(r'(?:href|src)="(https?://[^"/]+)', page)) <= {"https://sepp.test"}
    for path in re.findall(r'href="/cas(/css/[^"]+)"', page):
        status, head, body = browser.ask(path)
        assert (status, "text/css" in head) == (200, True)
        assert "--sepp-bg" in body


def test_a_user_signs_in_and_a_service_learns_who_she_is(browser):
    status, head, _ = browser.sign_in("alice", "alice-in-wonderland")
    assert status == 302
    cookie = re.search(r"^Set-Cookie: TGC=.*$", head, re.MULTILINE | re.IGNORECASE)[0]
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    query = {"service": SERVICE, "ticket": ticket_of(head)}
    _, _, answer = browser.ask("/p3/serviceValidate", format="JSON", **query)
    success = json.loads(answer)["serviceResponse"]["authenticationSuccess"]
    assert success["user"] == "alice"
    assert success["attributes"]["mail"] == ["alice@sepp.test"]
    assert "cn=planck-collaboration,ou=groups,dc=sepp,dc=test" in success["attributes"]["groups"]
    _, _, again = browser.ask("/p3/serviceValidate", **query)
    assert "INVALID_TICKET" in again


def test_one_sign_in_serves_all_services(browser):
    browser.sign_in("alice", "alice-in-wonderland")
    assert browser.ticket(HUB)


@pytest.mark.once
def test_a_ticket_is_for_one_service_and_a_short_time(browser):
    browser.sign_in("alice", "alice-in-wonderland")
    _, _, answer = browser.ask("/serviceValidate", service=SERVICE, ticket=browser.ticket(HUB))
    assert "INVALID_SERVICE" in answer
    late = browser.ticket()
    time.sleep(12)
    _, _, answer = browser.ask("/serviceValidate", service=SERVICE, ticket=late)
    assert "INVALID_TICKET" in answer


@pytest.mark.parametrize("user", ["bob", "nobody-of-this-name"])
def test_a_wrong_password_and_an_unknown_user_read_the_same(host, user):
    status, head, page = Browser(host, "192.0.2.7").sign_in(user, "wrong-password-of-somebody")
    assert status == 401
    assert "TGC=" not in head
    assert WRONG in page


def test_there_is_no_default_account(browser):
    status, _, page = browser.sign_in("casuser", "Mellon")
    assert status == 401
    assert WRONG in page


def test_a_disabled_user_stays_out(host):
    status, head, page = Browser(host, "192.0.2.8").sign_in("eve", "eve-is-disabled-here")
    assert "TGC=" not in head
    assert ticket_of(head) is None
    assert "locked" in page, status


def test_a_one_time_password_leads_to_the_page_that_changes_it(host):
    password = host.check_output("cat /root/dora")
    _, head, page = Browser(host, "192.0.2.9").sign_in("dora", password)
    assert "TGC=" not in head
    assert ticket_of(head) is None
    assert 'href="https://sepp.test/account/password"' in page


@pytest.mark.once
@pytest.mark.parametrize(
    "service",
    [
        "https://evil.example/",
        "https://sepp.test.evil.example/",
        "https://sepp.test@evil.example/",
        "https://evil.example/?https://sepp.test/",
        "http://sepp.test/",
        "https://planck.sepp.test/user/eve/",
        "https://other.sepp.test/hub/",
    ],
)
def test_unknown_services_are_refused(browser, service):
    status, _, page = browser.ask("/login", service=service)
    assert status == 403
    assert "not part of the platform" in page
    assert 'name="password"' not in page


@pytest.mark.once
def test_signing_out_tells_the_services(host, browser):
    _, head, _ = browser.sign_in("alice", "alice-in-wonderland")
    ticket = ticket_of(head)
    assert "alice" in browser.ask("/serviceValidate", service=SERVICE, ticket=ticket)[2]
    _, _, page = browser.ask("/logout")
    assert "signed out" in page
    time.sleep(2)
    assert f"<samlp:SessionIndex>{ticket}</samlp:SessionIndex>" in host.file("/run/told").content_string
    assert browser.ticket() is None


@pytest.mark.once
def test_the_operator_ends_all_sessions_of_a_user(host):
    alice, other = Browser(host), Browser(host)
    ticket = ticket_of(alice.sign_in("alice", "alice-in-wonderland")[1])
    assert "alice" in alice.ask("/serviceValidate", service=SERVICE, ticket=ticket)[2]
    other.sign_in("bob", "bob-builds-bridges")
    assert host.run("sepp-end-sessions alice").rc == 0
    time.sleep(2)
    assert alice.ticket() is None
    assert other.ticket()
    assert ticket in host.file("/run/told").content_string


def test_sessions_are_ended_by_nobody_else(host):
    for path in ("", "/ssoSessions", "/health", "/env", "/info"):
        status = host.check_output("curl -s -o /dev/null -w '%%{http_code}' %s", f"{CAS}/actuator{path}")
        assert status in ("401", "403", "404"), path


@pytest.mark.once
def test_new_services_are_known_without_a_restart(host, browser):
    service = "https://later.sepp.test/hub/login"
    started = host.check_output("systemctl show cas -p ExecMainPID")
    assert browser.ask("/login", service=service)[0] == 403
    registry = "/etc/cas/services/platform-1.json"
    before = host.check_output("cat %s", registry)
    write(host, registry, before.replace('"^(', '"^(https://later\\\\.sepp\\\\.test/hub/|'))
    try:
        assert eventually(lambda: browser.ask("/login", service=service)[0] == 200)
    finally:
        write(host, registry, before)
    assert eventually(lambda: browser.ask("/login", service=service)[0] == 403)
    assert host.check_output("systemctl show cas -p ExecMainPID") == started


def write(host, path, content):
    """Put a new file in the place of one, as Ansible does."""
    host.check_output(
        "cp -p %s %s.new && printf %%s %s > %s.new && mv %s.new %s", path, path, content, path, path, path
    )


def eventually(holds):
    """Tell whether something comes true within a minute."""
    end = time.monotonic() + 60
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(2)
    return True


def test_guessing_is_slowed_down(host):
    guesser = Browser(host, "192.0.2.66")
    statuses = [guesser.sign_in("trude", f"guess-number-{number}-of-many")[0] for number in range(2)]
    assert statuses == [401, 423]
    assert Browser(host, "192.0.2.67").sign_in("alice", "alice-in-wonderland")[0] == 302


def test_the_journal_has_no_secrets(host):
    log = host.check_output("journalctl --no-pager --unit cas")
    assert "alice" in log
    for secret in ("alice-in-wonderland", "a-reader-password-of-the-scenario", "a-sessions-password-of-the-scenario"):
        assert secret not in log
