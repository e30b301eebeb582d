"""Sign-on: Apereo CAS."""

import base64
import hmac
from collections.abc import Mapping
from typing import Any

from sepp.catalogue.directory import directory_uri
from sepp.catalogue.service import Health, Port, Service, Size
from sepp.config.units import MIB
from sepp.deployment import Context, Deployment
from sepp.directory import layout


def cas_url(deployment: Deployment) -> str:
    """Return the address of the CAS that the platform trusts, the site's own or ours; no slash at the end."""
    external = deployment.platform.cas
    return external.url if external else f"{deployment.url('login')}/cas"


def _variables(context: Context) -> Mapping[str, Any]:
    deployment = context.deployment
    domain = deployment.platform.domain
    return {
        "cas_address": context.loopback,
        "cas_port": CAS.port("http"),
        "cas_server": deployment.url("login"),
        "cas_portal": deployment.url(),
        "cas_title": deployment.platform.title,
        "cas_services": _services(deployment),
        "cas_directory": {
            "uri": directory_uri(context),
            "people": layout.people(domain),
            "reader_dn": layout.reader(domain),
            "reader_password": context.secrets["directory-reader"],
        },
        "cas_keys": {
            "cookie_signing": _key(context, "cookie signing", 64),
            "cookie_encryption": _key(context, "cookie encryption", 32),
            "flow_signing": _key(context, "flow signing", 64),
            "flow_encryption": _key(context, "flow encryption", 16),
        },
        "cas_sessions_password": context.secrets["cas-sessions"],
    }


def _services(deployment: Deployment) -> list[str]:
    """Return what may ask for sign-in: the portal and each hub, but not what users run behind a hub."""
    hubs = [mission.mission for mission in deployment.missions if mission.interactive]
    return [f"{deployment.url()}/", *(f"{deployment.url(name)}/hub/" for name in hubs)]


def _key(context: Context, purpose: str, size: int) -> str:
    """Derive the key of a purpose, `size` bytes (at most 64) in base64url, from the one secret."""
    key = hmac.digest(context.secrets["cas-keys"].encode(), purpose.encode(), "sha512")[:size]
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


_RESTART = "everybody has to sign in again, which nobody can for about a minute"
"""CAS keeps its sessions in memory."""

CAS = Service(
    name="cas",
    title="Sign-on",
    scenario="core",
    scope="core",
    user="cas",
    number=10002,
    ports=(Port(name="http", number=8080, reach="host"),),
    health=Health(units=("cas.service",), port="http", path="/cas/login"),
    size=Size(cpu=1, memory=768 * MIB),
    needs=("directory",),
    secrets={"cas-keys": _RESTART, "cas-sessions": _RESTART},
    variables=_variables,
)
