"""The entrance as a browser, and as somebody with bad intentions, sees it."""

import base64
import http.client
import json
import os
import re
import socket
import ssl
import time

import pytest
import testinfra

ADDRESS = (f"{os.environ['SEPP_SUBNET']}.10", 8443)
TLS = "/etc/apache2/tls"
AUTHORITY = "/usr/local/share/ca-certificates/sepp-platform.crt"
NAMES = ("sepp.localhost", "login.sepp.localhost", "files.sepp.localhost", "planck.sepp.localhost")


@pytest.fixture(scope="module")
def host():
    return testinfra.get_host("nsenter://mol-proxy-core")


@pytest.fixture
def trust(host):
    return ssl.create_default_context(cadata=host.file(AUTHORITY).content_string)


@pytest.fixture
def ask(trust):
    """Return a function that sends a request to a public name and gives the answer, read to its end."""

    def send(name, path="/", *, method="GET", headers=None, body=None, sni=None):
        connection = http.client.HTTPSConnection(name, ADDRESS[1], context=trust, timeout=30)
        plain = socket.create_connection(ADDRESS, timeout=30)
        connection.sock = trust.wrap_socket(plain, server_hostname=sni or name)
        connection.request(method, path, body=body, headers={"Host": f"{name}:8443"} | (headers or {}))
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        connection.close()
        return answer

    return send


def sign_in(ask, path="/me"):
    """Go the way of a browser: portal, CAS, portal with a ticket; return the ticket and the cookie."""
    to_cas = ask("sepp.localhost", path)
    assert to_cas.status == 302
    login = to_cas.headers["Location"]
    assert login.startswith(
        "https://login.sepp.localhost:8443/cas/login?service=https%3a%2f%2fsepp.localhost%3a8443%2fme"
    )
    back = ask("login.sepp.localhost", login.removeprefix("https://login.sepp.localhost:8443")).headers["Location"]
    ticket = re.search(r"ticket=(ST-\w+)", back)[1]
    redeemed = ask("sepp.localhost", back.removeprefix("https://sepp.localhost:8443"))
    assert redeemed.status == 302
    assert "ticket" not in redeemed.headers["Location"]
    return ticket, redeemed.headers["Set-Cookie"]


def test_it_runs_from_the_start_of_the_host_and_listens_on_one_port(host):
    unit = host.service("apache2")
    assert unit.is_running
    assert unit.is_enabled
    listening = {line for line in host.socket.get_listening_sockets() if "127.0.0.1" not in line and "unix" not in line}
    assert {line.rsplit(":", 1)[1] for line in listening} == {"8443"}


def test_systemd_knows_its_first_process(host):
    first = host.service("apache2").systemd_properties["MainPID"]
    assert first == host.file("/run/apache2/apache2.pid").content_string.strip()


def wait_until_shown(host):
    """Wait until the entrance shows the certificate that is on disk."""
    end = time.monotonic() + 60
    while ssl.get_server_certificate(ADDRESS).strip() not in host.file(f"{TLS}/entrance.pem").content_string:
        assert time.monotonic() < end, "the entrance shows another certificate"
        time.sleep(1)


def test_a_certificate_that_somebody_brings_is_shown_without_a_restart(host):
    """As a cluster brings it into a pod, where nobody reloads anything."""
    started = host.service("apache2").systemd_properties["MainPID"]
    host.check_output(f"cp -a {TLS} /root/kept")
    try:
        host.check_output(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=brought"
            f" -keyout {TLS}/entrance.key -out {TLS}/entrance.pem"
        )
        wait_until_shown(host)
    finally:
        host.check_output(f"cp -a /root/kept/. {TLS} && rm -r /root/kept")
    wait_until_shown(host)
    assert host.service("apache2").systemd_properties["MainPID"] == started


def test_it_is_hardened(host):
    shown = host.check_output("systemctl show apache2 -p NoNewPrivileges,ProtectSystem,ProtectHome,PrivateTmp")
    assert set(shown.split()) == {"NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes"}
    assert host.file(f"{TLS}/entrance.key").mode == 0o600
    assert host.file(TLS).mode == 0o700


@pytest.mark.parametrize("name", ["elsewhere.localhost", "nobody.sepp.localhost", "10.0.0.1"])
def test_unknown_names_get_nothing(ask, name):
    answer = ask(name, "/", sni="sepp.localhost")
    assert answer.status == 421
    assert "headers" not in answer.text


@pytest.mark.parametrize(("name", "port"), [(NAMES[0], 9002), (NAMES[3], 9003)])
def test_names_lead_to_their_servers(ask, name, port):
    answer = ask(name, "/some/page?with=query")
    told = json.loads(answer.text)
    assert (told["port"], told["target"]) == (port, "/some/page?with=query")
    assert told["headers"]["Host"] == f"{name}:8443"
    assert told["headers"]["X-Forwarded-Proto"] == "https"


@pytest.mark.once
@pytest.mark.parametrize("header", ["X-Remote-User", "X_Remote_User", "Remote-User", "REMOTE_USER", "X-Forwarded-User"])
@pytest.mark.parametrize("name", ["sepp.localhost", "planck.sepp.localhost", "files.sepp.localhost"])
def test_forged_identity_is_dropped(ask, name, header):
    answer = ask(
        name, "/planck/x" if name.startswith("files") else "/", headers={header: "mallory", header.lower(): "eve"}
    )
    told = {key.lower().replace("_", "-"): value for key, value in json.loads(answer.text)["headers"].items()}
    assert header.lower().replace("_", "-") not in told


def test_forged_origin_is_dropped(ask):
    sent = {
        "X-Forwarded-For": "8.8.8.8",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "Forwarded": "for=x",
    }
    told = json.loads(ask("planck.sepp.localhost", "/", headers=sent).text)["headers"]
    assert "8.8.8.8" not in told["X-Forwarded-For"]
    assert told["X-Forwarded-Host"] == "planck.sepp.localhost:8443"
    assert told["X-Forwarded-Proto"] == "https"
    assert "Forwarded" not in told


@pytest.mark.once
@pytest.mark.parametrize("path", ["/me", "/me/", "/me/x", "//me", "/%6de", "/x/../me", "/me?x=1"])
def test_signed_in_pages_want_sign_in(ask, path):
    answer = ask("sepp.localhost", path, headers={"X-Remote-User": "mallory"})
    assert answer.status == 302
    assert answer.headers["Location"].startswith("https://login.sepp.localhost:8443/cas/login?service=")


def test_a_ticket_gives_a_session_and_the_portal_is_told_who_it_is(ask):
    _, cookie = sign_in(ask)
    assert cookie.startswith("__Host-sepp=")
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= {part.strip().lower() for part in cookie.split(";")}
    told = json.loads(
        ask("sepp.localhost", "/me", headers={"Cookie": cookie.split(";")[0], "X-Remote-User": "eve"}).text
    )
    assert told["headers"]["X-Remote-User"] == "alice"


def test_a_ticket_serves_once(ask):
    ticket, _ = sign_in(ask)
    again = ask("sepp.localhost", f"/me?ticket={ticket}")
    assert again.status in (302, 401, 403)
    assert "Set-Cookie" not in again.headers


def test_cas_ends_the_session(ask):
    ticket, cookie = sign_in(ask)
    session = {"Cookie": cookie.split(";")[0]}
    assert ask("sepp.localhost", "/me", headers=session).status == 200
    message = (
        '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="x" Version="2.0">'
        f"<samlp:SessionIndex>{ticket}</samlp:SessionIndex></samlp:LogoutRequest>"
    )
    body = "logoutRequest=" + message.translate(str.maketrans({c: f"%{ord(c):02x}" for c in '<>"=:/ '}))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    ask("sepp.localhost", "/me", method="POST", headers=form, body=body)
    assert ask("sepp.localhost", "/me", headers=session).status == 302


@pytest.mark.once
def test_of_cas_only_what_is_needed_can_be_reached(ask):
    for path in ("/cas/login", "/cas/logout", "/cas/css/sepp.css"):
        assert ask("login.sepp.localhost", path).text == f"cas {path}"
    for path in (
        "/cas/actuator",
        "/cas/actuator/ssoSessions",
        "/cas/login/../actuator",
        "/cas/;/actuator/ssoSessions",
        "/cas/v1/tickets",
        "/cas/%61ctuator",
        "/other",
        "/cas/css/../x.css",
    ):
        assert ask("login.sepp.localhost", path).status in (400, 404), path
    assert ask("login.sepp.localhost", "/cas").headers["Location"] == "https://sepp.localhost:8443/"


def test_published_files_run_nothing_and_carry_nobody(ask):
    answer = ask(
        "files.sepp.localhost", "/planck/alice/map.fits", headers={"Cookie": "a=b", "Authorization": "Bearer x"}
    )
    told = json.loads(answer.text)
    assert (told["port"], told["target"]) == (9004, "/alice/map.fits")
    assert not {"cookie", "authorization"} & {key.lower() for key in told["headers"]}
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert ask("files.sepp.localhost", "/planck/x", method="PUT", body="x").status == 403
    assert ask("files.sepp.localhost", "/").status == 404


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_carries_the_rules_for_browsers(ask, name):
    answer = ask(name, "/cas/login" if name.startswith("login") else "/planck/x")
    assert answer.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
    assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert answer.headers["Server"] in (None, "Apache")
    if not name.startswith("planck"):
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["gone.sepp.localhost", "lost.sepp.localhost"])
def test_a_mission_that_is_down_is_explained_and_takes_nobody_along(ask, name):
    start = time.monotonic()
    answer = ask(name, "/hub/home")
    assert answer.status == 503
    assert "starting or being repaired" in answer.text
    assert "Science &amp; Exploitation Platform" in answer.text
    assert time.monotonic() - start < 15
    assert ask("planck.sepp.localhost").status == 200
    assert ask(name, "/-/sepp.css").headers["Content-Type"] == "text/css"


def test_old_tls_is_refused(trust):
    trust.check_hostname = False
    trust.verify_mode = ssl.CERT_NONE
    trust.set_ciphers("ALL:@SECLEVEL=0")
    for version, works in (
        (ssl.TLSVersion.TLSv1_1, False),
        (ssl.TLSVersion.TLSv1_2, True),
        (ssl.TLSVersion.TLSv1_3, True),
    ):
        trust.minimum_version = ssl.TLSVersion.TLSv1
        trust.maximum_version = version
        trust.minimum_version = version
        with socket.create_connection(ADDRESS, timeout=10) as plain:
            if works:
                assert trust.wrap_socket(plain, server_hostname=NAMES[0]).version() == version.name.replace("_", ".")
            else:
                with pytest.raises(ssl.SSLError):
                    trust.wrap_socket(plain, server_hostname=NAMES[0])


def open_websocket(trust, name):
    """Return a socket behind which a WebSocket is open."""
    channel = trust.wrap_socket(socket.create_connection(ADDRESS, timeout=10), server_hostname=name)
    key = base64.b64encode(os.urandom(16)).decode()
    channel.sendall(
        f"GET /user/alice/api HTTP/1.1\r\nHost: {name}:8443\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    head = b""
    while b"\r\n\r\n" not in head:
        head += channel.recv(1)
    assert head.startswith(b"HTTP/1.1 101")
    return channel


@pytest.mark.once
def test_websockets_pass_and_survive_a_reload(host, trust):
    with open_websocket(trust, "planck.sepp.localhost") as channel:
        channel.sendall(b"one")
        assert channel.recv(3) == b"one"
        host.check_output("systemctl reload apache2")
        time.sleep(2)
        channel.sendall(b"two")
        assert channel.recv(3) == b"two"


@pytest.mark.once
@pytest.mark.parametrize(("name", "port"), [("planck.sepp.localhost", 9003), ("sepp.localhost", 9002)])
def test_a_connection_that_its_server_may_be_closing_is_not_used_again(ask, name, port):
    """Behind it, what comes on a connection after a pause of 4 s is lost."""
    for _ in range(2):
        answer = ask(name)
        assert (answer.status, json.loads(answer.text)["port"]) == (200, port)
        time.sleep(4.5)


def test_names_of_files_with_slashes_reach_the_hub_as_they_are(ask):
    told = json.loads(ask("planck.sepp.localhost", "/user/alice/files/a%2Fb%20c.ipynb").text)
    assert told["target"] == "/user/alice/files/a%2Fb%20c.ipynb"


@pytest.mark.once
def test_a_large_upload_passes(ask):
    told = json.loads(ask("planck.sepp.localhost", "/", method="PUT", body=b"x" * 20_000_000).text)
    assert told["method"] == "PUT"


def test_the_log_has_no_queries(host, ask):
    ask("sepp.localhost", "/page-of-the-log?ticket=ST-not-for-the-log")
    time.sleep(1)
    log = host.check_output("journalctl --no-pager --since -5min")
    assert "GET /page-of-the-log HTTP/1.1" in log
    assert "ST-not-for-the-log" not in log


@pytest.mark.once
def test_a_bad_configuration_does_not_take_the_place_of_a_good_one(host):
    bad = host.run(
        "sed 's/^Listen .*/Listen nonsense/' /etc/apache2/apache2.conf > /tmp/bad.conf;apache2ctl -t -f /tmp/bad.conf"
    )
    assert bad.rc != 0
    assert host.run("apache2ctl -t -f /etc/apache2/apache2.conf").rc == 0


def test_a_platform_with_acme_and_the_sites_own_cas_is_configured(host):
    variant = host.file("/root/variant.conf").content_string
    below = [f"{name}.sepp.localhost" for name in ("files", "planck", "gone", "lost")]
    assert re.findall(r"^MDomain (.*)$", variant, re.MULTILINE) == ["sepp.localhost", *below]
    assert "CASLoginURL https://sso.site.test/cas/login" in variant
    assert "ServerName login.sepp.localhost" not in variant
    assert host.run("apache2ctl -t -f /root/variant.conf").rc == 0
