"""From configuration to the typed plan. Pure: no cloud, no files, no clock."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from sepp.catalogue import CATALOGUE
from sepp.catalogue.service import Reach, Scope
from sepp.config.kubernetes import Kubernetes
from sepp.config.mission import Actor, Interactive, Limits, Mission
from sepp.config.openstack import OpenStack
from sepp.config.platform import Local, Platform
from sepp.config.units import GIB
from sepp.deployment import (
    LICENSED_PATHS,
    TIER_PATHS,
    Action,
    Deployment,
    Door,
    Host,
    Mount,
    Right,
    Rule,
    Tier,
    Volume,
    share_accounts,
    tiers,
)

_SERVICE_VOLUME_SIZE = 2 * GIB


@dataclass(frozen=True, kw_only=True)
class _Place:
    """What of a target matters to the plan.

    `folders` tells which hosts can be given folders of the operator's machine or of the storage host.
    """

    folders: Literal["all", "storage", "none"] = "all"
    given_volumes: bool = False
    """The operator's data may be a volume of the cloud."""
    remote_mounts: bool = False
    """Hosts mount each other's file systems over the network."""
    one_loopback: bool = True
    """Services of a host reach each other without any network."""


_PLACES = {
    "local": _Place(),
    "hosts": _Place(),
    "openstack": _Place(folders="storage", given_volumes=True, remote_mounts=True),
    "kubernetes": _Place(folders="none", one_loopback=False),
}

_Settings = Local | OpenStack | Kubernetes
_CLAIM = "claim"
"""The quota backend of a cluster: nobody has a limit of her own, and a tier none but its size."""

_LATER = {
    "pipelines": "pipelines (EP, PD)",
    "legacy": "legacy systems (WL)",
    "vo": "Virtual Observatory (VO)",
    "store": "store (ST)",
    "extensions": "extensions",
}
"""Sections of the mission file whose services this version does not deploy yet."""

_SOURCES_LATER = {
    "nfs": "the repository's NFS export (mount it, and name the directory)",
    "volume": "the repository's volume of the cloud",
}
"""Sources of a repository that this version does not mount yet: its collections stay empty."""


def plan(platform: Platform, missions: Iterable[Mission], *, name: str, target: str) -> Deployment:
    """Derive everything a platform consists of from its settings and its missions' files.

    `name` is the platform's, `target` is `local`, `openstack` or `kubernetes`.
    """
    missions = tuple(missions)
    settings, place = _settings(platform, target), _PLACES[target]
    hosts = (_core(platform, target), *(host for mission in missions for host in _area(platform, target, mission)))
    return Deployment(
        name=name,
        target=target,
        platform=platform,
        subnet=_subnet(settings, target),
        quota_backend=_CLAIM if isinstance(settings, Kubernetes) else settings.quota_backend,
        missions=missions,
        hosts=hosts,
        volumes=tuple(volume for host in hosts for volume in _volumes(platform, settings, host)),
        rules=tuple(_rules(hosts, platform.port, place)),
        rights=tuple(right for mission in missions for right in _rights(mission)),
        not_deployed=tuple(
            f"{mission.mission}: {title}" for mission in missions for title in _not_deployed(mission, place)
        ),
    )


def _not_deployed(mission: Mission, place: _Place) -> Iterator[str]:
    """Give what the mission's file asks for and nobody gets from this version."""
    yield from (title for section, title in _LATER.items() if getattr(mission, section))
    repository = mission.storage.repository if mission.storage else None
    if repository is not None:
        yield from (title for kind, title in _SOURCES_LATER.items() if getattr(repository.source, kind))
    if place.folders == "none":
        if repository is not None and repository.source.directory:
            yield "the repository's directory, which is no folder of the cluster"
        licensed = mission.interactive and [name for name in LICENSED_PATHS if getattr(mission.interactive, name)]
        yield from (f"the installation of {name}, which is no folder of the cluster" for name in licensed or ())


def _settings(platform: Platform, target: str) -> _Settings:
    """Return the target's own settings; ValueError if the platform has none."""
    own = {"openstack": platform.openstack, "kubernetes": platform.kubernetes}
    found = own.get(target, platform.local)
    if found is None:
        raise ValueError(f"a platform on {target} needs the settings '{target}'")
    return found


def _subnet(settings: _Settings, target: str) -> str | None:
    if isinstance(settings, Kubernetes) or target == "hosts":
        return None
    return None if isinstance(settings, OpenStack) and settings.network is not None else settings.subnet


def _host(
    platform: Platform,
    target: str,
    name: str,
    area: str,
    services: tuple[str, ...],
    *,
    users: Limits | None = None,
    mounts: tuple[Mount, ...] = (),
    mounts_filesystems: bool = False,
) -> Host:
    """Make a host large enough for its services and, where users work on it, for one server of theirs."""
    names = (*_services("host", target), *services)
    sizes = [CATALOGUE[service].size for service in names]
    wanted = platform.sizes.get(name)
    data = tuple(
        Mount(volume=f"{area}-{service}", path=path, read_only=False)
        for service in names
        if (path := CATALOGUE[service].data_on(platform))
    )
    return Host(
        name=name,
        area=area,
        services=names,
        cpu=wanted.cpu if wanted else max(1, round(sum(size.cpu for size in sizes))) + (users.cpu if users else 0),
        memory=wanted.memory if wanted else sum(size.memory for size in sizes) + (users.memory if users else 0),
        mounts=(*data, *mounts),
        mounts_filesystems=mounts_filesystems,
    )


def _services(scope: Scope, target: str) -> tuple[str, ...]:
    return tuple(
        service.name
        for service in CATALOGUE.values()
        if service.scope == scope and (service.targets is None or target in service.targets)
    )


def _core(platform: Platform, target: str) -> Host:
    external = {"cas"} if platform.cas else set[str]()
    services = tuple(name for name in _services("core", target) if name not in external)
    return _host(platform, target, "core", "core", services)


def _area(platform: Platform, target: str, mission: Mission) -> Iterator[Host]:
    """Give a mission's hosts: the one that keeps the tiers, and the one on which users work.

    Hosts that share no machine get the operator's folders with the repository around them, from the one that keeps it.
    """
    place = _PLACES[target]
    folders = tuple(_operator_folders(mission))
    # What every mission has on this target is on its first host.
    beside = tuple(name for name in _services("area", target) if CATALOGUE[name].targets)
    if mission.storage is not None:
        given = _given_volume(platform, mission) if place.given_volumes else ()
        kept = () if place.folders == "none" else folders
        yield _host(
            platform,
            target,
            f"{mission.mission}-storage",
            mission.mission,
            (*beside, "storage"),
            mounts=(*_mounts(mission, repository_read_only=False), *given, *kept),
            mounts_filesystems=True,
        )
        beside = ()
    if mission.interactive is not None:
        shared = folders if place.folders == "all" else ()
        licensed = () if place.folders == "none" else tuple(_installations(mission.interactive))
        yield _host(
            platform,
            target,
            mission.mission,
            mission.mission,
            (*beside, "hub"),
            users=max((actor.limits for actor in mission.actors.values()), key=lambda limits: limits.memory),
            mounts=(*_mounts(mission, repository_read_only=True), *shared, *licensed),
        )


def _mounts(mission: Mission, *, repository_read_only: bool) -> tuple[Mount, ...]:
    return tuple(
        Mount(
            volume=f"{mission.mission}-{tier}",
            path=TIER_PATHS[tier],
            read_only=tier == "repository" and repository_read_only,
        )
        for tier in tiers(mission)
    )


def _given_volume(platform: Platform, mission: Mission) -> Iterator[Mount]:
    """Give the operator's own volume of the cloud, where the mission's file names a directory."""
    repository = mission.storage.repository if mission.storage else None
    given = platform.openstack.repositories if platform.openstack else {}
    if repository and repository.source.directory and mission.mission in given:
        yield Mount(volume=f"{mission.mission}-source", path=repository.source.directory, read_only=True)


def _operator_folders(mission: Mission) -> Iterator[Mount]:
    """Give the operator's folders, behind the guard of each collection."""
    repository = mission.storage.repository if mission.storage else None
    if repository is None or repository.source.directory is None:
        return
    for name, collection in repository.collections.items():
        yield Mount(
            source=f"{repository.source.directory}/{collection.path}",
            path=f"{TIER_PATHS['repository']}/.guard/{name}/data",
            read_only=True,
        )


def _installations(interactive: Interactive) -> Iterator[Mount]:
    """Give the operator's installations of licensed software."""
    for name, path in LICENSED_PATHS.items():
        if licensed := getattr(interactive, name):
            yield Mount(source=licensed.directory, path=path, read_only=True)


def _volumes(platform: Platform, settings: _Settings, host: Host) -> Iterator[Volume]:
    """Give the volumes that a host is the owner of: its services' data, and all tiers on the storage host."""
    for service in host.services:
        if CATALOGUE[service].data_on(platform):
            yield Volume(name=f"{host.area}-{service}", area=host.area, size=_SERVICE_VOLUME_SIZE, service=service)
    if host.mounts_filesystems:
        by_path: dict[str, Tier] = {path: tier for tier, path in TIER_PATHS.items()}
        for mount in host.mounts:
            if mount.volume and mount.path in by_path:
                tier = by_path[mount.path]
                yield Volume(
                    name=mount.volume, area=host.area, size=_volume_size(settings, mount.volume, tier), tier=tier
                )


def _volume_size(settings: _Settings, name: str, tier: Tier) -> int:
    named = None if isinstance(settings, Local) else settings.volume(name, tier)
    return named.size if named else settings.volume_size


def _rules(hosts: tuple[Host, ...], entrance: int, place: _Place) -> Iterator[Rule]:
    for host in hosts:
        for service in host.services:
            for port in CATALOGUE[service].ports:
                if port.for_mounts and not place.remote_mounts:
                    continue
                own = port.reach == "host" and not place.one_loopback
                for source in (host.name,) if own else _sources(port.reach, host, hosts):
                    yield Rule(source=source, host=host.name, port=port.number or entrance, service=service)


def _sources(reach: Reach, host: Host, hosts: tuple[Host, ...]) -> tuple[str, ...]:
    if reach in ("outside", "platform"):
        return (reach,)
    area = {"core": "core", "area": host.area, "host": None}[reach]
    return tuple(other.name for other in hosts if other.area == area and other.name != host.name)


def _rights(mission: Mission) -> Iterator[Right]:
    """Derive the rights matrix of a mission: every actor, one who is none, and nobody, at every door."""
    open_to_all = any("everyone" in actor.groups for actor in mission.actors.values())
    actors: dict[str, Actor | None] = {**mission.actors}
    if not open_to_all:
        actors["outsider"] = None
    for name, actor in actors.items():
        yield from _actor_rights(mission, name, actor)
    yield from _anonymous_rights(mission)


def _actor_rights(mission: Mission, name: str, actor: Actor | None) -> Iterator[Right]:
    def right(door: Door, resource: str, action: Action, allowed: bool) -> Right:
        return Right(mission=mission.mission, actor=name, door=door, resource=resource, action=action, allowed=allowed)

    if mission.interactive is not None:
        yield right("hub", "hub", "sign-in", actor is not None)
    storage = mission.storage
    if storage is None:
        return
    for collection in storage.repository.collections if storage.repository else ():
        reads = actor is not None and bool({"all", collection} & set(actor.reads))
        yield right("files", f"repository/{collection}", "read", reads)
        yield right("files", f"repository/{collection}", "write", False)
    for tier in ("persistent", "scratch"):
        if getattr(storage, tier):
            yield right("files", f"{tier}/own", "write", actor is not None)
            yield right("files", f"{tier}/other", "read", False)
    if storage.public:
        yield right("files", "public/own", "write", actor is not None and "publish" in actor.may)
        yield right("files", "public/other", "write", False)
        yield right("files", "public/other", "read", actor is not None)
    for share, settings in storage.shares.items():
        member = actor is not None and bool({*actor.groups} & {*settings.groups})
        yield right("files", f"shares/{share}", "read", member)
        yield right("files", f"shares/{share}", "write", member)
        if share in share_accounts(mission):
            yield right("hub", f"together/{share}", "write", member)


def _anonymous_rights(mission: Mission) -> Iterator[Right]:
    def right(resource: str, action: Action, allowed: bool) -> Right:
        return Right(
            mission=mission.mission, actor="anonymous", door="web", resource=resource, action=action, allowed=allowed
        )

    yield right("portal", "read", True)
    if mission.interactive is not None:
        yield right("hub", "sign-in", False)
    if mission.storage is not None and mission.storage.public:
        yield right("public", "read", True)
        yield right("public", "write", False)
    if mission.storage is not None and mission.storage.repository:
        for collection in mission.storage.repository.collections:
            yield right(f"repository/{collection}", "read", False)
