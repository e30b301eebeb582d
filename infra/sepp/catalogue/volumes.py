"""Volumes of a cloud on the hosts: file systems on disks, and what hosts of an area share of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from sepp import catalogue
from sepp.catalogue.service import Health, Service, Size
from sepp.config.units import MIB
from sepp.deployment import Context, Host, Mount

_TIER_DISKS: Mapping[str, Mapping[str, Any]] = {
    "xfs_project": {"filesystem": "xfs", "options": ["prjquota"]},
    "btrfs_qgroup": {"filesystem": "btrfs"},
}
_DATA_DISK: Mapping[str, Any] = {"filesystem": "xfs"}
_GIVEN_DISK: Mapping[str, Any] = {"filesystem": "auto", "options": ["ro"]}


def _variables(context: Context) -> Mapping[str, Any]:
    return {
        "volumes_disks": [
            {"id": context.volumes[name], "path": mount.path, **_disk(context, name)}
            for name, mount in _kept(context, context.host)
        ],
        "volumes_folders": [
            {"source": mount.source, "path": mount.path} for mount in context.host.mounts if mount.source
        ],
        "volumes_exports": list(_exports(context)),
        "volumes_remotes": list(_remotes(context)),
        "volumes_units": list(_units(context.host)),
    }


def _kept(context: Context, host: Host) -> Iterator[tuple[str, Mount]]:
    """Give the volumes that a host keeps, by name, with their mounts."""
    keepers = context.deployment.keepers()
    for mount in host.mounts:
        if mount.volume and keepers[mount.volume] is host:
            yield mount.volume, mount


def _disk(context: Context, name: str) -> Mapping[str, Any]:
    """Return how a volume is formatted and mounted; what is not in the plan is the operator's own, and only read."""
    volume = next((volume for volume in context.deployment.volumes if volume.name == name), None)
    if volume is None:
        return _GIVEN_DISK
    kind = _TIER_DISKS[context.deployment.quota_backend] if volume.tier else _DATA_DISK
    # A larger volume is another argument, so that the role is applied and lets its file system grow.
    return {"size": volume.size, **kind}


def _remotes(context: Context) -> Iterator[Mapping[str, Any]]:
    """Give what the host mounts of volumes that another host keeps."""
    keepers = context.deployment.keepers()
    for mount in context.host.mounts:
        if mount.volume and keepers[mount.volume] is not context.host:
            keeper = keepers[mount.volume]
            source = next(kept.path for name, kept in _kept(context, keeper) if name == mount.volume)
            yield {"server": keeper.name, "source": source, "path": mount.path, "read_only": mount.read_only}


def _exports(context: Context) -> Iterator[Mapping[str, Any]]:
    """Give what other hosts mount of the volumes that the host keeps, with the operator's folders inside of them.

    A folder inside is a file system of its own: clients enter it from the one around, and only if it is exported too.
    """
    for name, kept in _kept(context, context.host):
        clients = [
            {"address": context.addresses[host.name], "read_only": mount.read_only}
            for host in context.deployment.hosts
            if host is not context.host
            for mount in host.mounts
            if mount.volume == name
        ]
        if not clients:
            continue
        yield {"path": kept.path, "hosts": clients}
        for mount in context.host.mounts:
            if mount.source and mount.path.startswith(f"{kept.path}/"):
                yield {"path": mount.path, "hosts": [{**client, "read_only": True} for client in clients]}


def _units(host: Host) -> Iterator[str]:
    """Give the units that may not run while what the host mounts is away."""
    for name in host.services:
        service = catalogue.CATALOGUE[name]
        if service.scope == "area":
            yield from service.health.units


VOLUMES = Service(
    name="volumes",
    title="Volumes and mounts",
    scenario="core",
    scope="host",
    user="root",
    health=Health(units=("local-fs.target", "remote-fs.target")),
    size=Size(cpu=0.1, memory=32 * MIB),
    needs=("base",),
    targets=frozenset({"openstack"}),
    variables=_variables,
)
