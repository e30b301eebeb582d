"""The one TLS entrance: Apache httpd with mod_auth_cas."""

from collections.abc import Mapping
from typing import Any

from sepp.catalogue.cas import CAS, cas_url
from sepp.catalogue.hub import HUB
from sepp.catalogue.portal import PORTAL
from sepp.catalogue.service import Health, Port, Service, Size
from sepp.catalogue.storage import STORAGE
from sepp.config.mission import Mission
from sepp.config.units import MIB
from sepp.deployment import Context

SIGNED_IN = ("/me",)
"""The portal's paths that need sign-in, with all below them."""
_FILES = ("/etc/apache2/tls/entrance.pem", "/etc/apache2/tls/entrance.key")


def _variables(context: Context) -> Mapping[str, Any]:
    platform = context.deployment.platform
    certificate = context.certificates["entrance"]
    acme = {"proxy_acme": {**platform.tls.acme.model_dump(), "store": PROXY.data}} if platform.tls.acme else {}
    return {
        "proxy_port": platform.port,
        "proxy_domain": platform.domain,
        "proxy_url": context.deployment.url(),
        "proxy_title": platform.title,
        "proxy_certificate": certificate.certificate,
        "proxy_key": certificate.key,
        "proxy_files": dict(zip(("certificate", "key"), _FILES, strict=True)),
        "proxy_cas_url": cas_url(context.deployment),
        "proxy_cas": "" if platform.cas else _beside(context, CAS),
        "proxy_portal": _beside(context, PORTAL),
        "proxy_signed_in": list(SIGNED_IN),
        "proxy_missions": [_mission(context, mission) for mission in context.deployment.missions],
        **acme,
    }


def _mission(context: Context, mission: Mission) -> Mapping[str, str]:
    """Give what a mission has at the entrance, by its hosts' services."""
    publishes = mission.storage is not None and mission.storage.public is not None
    return {
        "name": mission.mission,
        "hub": _address(context, mission.mission, HUB, "http"),
        "files": _address(context, mission.mission, STORAGE, "public") if publishes else "",
    }


def _address(context: Context, area: str, service: Service, port: str) -> str:
    """Return the address of an area's service on the platform's network; empty if the area has none."""
    found = context.address(area, service.name)
    return f"http://{found}:{service.port(port)}" if found else ""


def _beside(context: Context, service: Service) -> str:
    return f"http://{context.beside(service.name)}:{service.port('http')}"


PROXY = Service(
    name="proxy",
    title="Entrance",
    scenario="core",
    scope="core",
    user="www-data",
    number=10004,
    ports=(Port(name="https", number=None, reach="outside", tls=True),),
    health=Health(units=("apache2.service",), port="https", path="/"),
    size=Size(cpu=0.3, memory=128 * MIB),
    needs=("cas", "portal"),
    # The account, keys and certificates of ACME: who orders anew for each new host soon meets an authority's limits.
    data="/var/lib/apache2/md",
    keeps_data=lambda platform: platform.tls.acme is not None,
    certificate=_FILES,
    variables=_variables,
)
