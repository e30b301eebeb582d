"""An entrance whose certificates are from an authority of RFC 8555 (pebble), as a browser that trusts it sees it."""

import http.client
import os
import socket
import ssl
import time

import pytest
import testinfra

ADDRESS = (f"{os.environ['SEPP_SUBNET']}.11", 8443)
PORTAL, FILES, LOST = "sepp.localhost", "files.sepp.localhost", "lost.sepp.localhost"
NAMES = (PORTAL, FILES, LOST, "login.sepp.localhost", "planck.sepp.localhost", "gone.sepp.localhost")
STORE = "/var/lib/apache2/md"


@pytest.fixture(scope="module")
def host():
    return testinfra.get_host("nsenter://mol-proxy-acme")


def trusting(host):
    """Return the settings of a browser that trusts the authority's roots, of all its starts, and nothing else."""
    return ssl.create_default_context(cadata=host.file("/var/lib/pebble/roots.pem").content_string)


def certificate(name, context):
    """Return the certificate that the entrance shows for a name, as the given browser understands it."""
    with (
        socket.create_connection(ADDRESS, timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=name) as channel,
    ):
        return channel.getpeercert()


def certified(name, context):
    """Tell whether the entrance shows a certificate of the authority for a name."""
    try:
        names = certificate(name, context)["subjectAltName"]
    except ssl.SSLCertVerificationError:
        return False
    assert names == (("DNS", name),)
    return True


def status(name):
    """Return the status of a page, whatever the certificate."""
    context = ssl._create_unverified_context()
    connection = http.client.HTTPSConnection(*ADDRESS, context=context, timeout=30)
    connection.sock = context.wrap_socket(socket.create_connection(ADDRESS, timeout=10), server_hostname=name)
    connection.request("GET", "/-/sepp.css", headers={"Host": f"{name}:8443"})
    return connection.getresponse().status


def wait_until(condition):
    # After each failure the entrance waits twice as long as before: 5 s, 10 s, up to some minutes.
    end = time.monotonic() + 400
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(1)
    return met


@pytest.mark.parametrize("name", NAMES)
def test_every_name_gets_a_certificate_of_the_authority(host, name):
    # The authority was started after the entrance, which asks again by itself.
    assert wait_until(lambda: certified(name, trusting(host)))
    assert status(name) == 200


def test_nothing_but_the_entrances_port_is_open(host):
    sockets = {line for line in host.socket.get_listening_sockets() if "127.0.0.1" not in line and "unix" not in line}
    assert {line.rsplit(":", 1)[1] for line in sockets} == {"8443"}


def test_private_keys_are_for_root_only(host):
    folder = host.file(STORE)
    assert (folder.user, folder.group, folder.mode) == ("root", "www-data", 0o750)
    # What Apache's children keep (account, orders) is encrypted; the key of that is in md_store.json.
    plain = host.check_output(
        f"find {STORE} -type f -exec grep --files-with-matches --extended-regexp 'BEGIN (EC |RSA )?PRIVATE' {{}} +"
    )
    keys = [host.file(path) for path in [*plain.splitlines(), f"{STORE}/md_store.json"]]
    assert len(keys) > len(NAMES)
    assert {(file.user, file.mode) for file in keys} == {("root", 0o600)}


@pytest.mark.once
def test_an_authority_that_is_away_stops_nothing_and_is_asked_again(host):
    """While it is away one name has lost its certificate, and one has a certificate that soon expires."""
    host.check_output("systemctl stop pebble apache2")
    host.check_output(f"rm -r {STORE}/domains/{LOST}")
    host.check_output(
        f"cd {STORE}/domains/{FILES} && rm job.json &&"
        f" openssl req -x509 -key privkey.secp256r1.pem -subj /CN=old -addext subjectAltName=DNS:{FILES}"
        " -not_before $(date -u -d -89days +%Y%m%d%H%M%SZ) -not_after $(date -u -d +1day +%Y%m%d%H%M%SZ)"
        " -out pubcert.secp256r1.pem"
    )
    old = ssl.create_default_context(cadata=host.file(f"{STORE}/domains/{FILES}/pubcert.secp256r1.pem").content_string)
    host.check_output("systemctl start apache2")
    time.sleep(3)
    started = host.service("apache2").systemd_properties["MainPID"]
    assert certified(PORTAL, trusting(host))
    assert status(PORTAL) == 200
    assert certificate(FILES, old)["subject"] == ((("commonName", "old"),),)
    assert status(FILES) == 200
    assert not certified(LOST, trusting(host))
    assert status(LOST) == 503

    host.check_output("systemctl start pebble")
    for name in (LOST, FILES):
        assert wait_until(lambda name=name: certified(name, trusting(host))), name
        assert status(name) == 200
    assert certified(PORTAL, trusting(host))
    assert host.service("apache2").systemd_properties["MainPID"] == started


def test_no_unit_has_failed(host):
    assert host.check_output("systemctl is-system-running") == "running"
