"""A project that has all that the platforms of the tests need, as values."""

from dataclasses import replace
from typing import Any

from sepp.deployment import Deployment
from sepp.targets.openstack.cloud import Cloud, Flavour, Limit
from sepp.targets.openstack.flavours import chosen
from sepp.targets.openstack.needs import WORDS

GIB = 1024**3

OPENSTACK: dict[str, Any] = {
    "cloud": "site",
    "image": "debian-13",
    "external_network": "public",
    "operators": ("192.0.2.0/24",),
}
"""Settings of a platform on it."""


def flavour(name: str, cpu: int, memory: int, disk: int = 20) -> Flavour:
    return Flavour(id=f"id-of-{name}", name=name, cpu=cpu, memory=memory * GIB, disk=disk * GIB)


def named(*names: str) -> dict[str, str]:
    return {key: f"id-of-{name}" for name in names for key in (name, f"id-of-{name}")}


CLOUD = Cloud(
    project="project-1",
    flavours=(flavour("small", 1, 2), flavour("medium", 4, 8), flavour("large", 16, 64), flavour("huge", 32, 128)),
    images=named("debian-13"),
    networks=named("public", "dmz", "site-network"),
    external_networks=named("public"),
    subnets=named("site-subnet"),
    ranges={},
    routers=named("site-router"),
    volumes=named("planck-archive"),
    volume_types=frozenset({"ssd", "luks"}),
    zones=frozenset({"nova"}),
    volume_zones=frozenset({"nova"}),
    dns_zones={"sepp.site.example": "id-of-zone"},
    limits={quota: Limit(used=0, most=None) for quota in WORDS},
)


def cloud(**changes: Any) -> Cloud:
    """Return the project with changes."""
    return replace(CLOUD, **changes)


def flavours_of(deployment: Deployment, project: Cloud = CLOUD) -> dict[str, Flavour]:
    """Return the flavours of a deployment's servers."""
    assert deployment.platform.openstack
    found = chosen(deployment, deployment.platform.openstack, project.flavours, {})
    return {name: each for name, each in found.items() if each}
