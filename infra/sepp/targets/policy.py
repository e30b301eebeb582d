"""What no platform may have, whoever changes the programs: plain functions over registered resources."""

from collections.abc import Iterator

from sepp.targets.kubernetes import policy as kubernetes
from sepp.targets.marks import MISSION, PLATFORM
from sepp.targets.openstack import policy as openstack
from sepp.targets.registered import Registered

_HOLDS_DATA = {
    *openstack.HOLDS_DATA,
    *kubernetes.HOLDS_DATA,
    *(f"pulumi-python:dynamic/sepp:{kind}" for kind in ("Authority", "Keys", "Secrets")),
}


def unprotected_data(resource: Registered) -> Iterator[str]:
    """Find what holds data, secrets or the public address and could be deleted by mistake."""
    if resource.kind in _HOLDS_DATA and not resource.protected:
        yield "holds what cannot be made again, and is not protected"


def unmarked(resource: Registered) -> Iterator[str]:
    """Find what carries neither its platform's nor its mission's mark."""
    for found in (openstack.marks_of(resource), kubernetes.marks_of(resource)):
        if found is not None:
            yield from (f"has no mark '{mark}'" for mark in (PLATFORM, MISSION) if mark not in found)


RULES = (unprotected_data, unmarked, *openstack.RULES, *kubernetes.RULES)
