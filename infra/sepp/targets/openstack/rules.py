"""Which security groups a platform has and what they allow, from the plan's rules. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from sepp.config.openstack import OpenStack
from sepp.converge.inventory import SSH
from sepp.deployment import Deployment
from sepp.targets.openstack.flavours import JUMP

Protocol = Literal["tcp", "udp", "icmp"]

ANYWHERE = "0.0.0.0/0"
MEMBER = "member"
"""The group of all hosts of a platform: what it may do by itself, and how others name `every host`."""

_OUTWARD: tuple[tuple[Protocol, int], ...] = (("udp", 53), ("tcp", 53), ("udp", 123), ("tcp", 80), ("tcp", 443))
"""Names, time, and the web: packages, and what users fetch."""


@dataclass(frozen=True, kw_only=True)
class GroupRule:
    """What a group's ports may receive (`in`) or send (`out`): from or to a range, or the members of another group.

    `port` is None for all ports of the protocol.
    """

    group: str
    way: Literal["in", "out"]
    protocol: Protocol
    port: int | None
    range: str | None = None
    peer: str | None = None

    @property
    def name(self) -> str:
        """A name that no other rule has, and that changes with all that makes the rule another one."""
        return "-".join(
            (self.group, self.way, self.protocol, str(self.port or "all"), self.peer or self.range or "all")
        )


def groups(deployment: Deployment, settings: OpenStack) -> dict[str, str]:
    """Return the area of each group: one for all hosts, one for each host, one for the jump host."""
    jump = {} if settings.jump else {JUMP: "core"}
    return {MEMBER: "core", **{host.name: host.area for host in deployment.hosts}, **jump}


def groups_of(server: str) -> tuple[str, ...]:
    """Return the groups that a server is in."""
    return (JUMP,) if server == JUMP else (MEMBER, server)


def group_rules(deployment: Deployment, settings: OpenStack) -> tuple[GroupRule, ...]:
    """Return all rules, each once; what none of them allows is refused."""
    rules = (*_inward(deployment), *_outward(deployment), *_ssh(settings))
    return tuple({rule.name: rule for rule in rules}.values())


def _inward(deployment: Deployment) -> Iterator[GroupRule]:
    for rule in deployment.rules:
        outside = rule.source == "outside"
        peer = MEMBER if rule.source == "platform" else rule.source
        yield GroupRule(
            group=rule.host,
            way="in",
            protocol="tcp",
            port=rule.port,
            range=ANYWHERE if outside else None,
            peer=None if outside else peer,
        )
    # Without it a path with a smaller packet size stalls connections; the host's own firewall lets it in as well.
    yield GroupRule(group=MEMBER, way="in", protocol="icmp", port=None, peer=MEMBER)


def _outward(deployment: Deployment) -> Iterator[GroupRule]:
    """Hosts reach each other as far as the others let them, and the outside by few ports."""
    cas = deployment.platform.cas
    yield GroupRule(group=MEMBER, way="out", protocol="tcp", port=None, peer=MEMBER)
    yield GroupRule(group=MEMBER, way="out", protocol="icmp", port=None, range=ANYWHERE)
    for protocol, port in _OUTWARD:
        yield GroupRule(group=MEMBER, way="out", protocol=protocol, port=port, range=ANYWHERE)
    if cas and (port := urlsplit(cas.url).port):
        yield GroupRule(group=MEMBER, way="out", protocol="tcp", port=port, range=ANYWHERE)


def _ssh(settings: OpenStack) -> Iterator[GroupRule]:
    """Hosts are reached by ssh from the jump host only, and that from the operators' networks."""
    if settings.jump:
        yield GroupRule(group=MEMBER, way="in", protocol="tcp", port=SSH, range=f"{settings.jump.inside}/32")
        return
    yield GroupRule(group=MEMBER, way="in", protocol="tcp", port=SSH, peer=JUMP)
    yield GroupRule(group=JUMP, way="out", protocol="tcp", port=SSH, peer=MEMBER)
    for network in settings.operators:
        yield GroupRule(group=JUMP, way="in", protocol="tcp", port=SSH, range=network)
    for protocol, port in _OUTWARD:
        yield GroupRule(group=JUMP, way="out", protocol=protocol, port=port, range=ANYWHERE)
