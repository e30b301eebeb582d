"""The typed plan: what a platform consists of, without any word of the target that makes it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sepp.config.mission import Actor, Mission
from sepp.config.platform import Platform

Tier = Literal["repository", "persistent", "scratch", "public", "shares"]
TIER_PATHS: dict[Tier, str] = {
    "repository": "/repository",
    "persistent": "/home",
    "scratch": "/scratch",
    "public": "/public",
    "shares": "/share",
}
"""Where a tier is on the hosts of its area."""

APPLICATIONS = ("rstudio", "zeppelin")
"""Software of the operator's that the hub installs from a package."""

LICENSED_PATHS = {"matlab": "/opt/matlab", "idl": "/opt/idl"}
"""Where installations of the operator's are on the hosts of a mission's users."""

_ANY, _LOOPBACK = "0.0.0.0", "127.0.0.1"  # noqa: S104

Action = Literal["sign-in", "read", "write"]
Door = Literal["hub", "files", "web"]
"""How somebody gets at something: the hub's sign-in, the files seen from her server, the public web."""


@dataclass(frozen=True, kw_only=True)
class Volume:
    """Data that outlives hosts. `size` in bytes; `tier` is None for a service's own data (`service` names it)."""

    name: str
    area: str
    size: int
    tier: Tier | None = None
    service: str | None = None


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume, or a folder of the operator's (`source`), at a path of a host.

    A volume that the deployment does not have is the operator's own: only read, never made.
    """

    path: str
    read_only: bool
    volume: str | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Host:
    """A machine with systemd. `area` is `core` or a mission; `cpu` in cores, `memory` in bytes.

    `mounts_filesystems` marks hosts without users, whose root may mount and set quotas.
    """

    name: str
    area: str
    services: tuple[str, ...]
    cpu: int
    memory: int
    mounts: tuple[Mount, ...] = ()
    mounts_filesystems: bool = False


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A connection that is allowed to a TCP port of a host; all others are refused.

    `source` is `outside` (anybody), `platform` (every host of the platform, also later ones) or a host's name: its own,
    where its services have no loopback in common.
    """

    source: str
    host: str
    port: int
    service: str


@dataclass(frozen=True, kw_only=True)
class Right:
    """A cell of the rights matrix: may users of an actor do this? `anonymous` and `outsider` are actors as well."""

    mission: str
    actor: str
    door: Door
    resource: str
    action: Action
    allowed: bool


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Everything that a target needs to make a platform, and that verification needs to prove it.

    `subnet` is the range of the platform's own network, None where there may be others in it. `quota_backend` is how
    storage hosts enforce limits.
    """

    name: str
    target: str
    platform: Platform
    subnet: str | None
    quota_backend: str
    missions: tuple[Mission, ...]
    hosts: tuple[Host, ...]
    volumes: tuple[Volume, ...]
    rules: tuple[Rule, ...]
    rights: tuple[Right, ...]
    not_deployed: tuple[str, ...] = ()

    def host(self, name: str) -> Host:
        """Return the host with this name; KeyError if there is none."""
        return {host.name: host for host in self.hosts}[name]

    def mission(self, name: str) -> Mission:
        """Return the mission with this name; KeyError if there is none."""
        return {mission.mission: mission for mission in self.missions}[name]

    @property
    def public_names(self) -> tuple[str, ...]:
        """The names at the entrance: the portal's, then those below it."""
        domain = self.platform.domain
        below = ("login", "files", *(mission.mission for mission in self.missions))
        return (domain, *(f"{name}.{domain}" for name in below))

    def keepers(self) -> Mapping[str, Host]:
        """Return the host that each volume is attached to; other hosts that mount it get it over the network."""
        found: dict[str, Host] = {}
        for host in self.hosts:
            for volume in (mount.volume for mount in host.mounts if mount.volume):
                if volume not in found or host.mounts_filesystems:
                    found[volume] = host
        return found

    def url(self, name: str | None = None) -> str:
        """Return the address of the portal, or of `login`, `files` or a mission; no slash at the end."""
        host = self.platform.domain if name is None else f"{name}.{self.platform.domain}"
        port = "" if self.platform.port == 443 else f":{self.platform.port}"
        return f"https://{host}{port}"


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate with its chain and its private key, both PEM."""

    certificate: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a service's variables are made from, for one host.

    `addresses` gives each host's address on the platform's network. `secrets` holds the platform's generated
    secrets by name (a random string each). `authority` is the PEM certificate of the platform's own
    authority; `certificates` holds `entrance` (all public names) and `directory` (the core host).
    """

    deployment: Deployment
    host: Host
    addresses: Mapping[str, str]
    secrets: Mapping[str, str]
    authority: str
    certificates: Mapping[str, Certificate]
    connection: Mapping[str, str] = field(default_factory=dict[str, str])
    """Ansible's variables of the way to the host, where it is another than the target's usual one."""
    ssh_sources: tuple[str, ...] = ("any",)
    """Addresses from which hosts that are reached by ssh are; `any` stands for all."""
    volumes: Mapping[str, str] = field(default_factory=dict[str, str])
    """Ids of the volumes by name, where hosts get them as disks."""
    configs: Path = Path("mission_configs")
    """Folder of the mission files on the operator's machine; the paths in missions are relative to it."""
    known: tuple[Mission, ...] = ()
    """All missions of that folder, also those that the platform does not serve: the roadmap shows them."""
    services: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names by area and service (`core/cas`), where each service has its own; empty where they have their host's."""
    servers: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What servers of users are in a cluster, as the hub wants it; empty where they are units of their host."""

    @property
    def mission(self) -> Mission:
        """The mission whose area the host is in; KeyError on a host of the core."""
        return self.deployment.mission(self.host.area)

    @property
    def own_address(self) -> str:
        """Where a service of the host listens for others."""
        return _ANY if self.services else self.addresses[self.host.name]

    @property
    def loopback(self) -> str:
        """Where a service of the host listens for those beside it: they may have no loopback in common."""
        return _ANY if self.services else _LOOPBACK

    def beside(self, service: str) -> str:
        """Return where a service is found that listens on `loopback`."""
        return self.services.get(f"{self.host.area}/{service}", _LOOPBACK)

    def address(self, area: str, service: str) -> str | None:
        """Return where a service of an area is found; None if the area has none."""
        host = self._host_of(area, service)
        return self.services.get(f"{area}/{service}", self.addresses[host.name]) if host else None

    def name(self, area: str, service: str) -> str | None:
        """Return the name that a service of an area has in its certificate; None if the area has none."""
        host = self._host_of(area, service)
        return self.services.get(f"{area}/{service}", host.name) if host else None

    def _host_of(self, area: str, service: str) -> Host | None:
        hosts = self.deployment.hosts
        return next((host for host in hosts if host.area == area and service in host.services), None)


def tiers(mission: Mission) -> tuple[Tier, ...]:
    """Return the storage tiers that a mission asks for."""
    storage = mission.storage
    if storage is None:
        return ()
    return tuple(tier for tier in TIER_PATHS if getattr(storage, tier))


def share_accounts(mission: Mission) -> dict[str, str]:
    """Return the account of each share in which users work together in real time, by the share's name."""
    if mission.storage is None or mission.interactive is None or not mission.interactive.collaboration:
        return {}
    return {name: f"share-{name}" for name in mission.storage.shares}


def groups_of(actors: Iterable[Actor]) -> list[str]:
    """Return the groups whose members these actors are, sorted."""
    return sorted({group for actor in actors for group in actor.groups})


def actor_groups(mission: Mission) -> tuple[str, ...]:
    """Return the groups of the directory that a mission names, sorted, without `everyone`."""
    groups = {*groups_of(mission.actors.values())}
    if mission.storage is not None:
        groups |= {group for share in mission.storage.shares.values() for group in share.groups}
    return tuple(sorted(groups - {"everyone"}))
