"""What no platform on OpenStack may have, whoever changes the program: plain functions over registered resources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sepp.targets.marks import MISSION, PLATFORM
from sepp.targets.openstack.rules import ANYWHERE

Properties = Mapping[str, Any]

_OPEN_PORTS = (80, 443)
_EVERYWHERE = {ANYWHERE, "::/0", None}
_PUBLIC = {"entrance", "jump"}
_HOLDS_DATA = {
    "openstack:blockstorage/volume:Volume",
    "openstack:networking/floatingIp:FloatingIp",
    "openstack:sharedfilesystem/share:Share",
    "pulumi-python:dynamic/sepp:Authority",
    "pulumi-python:dynamic/sepp:Keys",
    "pulumi-python:dynamic/sepp:Secrets",
}
_WITH_METADATA = {
    "openstack:blockstorage/volume:Volume",
    "openstack:compute/instance:Instance",
    "openstack:sharedfilesystem/share:Share",
}
_WITH_TAGS = {
    "openstack:networking/floatingIp:FloatingIp",
    "openstack:networking/network:Network",
    "openstack:networking/port:Port",
    "openstack:networking/router:Router",
    "openstack:networking/secGroup:SecGroup",
    "openstack:networking/subnet:Subnet",
}


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A resource as the program registers it; `encrypted_types` are those of the site, none if it demands none."""

    kind: str
    name: str
    properties: Properties
    protected: bool
    encrypted_types: tuple[str, ...] = ()


def open_rules(resource: Registered) -> Iterator[str]:
    """Find rules that let everybody in, but to the entrance's ports on the core."""
    rule = resource.properties
    if resource.kind != "openstack:networking/secGroupRule:SecGroupRule" or rule.get("direction") != "ingress":
        return
    if rule.get("remoteGroupId") or rule.get("remoteIpPrefix") not in _EVERYWHERE:
        return
    ports = (rule.get("portRangeMin"), rule.get("portRangeMax"))
    if rule.get("protocol") != "tcp" or ports[0] != ports[1] or ports[0] not in _OPEN_PORTS:
        yield f"lets everybody in to {rule.get('protocol') or 'all'} {ports[0]}-{ports[1]}"
    elif not resource.name.startswith("core-"):
        yield f"lets everybody in to port {ports[0]} of another host than the entrance's"


def unencrypted_volumes(resource: Registered) -> Iterator[str]:
    """Find volumes of a type that does not encrypt, where the site demands that they do."""
    if resource.kind == "openstack:blockstorage/volume:Volume" and resource.encrypted_types:
        kind = resource.properties.get("volumeType")
        if kind not in resource.encrypted_types:
            yield f"is of the type {kind or 'that the cloud chooses'}, which does not encrypt"


def unprotected_data(resource: Registered) -> Iterator[str]:
    """Find what holds data, secrets or the public address and could be deleted by mistake."""
    if resource.kind in _HOLDS_DATA and not resource.protected:
        yield "holds what cannot be made again, and is not protected"


def unmarked(resource: Registered) -> Iterator[str]:
    """Find what carries neither its platform's nor its mission's mark."""
    found: set[str] = set()
    if resource.kind in _WITH_METADATA:
        found = {*(resource.properties.get("metadata") or {})}
    elif resource.kind in _WITH_TAGS:
        found = {tag.partition("=")[0] for tag in resource.properties.get("tags") or ()}
    else:
        return
    for mark in (PLATFORM, MISSION):
        if mark not in found:
            yield f"has no mark '{mark}'"


def public_addresses(resource: Registered) -> Iterator[str]:
    """Find public addresses of others than the entrance and the jump host."""
    floating = resource.kind.endswith(("/floatingIp:FloatingIp", "/floatingIpAssociate:FloatingIpAssociate"))
    if floating and resource.name not in _PUBLIC:
        yield "is a public address, which only the entrance and the jump host may have"


RULES = (open_rules, unencrypted_volumes, unprotected_data, unmarked, public_addresses)
