"""Reads what a project offers and holds, by openstacksdk: thin, so that all that judges is elsewhere and pure."""

from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from sepp.config.openstack import OpenStack
from sepp.config.units import GIB, MIB
from sepp.engine.errors import EngineError
from sepp.targets.marks import PLATFORM
from sepp.targets.openstack.cloud import Cloud, Disk, Flavour, Image, Limit, Made, Server
from sepp.targets.openstack.images import MADE_FROM
from sepp.targets.openstack.ssh import answers

_NETWORK_QUOTAS = {
    "networks": "networks",
    "subnets": "subnets",
    "routers": "routers",
    "ports": "ports",
    "floating_ips": "floating_ips",
    "security_groups": "security_groups",
    "security_group_rules": "security_group_rules",
}
"""The quotas' names here, by Neutron's."""


def read(settings: OpenStack, platform: str) -> Cloud:
    """Read the project that the settings name, and what it has of a platform; EngineError as of `connected`."""
    with connected(settings) as connection:
        return _cloud(connection, settings, platform)


@contextmanager
def connected(settings: OpenStack) -> Generator[Any]:
    """Yield a connection to the project that the settings name.

    EngineError if there are no credentials, if they are refused, or if a service does not answer as it should.
    """
    # It takes half a second to import, and plans without a cloud do without.
    import openstack  # noqa: PLC0415
    from keystoneauth1.exceptions import ClientException  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]
    from openstack.exceptions import ConfigException, SDKException  # noqa: PLC0415

    try:
        yield openstack.connect(cloud=settings.cloud, region_name=settings.region)
    except ConfigException as error:
        raise EngineError(f"no credentials: {error}", f"add '{settings.cloud}' to clouds.yaml") from None
    except (SDKException, ClientException) as error:
        message = f"the cloud '{settings.cloud}' does not answer as it should: {error}"
        raise EngineError(message, f"openstack --os-cloud {settings.cloud} token issue") from None


def _cloud(connection: Any, settings: OpenStack, platform: str) -> Cloud:
    project: str = connection.current_project_id
    network, compute, block = connection.network, connection.compute, connection.block_storage
    # Before the limits: Neutron makes a project's group `default`, which counts, when its groups are first looked at.
    made = _made(connection, platform, project)
    volumes, addresses = list(block.volumes()), list(network.ips(project_id=project))
    images = list(connection.image.images(status="active"))
    return Cloud(
        project=project,
        flavours=tuple(
            Flavour(id=f.id, name=f.name, cpu=f.vcpus, memory=f.ram * MIB, disk=f.disk * GIB)
            for f in compute.flavors(details=True)
        ),
        images=_ids(images),
        networks=_ids(network.networks()),
        external_networks=_ids(network.networks(is_router_external=True)),
        subnets=_ids(network.subnets()),
        ranges={subnet.id: subnet.cidr for subnet in network.subnets(project_id=project) if subnet.ip_version == 4},
        routers=_ids(network.routers()),
        volumes=_ids(volumes),
        volume_types=frozenset(kind.name for kind in block.types()),
        zones=frozenset(zone.name for zone in compute.availability_zones()),
        volume_zones=frozenset(zone.name for zone in block.availability_zones()),
        dns_zones={zone.name.rstrip("."): zone.id for zone in connection.dns.zones()} if settings.dns_zone else {},
        limits=_limits(connection, project),
        disks={v.id: Disk(size=v.size, type=v.volume_type) for v in volumes if not v.status.startswith("error")},
        addresses=_ids(addresses),
        holders={volume.id: each["server_id"] for volume in volumes for each in volume.attachments or ()}
        | {address.id: address.port_id for address in addresses if address.port_id},
        own_images=tuple(_own_images(images, project)),
        images_in_use=frozenset(_image_of(server) for server in compute.servers()),
        made=made,
        jump_answers=settings.jump is None or answers(settings.jump.address),
    )


def _own_images(images: Iterable[Any], project: str) -> Iterator[Image]:
    for image in images:
        properties = cast("dict[str, str]", image.properties or {})
        made_from = properties.get(MADE_FROM)
        if made_from and image.owner_id == project:
            yield Image(
                id=image.id, name=image.name, made_from=made_from, created=image.created_at, size=image.size or 0
            )


def _image_of(server: Any) -> str:
    return cast("dict[str, str]", server.image or {}).get("id") or ""


def _ids(found: Iterable[Any]) -> dict[str, str]:
    """Return ids by name and by id."""
    return {key: each.id for each in found for key in (each.name, each.id)}


def _limits(connection: Any, project: str) -> dict[str, Limit]:
    compute = connection.compute.get_limits().absolute
    block = connection.block_storage.get_limits().absolute
    neutron = connection.network.get_quota(project, details=True)
    limits = {
        "instances": _limit(compute.instances_used, compute.instances),
        "cores": _limit(compute.total_cores_used, compute.total_cores),
        "ram": _limit(compute.total_ram_used, compute.total_ram),
        "volumes": _limit(block.total_volumes_used, block.max_total_volumes),
        "gigabytes": _limit(block.total_gigabytes_used, block.max_total_volume_gigabytes),
    }
    for name, quota in _NETWORK_QUOTAS.items():
        entry = cast("dict[str, int]", getattr(neutron, quota))
        limits[name] = _limit(entry["used"] + int(entry.get("reserved", 0)), entry["limit"])
    return limits


def _limit(used: int, most: int) -> Limit:
    """A limit of -1 is none."""
    return Limit(used=used, most=None if most < 0 else most)


def _made(connection: Any, platform: str, project: str) -> Made:
    """Return what carries the platform's marks."""
    servers = [
        server
        for server in connection.compute.servers(details=True)
        # Nova still shows for a moment what it has deleted.
        if server.metadata.get(PLATFORM) == platform and server.status != "DELETED"
    ]
    volumes = [v for v in connection.block_storage.volumes(details=True) if v.metadata.get(PLATFORM) == platform]
    networked = list(_networked(connection.network, f"{PLATFORM}={platform}", project))
    ids = {server.id: f"server {server.name}" for server in servers}
    ids |= {volume.id: f"volume {volume.name}" for volume in volumes}
    ids |= {each.id: f"{kind} {each.name}" for kind, each in networked}
    used = Counter(f"{kind}s" for kind, _ in networked)
    return Made(
        ids=ids,
        servers=tuple(
            Server(
                id=server.id,
                name=server.name,
                status=server.status,
                reason=server.fault["message"] if server.fault else "",
                image=_image_of(server),
            )
            for server in servers
        ),
        used={
            **used,
            "ports": used["ports"] + _router_ports(connection.network, networked, project),
            "security_group_rules": sum(len(e.security_group_rules) for k, e in networked if k == "security_group"),
            "instances": len(servers),
            "cores": sum(server.flavor.vcpus or 0 for server in servers),
            "ram": sum(server.flavor.ram or 0 for server in servers),
            "volumes": len(volumes),
            "gigabytes": sum(volume.size for volume in volumes),
        },
    )


def _router_ports(network: Any, networked: Iterable[tuple[str, Any]], project: str) -> int:
    """Return how many ports routers have in marked networks: they cannot be marked, and count as well."""
    marked = {each.id for kind, each in networked if kind == "network"}
    ports = network.ports(device_owner="network:router_interface", project_id=project)
    return sum(port.network_id in marked for port in ports)


def _networked(network: Any, tag: str, project: str) -> Iterator[tuple[str, Any]]:
    """Give the kind (as in Neutron's quotas, without the s) of each marked thing of Neutron's, and the thing."""
    mine = {"tags": tag, "project_id": project}
    for kind, found in (
        ("network", network.networks(**mine)),
        ("subnet", network.subnets(**mine)),
        ("router", network.routers(**mine)),
        ("port", network.ports(**mine)),
        ("floating_ip", network.ips(**mine)),
        ("security_group", network.security_groups(**mine)),
    ):
        yield from ((kind, each) for each in found)
