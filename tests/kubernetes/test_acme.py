"""The entrance's pod orders its certificates from an authority of RFC 8555 (pebble), in podman in place of a node."""

import json
import socket
import ssl
from dataclasses import replace

import pytest
from cryptography import x509

from sepp.config.platform import Acme, Tls
from sepp.targets import pki
from sepp.targets.local.podman import podman
from tests.kubernetes.node import ensure_node_image
from tests.kubernetes.pods import files_of, running
from tests.kubernetes.waiting import wait_until

SERVICE, PORT, DIRECTORY = "proxy", 443, 14000


@pytest.fixture(scope="module")
def authority():
    """Who signs the certificate of the authority's own web server."""
    return pki.make_authority("Site")


@pytest.fixture(scope="module")
def ordering(context, authority):
    """The core of a platform that believes this authority and orders from it."""
    tls = Tls(acme=Acme(directory=f"https://localhost:{DIRECTORY}/dir", email="ops@sepp.test"))
    platform = context.deployment.platform.model_copy(update={"tls": tls})
    deployment = replace(context.deployment, platform=platform)
    return replace(context, deployment=deployment, authority=authority.certificate)


@pytest.fixture(scope="module")
def entrance(ordering, authority, tmp_path_factory):
    """The entrance's container, with the authority beside it, for which every name is the entrance's."""
    folder = tmp_path_factory.mktemp("entrance")
    found = files_of(SERVICE, ordering, folder / "log")
    names = [f"--add-host={name}:127.0.0.1" for name in ordering.deployment.public_names]
    with running(SERVICE, ordering, found, folder, *names, "--publish", f"127.0.0.1::{PORT}") as (name, _):
        own = pki.issue(authority, ("localhost",))
        settings = {
            "listenAddress": f"127.0.0.1:{DIRECTORY}",
            "managementListenAddress": "127.0.0.1:15000",
            "certificate": "/settings/own.pem",
            "privateKey": "/settings/own.key",
            "tlsPort": PORT,
        }
        beside = tmp_path_factory.mktemp("authority")
        files = {"own.pem": own.certificate, "own.key": own.key, "pebble.json": json.dumps({"pebble": settings})}
        for file, text in files.items():
            (beside / file).write_text(text)
        started = podman(
            *("run", "--detach", f"--network=container:{name}", f"--volume={beside}:/settings:ro"),
            *("--env=PEBBLE_VA_NOSLEEP=1", ensure_node_image(), "pebble", "-config", "/settings/pebble.json"),
        ).strip()
        try:
            yield name
        finally:
            podman("rm", "--force", "--time", "0", started)


def test_every_name_gets_a_certificate_of_the_authority_without_a_restart(entrance, ordering):
    port = int(podman("port", entrance, str(PORT)).rpartition(":")[2])

    def waiting() -> list[str]:
        return [name for name in ordering.deployment.public_names if "Pebble" not in issuer(port, name)]

    wait_until(lambda: not waiting(), 120, lambda: f"{waiting()}\n{podman('logs', entrance)}")
    # Whose main process had ended would be so, too.
    assert podman("inspect", "--format", "{{.State.Running}}", entrance).strip() == "true"


def issuer(port: int, name: str) -> str:
    """Return who issued the certificate that is shown for a name; nobody while nobody listens."""
    trust = ssl._create_unverified_context()
    try:
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            trust.wrap_socket(plain, server_hostname=name) as tls,
        ):
            shown = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True))
    except OSError:
        return ""
    return shown.issuer.rfc4514_string()
