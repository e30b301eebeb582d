"""What has to hold for the settings of the Kubernetes target."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import get_args

from sepp.config.findings import Finding, unknown_keys
from sepp.config.kubernetes import Entrance, Kubernetes
from sepp.config.mission import Mission
from sepp.config.networks import read_network
from sepp.config.platform import Platform
from sepp.config.units import format_size
from sepp.deployment import Tier, tiers

_HERE = "kubernetes"
_HTTPS = 443
_NODE_PORTS = range(30000, 32768)
"""Ports of nodes that a cluster gives away, if nobody has told it others."""

_LONGEST_NAME = 35
"""With `sepp-` before it and a mission's name behind it, a platform's name has to be part of a domain."""


def of_platform(platform: Platform, settings: Kubernetes, name: str) -> Iterator[Finding]:
    """Judge the settings by themselves, and the platform's name."""
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", name) or len(name) > _LONGEST_NAME:
        message = (
            f"on Kubernetes a platform's name is part of others: '{name}' has to be lower-case letters, digits and "
            f"hyphens, {_LONGEST_NAME} at most, with a letter or digit at both ends; give the file another name"
        )
        yield Finding((_HERE,), message, at_key=True)
    yield from _entrance(platform, settings)
    if settings.dns.address is not None:
        try:
            ipaddress.IPv4Address(settings.dns.address)
        except ValueError:
            message = f"'{settings.dns.address}' is not an address: each number is at most 255"
            yield Finding((_HERE, "dns", "address"), message)
    for position, text in enumerate(settings.api.networks):
        network = read_network((_HERE, "api", "networks", position), text)
        if isinstance(network, Finding):
            yield network


def of_members(platform: Platform, settings: Kubernetes, missions: Mapping[str, Mission]) -> Iterator[Finding]:
    """Judge the settings by the platform's missions."""
    volumes = [f"{name}-{tier}" for name, mission in missions.items() for tier in tiers(mission)]
    yield from unknown_keys((_HERE, "volumes"), settings.volumes, [*get_args(Tier), *volumes], "tier or volume")
    for name, mission in missions.items():
        yield from _size(platform, name, mission)


def _entrance(platform: Platform, settings: Kubernetes) -> Iterator[Finding]:
    entrance, here = settings.entrance, (_HERE, "entrance")
    if entrance.kind == "node_port" and platform.port not in _NODE_PORTS:
        message = f"a port of the nodes is one of {_NODE_PORTS[0]} to {_NODE_PORTS[-1]}: set 'sepp:port' to one of them"
        yield Finding((*here, "kind"), message, (("port",),))
    if entrance.kind == "ingress" and platform.port != _HTTPS:
        yield Finding(("port",), f"the cluster's Ingress has port {_HTTPS}: leave out 'port'", ((*here, "kind"),))
    if entrance.kind in ("node_port", "gateway") and entrance.class_name:
        message = "'class_name' is for an entrance of the kind load_balancer or ingress: leave it out"
        yield Finding((*here, "class_name"), message, ((*here, "kind"),), at_key=True)
    if entrance.issuer and entrance.secret:
        message = "the certificate is of the issuer or from the Secret: leave one out"
        yield Finding((*here, "secret"), message, ((*here, "issuer"),), at_key=True)
    yield from _gateway(entrance)
    for key in ("given", "acme"):
        if getattr(platform.tls, key):
            yield from _two_certificates(entrance, key)


def _gateway(entrance: Entrance) -> Iterator[Finding]:
    here = (_HERE, "entrance")
    if entrance.kind != "gateway":
        if entrance.gateway:
            message = "'gateway' is for an entrance of the kind gateway: leave it out, or set 'kind'"
            yield Finding((*here, "gateway"), message, ((*here, "kind"),), at_key=True)
        return
    if entrance.gateway is None:
        message = "which Gateway: set 'gateway: {namespace: ..., name: ..., listener: ...}' beside it"
        yield Finding((*here, "kind"), message)
    for key in ("issuer", "secret"):
        if getattr(entrance, key):
            message = f"the Gateway's listener has the certificate: leave '{key}' out"
            yield Finding((*here, key), message, ((*here, "kind"),), at_key=True)


def _two_certificates(entrance: Entrance, key: str) -> Iterator[Finding]:
    """Refuse a certificate of `sepp:tls` that nobody would see."""
    here = (_HERE, "entrance")
    if entrance.is_behind_another:
        whose = {
            "ingress": "cluster's Ingress ends TLS: name its certificate by 'entrance.issuer' or 'entrance.secret'",
            "gateway": "Gateway ends TLS, with the certificate of its listener: leave it out",
        }
        yield Finding(("tls", key), f"the {whose[entrance.kind]}", ((*here, "kind"),), at_key=True)
    elif entrance.certificate:
        other = "secret" if entrance.secret else "issuer"
        message = f"the certificate is from the cluster ('entrance.{other}'): leave one out"
        yield Finding(("tls", key), message, ((*here, other),), at_key=True)


def _size(platform: Platform, name: str, mission: Mission) -> Iterator[Finding]:
    """Who may use what a size allows can start at least one server."""
    size = platform.sizes.get(name)
    if size is None or not mission.interactive:
        return
    cpu = max(actor.limits.cpu for actor in mission.actors.values())
    memory = max(actor.limits.memory for actor in mission.actors.values())
    words = "limit the namespace, and one server alone may have"
    if size.cpu < cpu:
        yield Finding(("sizes", name, "cpu"), f"{size.cpu} cores {words} {cpu}")
    if size.memory < memory:
        yield Finding(("sizes", name, "memory"), f"{format_size(size.memory)} {words} {format_size(memory)}")
