"""The certificates that a platform's services show, and until when they are valid."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509

from sepp.catalogue import CATALOGUE
from sepp.deployment import Deployment, Host
from sepp.verify.access import Hosts
from sepp.verify.result import CheckError, Result, check

_SOON = timedelta(days=14)
"""Who renews in time has done it before: `up` thirty days before the end, ACME when a third of the time is left."""

_SHOW = """
import socket, ssl, sys
name, port = sys.argv[1].rsplit(":", 1)
anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
with anybody.wrap_socket(socket.create_connection((name, int(port)), 10), server_hostname=name) as connection:
    print(ssl.DER_cert_to_PEM_cert(connection.getpeercert(True)))
"""
"""Prints what the service at an address shows (PEM); containers have no openssl."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A certificate as clients get it: the service's name, and the end of its validity (UTC), if one is shown."""

    service: str
    ends: datetime | None

    @property
    def until(self) -> str:
        """Tell in words until which day it is valid."""
        return f"until {self.ends:%Y-%m-%d}" if self.ends else "none"

    @property
    def well(self) -> bool:
        """Tell whether it is valid for some time yet."""
        return self.ends is not None and self.ends - datetime.now(UTC) > _SOON


def shown_by(deployment: Deployment, hosts: Hosts, host: Host) -> Iterator[Shown]:
    """Give the certificates of all services of a host that speak TLS."""
    for name in host.services:
        for port in CATALOGUE[name].ports:
            if port.tls:
                at = f"{hosts.name_of(host.name, name)}:{port.number}" if port.number else _entrance(deployment)
                yield Shown(service=name, ends=_end(hosts, host, at))


def check_certificates(deployment: Deployment, hosts: Hosts) -> Iterator[Result]:
    """Check that no certificate has ended, or ends soon."""
    for host in deployment.hosts:
        if any(port.tls for name in host.services for port in CATALOGUE[name].ports):
            yield check("hosts", f"{host.name}: certificates", lambda host=host: _valid(deployment, hosts, host))


def _valid(deployment: Deployment, hosts: Hosts, host: Host) -> str:
    shown = list(shown_by(deployment, hosts, host))
    text = ", ".join(f"{one.service} {one.until}" for one in shown)
    if not all(one.well for one in shown):
        raise CheckError(f"{text}: `sepp up` renews the platform's own, and reads those of 'tls.given' again")
    return text


def _entrance(deployment: Deployment) -> str:
    return f"{deployment.platform.domain}:{deployment.platform.port}"


def _end(hosts: Hosts, host: Host, address: str) -> datetime | None:
    ended = hosts.run(host.name, "python3", "-c", _SHOW, address)
    return None if ended.returncode else x509.load_pem_x509_certificate(ended.stdout.encode()).not_valid_after_utc
