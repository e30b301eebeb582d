"""Which flavour a host gets."""

from collections.abc import Iterable, Mapping

from sepp.config.openstack import OpenStack
from sepp.config.units import GIB, MIB
from sepp.deployment import Deployment
from sepp.targets.openstack.cloud import Flavour

JUMP = "jump"
_JUMP_MEMORY = 512 * MIB
_DISK = 10 * GIB
"""Room for the system of a host; all data are on volumes."""


def sizes(deployment: Deployment, settings: OpenStack) -> dict[str, tuple[int, int]]:
    """Return the cores and the memory (bytes) that each server needs, the jump host's too."""
    jump = {} if settings.jump else {JUMP: (1, _JUMP_MEMORY)}
    return {host.name: (host.cpu, host.memory) for host in deployment.hosts} | jump


def chosen(
    deployment: Deployment, settings: OpenStack, flavours: Iterable[Flavour], before: Mapping[str, str]
) -> dict[str, Flavour | None]:
    """Return the flavour of each server; None where none fits.

    The settings decide first. Else a server keeps the flavour that it has (`before`, names by server) while that is
    large enough: a flavour that the cloud offers newly does not resize it. Else it is the smallest that fits.
    """
    offered = sorted(flavours, key=lambda flavour: (flavour.cpu, flavour.memory, flavour.disk, flavour.name))
    by_name = {name: flavour for flavour in reversed(offered) for name in (flavour.id, flavour.name)}
    result: dict[str, Flavour | None] = {}
    for name, (cpu, memory) in sizes(deployment, settings).items():
        if name in settings.flavours:
            result[name] = by_name.get(settings.flavours[name])
            continue
        fitting = [f for f in offered if f.cpu >= cpu and f.memory >= memory and f.disk >= _DISK]
        kept = [flavour for flavour in fitting if flavour.name == before.get(name)]
        result[name] = next(iter([*kept, *fitting]), None)
    return result
