"""What no platform on OpenStack may have, whoever changes the program."""

from collections.abc import Iterator

from sepp.targets.openstack.rules import ANYWHERE
from sepp.targets.registered import Registered

_OPEN_PORTS = (80, 443)
_EVERYWHERE = {ANYWHERE, "::/0", None}
_PUBLIC = {"entrance", "jump"}
HOLDS_DATA = {
    "openstack:blockstorage/volume:Volume",
    "openstack:networking/floatingIp:FloatingIp",
    "openstack:sharedfilesystem/share:Share",
}
"""Types of what cannot be made again."""

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


def public_addresses(resource: Registered) -> Iterator[str]:
    """Find public addresses of others than the entrance and the jump host."""
    floating = resource.kind.endswith(("/floatingIp:FloatingIp", "/floatingIpAssociate:FloatingIpAssociate"))
    if floating and resource.name not in _PUBLIC:
        yield "is a public address, which only the entrance and the jump host may have"


def marks_of(resource: Registered) -> set[str] | None:
    """Return the marks that a resource carries; None if it can have none."""
    if resource.kind in _WITH_METADATA:
        return {*(resource.properties.get("metadata") or {})}
    if resource.kind in _WITH_TAGS:
        return {tag.partition("=")[0] for tag in resource.properties.get("tags") or ()}
    return None


RULES = (open_rules, unencrypted_volumes, public_addresses)
