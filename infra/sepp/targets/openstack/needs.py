"""What a platform takes of a project's quotas. Pure."""

from collections import Counter
from collections.abc import Mapping

from sepp.config.openstack import OpenStack
from sepp.config.units import MIB
from sepp.deployment import Deployment
from sepp.targets.openstack.cloud import Flavour
from sepp.targets.openstack.rules import group_rules, groups
from sepp.targets.openstack.volume import gibibytes

WORDS = {
    "instances": "servers",
    "cores": "cores",
    "ram": "MiB of memory",
    "volumes": "volumes",
    "gigabytes": "GiB of volumes",
    "networks": "networks",
    "subnets": "subnets",
    "routers": "routers",
    "ports": "ports",
    "floating_ips": "floating addresses",
    "security_groups": "security groups",
    "security_group_rules": "security group rules",
}
"""The quotas that a platform takes from, by the cloud's names, in words."""


def public_hosts(settings: OpenStack) -> tuple[str, ...]:
    """Return which hosts of the platform have a public address."""
    return ("entrance",) if settings.jump else ("entrance", "jump")


def needs(deployment: Deployment, settings: OpenStack, flavours: Mapping[str, Flavour]) -> Mapping[str, int]:
    """Return how much of each quota the whole platform takes; `flavours` are those of its servers.

    What is adopted counts as well, as it does in the cloud.
    """
    public = public_hosts(settings)
    makes_network = settings.network is None
    makes_router = makes_network and settings.router is None
    on_provider = settings.provider_network is not None
    return Counter(
        instances=len(flavours),
        cores=sum(flavour.cpu for flavour in flavours.values()),
        ram=sum(flavour.memory for flavour in flavours.values()) // MIB,
        volumes=len(deployment.volumes),
        gigabytes=sum(gibibytes(volume.size) for volume in deployment.volumes),
        networks=int(makes_network),
        subnets=int(makes_network),
        routers=int(makes_router),
        # The router's own port inside counts as well; that of its gateway belongs to no project.
        ports=len(flavours) + (len(public) if on_provider else 0) + int(makes_network),
        floating_ips=0 if on_provider else len(public),
        security_groups=len(groups(deployment, settings)),
        security_group_rules=len(group_rules(deployment, settings)),
    )
