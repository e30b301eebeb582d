"""What has to hold for the settings of the OpenStack target."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from sepp.config.findings import Finding, unknown_keys
from sepp.config.mission import Mission
from sepp.config.networks import read_network
from sepp.config.openstack import OpenStack, Prices
from sepp.config.platform import Platform
from sepp.config.tree import Path
from sepp.deployment import Tier, tiers

_HERE = "openstack"
_HTTPS = 443

CORE_DATA = ("directory", "proxy")
AREA_DATA = ("hub",)
"""Services with a volume of their own, in the core (the proxy with ACME only) and where users work."""


def of_platform(platform: Platform, settings: OpenStack) -> Iterator[Finding]:
    """Judge the settings by themselves."""
    if platform.port != _HTTPS:
        yield Finding(("port",), f"the entrance of a platform on OpenStack has port {_HTTPS}, which is open to all")
    yield from _ways_out(settings)
    yield from _ssh(settings)
    yield from _dns(platform.domain, settings)
    yield from _encryption(settings)
    yield from _currencies(settings.prices)
    for index, address in enumerate(settings.nameservers):
        yield from _address((_HERE, "nameservers", index), address)


def of_members(settings: OpenStack, missions: Mapping[str, Mission], hosts: Iterable[str]) -> Iterator[Finding]:
    """Judge the settings by the platform's missions and hosts."""
    jump = [] if settings.jump else ["jump"]
    yield from unknown_keys((_HERE, "flavours"), settings.flavours, [*hosts, *jump], "host")
    volumes = [f"{name}-{tier}" for name, mission in missions.items() for tier in tiers(mission)]
    yield from unknown_keys((_HERE, "volumes"), settings.volumes, [*get_args(Tier), *volumes], "tier or volume")
    core = [f"core-{service}" for service in CORE_DATA]
    areas = [f"{name}-{service}" for name, mission in missions.items() if mission.interactive for service in AREA_DATA]
    addresses = [] if settings.provider_network else ["entrance", *jump]
    yield from unknown_keys(
        (_HERE, "adopt"), settings.adopt, [*volumes, *core, *areas, *addresses], "volume or floating address"
    )
    yield from _repositories(settings, missions)


def _ways_out(settings: OpenStack) -> Iterator[Finding]:
    """The platform's network leads out, and the entrance has a public address."""
    if settings.network and settings.router:
        message = "an existing network has its own way out: leave out 'router'"
        yield Finding((_HERE, "router"), message, at_key=True)
    if settings.network and settings.nameservers:
        message = "an existing network has its own name servers: leave out 'nameservers'"
        yield Finding((_HERE, "nameservers"), message, at_key=True)
    makes_router = settings.network is None and settings.router is None
    if settings.external_network is None and (makes_router or settings.provider_network is None):
        use = "the router leads to it" if makes_router else "floating addresses are from it; or name 'provider_network'"
        yield Finding((_HERE,), f"the key 'external_network' is missing: {use}", at_key=True)


def _ssh(settings: OpenStack) -> Iterator[Finding]:
    if settings.jump and settings.operators:
        message = "'operators' is for the jump host that the kit makes: leave it out, or leave out 'jump'"
        yield Finding((_HERE, "operators"), message, at_key=True)
    if not settings.jump and not settings.operators:
        message = "who may reach the jump host? Name your networks in 'operators', or the site's own in 'jump'"
        yield Finding((_HERE,), message, ((_HERE, "jump"), (_HERE, "operators")), at_key=True)
    for index, text in enumerate(settings.operators):
        yield from _operators((_HERE, "operators", index), text)
    if settings.jump:
        yield from _address((_HERE, "jump", "address"), settings.jump.address)
        yield from _address((_HERE, "jump", "inside"), settings.jump.inside)


def _operators(path: Path, text: str) -> Iterator[Finding]:
    network = read_network(path, text)
    if isinstance(network, Finding):
        yield network
    elif network.prefixlen == 0:
        yield Finding(path, "the jump host is not for everybody: name the networks of the operators")


def _address(path: Path, text: str) -> Iterator[Finding]:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        yield Finding(path, f"'{text}' is not an address: each number is at most 255")


def _currencies(prices: Prices | None) -> Iterator[Finding]:
    """Prices can be added up."""
    if prices is None:
        return
    listed: list[tuple[Path, str]] = [
        *((("flavours", name), price) for name, price in prices.flavours.items()),
        *((("volumes", name), price) for name, price in prices.volumes.items()),
        *([(("address",), prices.address)] if prices.address else []),
    ]
    first = listed[0][1].split()[1] if listed else ""
    for path, price in listed:
        if not price.endswith(first):
            message = f"'{price}' cannot be added to prices in {first}: give all in one currency"
            yield Finding((_HERE, "prices", *path), message)


def _dns(domain: str, settings: OpenStack) -> Iterator[Finding]:
    zone = settings.dns_zone
    if zone and domain != zone and not domain.endswith(f".{zone}"):
        message = f"the domain '{domain}' is not in the zone '{zone}': name the zone that it is in"
        yield Finding((_HERE, "dns_zone"), message, (("domain",),))


def _encryption(settings: OpenStack) -> Iterator[Finding]:
    """Where volumes have to be encrypted, none is of another type, nor of one that only the cloud knows."""
    allowed = settings.encrypted_types
    if not allowed:
        return
    words = f"take one of 'encrypted_types' ({', '.join(allowed)})"
    if settings.volume_type is None:
        message = f"the key 'volume_type' is missing, and the cloud's default may not encrypt: {words}"
        yield Finding((_HERE,), message, at_key=True)
    elif settings.volume_type not in allowed:
        yield Finding((_HERE, "volume_type"), f"'{settings.volume_type}' does not encrypt: {words}")
    for name, volume in settings.volumes.items():
        if volume.type is not None and volume.type not in allowed:
            yield Finding((_HERE, "volumes", name, "type"), f"'{volume.type}' does not encrypt: {words}")


def _repositories(settings: OpenStack, missions: Mapping[str, Mission]) -> Iterator[Finding]:
    wanted = [
        name
        for name, mission in missions.items()
        if mission.storage and mission.storage.repository and mission.storage.repository.source.directory
    ]
    yield from unknown_keys(
        (_HERE, "repositories"), settings.repositories, wanted, "mission whose repository is a directory"
    )
