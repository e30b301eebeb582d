"""A stand-in cloud: OpenStack's own services from Debian's packages in one container, with nothing real below them.

The services judge names, rights, quotas and states as in any cloud. No server runs, no volume holds data, no packet
passes: the drivers in `inside/` say that all is well.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openstack
import yaml

from sepp.converge.hashes import digest
from sepp.targets.local.images import IMAGE_SETTINGS, base_tag, ensure_image
from sepp.targets.local.podman import podman, succeeds, wait_for_systemd
from sepp.targets.openstack.needs import WORDS
from tests.installing import installing
from tests.networks import make_network, remove_network

ADDRESS = "10.92.0.2"
SUBNET = "10.92.0.0/24"
NAME = "sepp-stand-in"
"""Of the container and of its network."""
INSIDE = Path(__file__).parent / "inside"
PACKAGES = (
    *("keystone", "glance-api", "placement-api", "neutron-api", "cinder-api", "cinder-scheduler", "cinder-volume"),
    *("nova-api", "nova-conductor", "nova-scheduler", "nova-compute", "nova-compute-ironic"),
    *("mariadb-server", "rabbitmq-server", "memcached", "uwsgi-plugin-python3", "python3-pymysql"),
)
"""nova-compute-ironic spares the packages of a hypervisor."""
AFTER_CONFIGURATION = (
    *("keystone", "glance-api", "neutron-api", "cinder-api", "cinder-scheduler", "cinder-volume"),
    *("nova-api", "nova-api-metadata", "nova-conductor", "nova-scheduler", "nova-compute"),
    *("open-iscsi", "iscsid.socket", "rtslib-fb-targetctl"),
)
"""Units that the packages would start before they are configured, or for which there is no work."""
START_SECONDS = 180
REMOVE_SECONDS = 120
CONNECT_RETRIES = 5
ENOUGH = 1_000_000
"""Of each quota, for all tests."""


def ensure_cloud_image() -> str:
    """Make the image where it is missing, in some minutes, and return its name."""
    tag = f"localhost/sepp/stand-in:{digest([_installed_tag(), *(p.read_text() for p in sorted(INSIDE.glob('*.py')))])}"
    if not succeeds("image", "exists", tag):
        _remove()
        try:
            _run(_ensure_installed())
            podman("cp", str(INSIDE), f"{NAME}:/root/inside")
            podman("exec", NAME, "python3", "/root/inside/bootstrap.py", ADDRESS, timeout=900)
            podman("stop", "--time", "60", NAME)
            podman("commit", "--quiet", NAME, tag, timeout=600)
        finally:
            _remove()
    return tag


def _installed_tag() -> str:
    return f"localhost/sepp/stand-in-installed:{digest([base_tag(), json.dumps([PACKAGES, AFTER_CONFIGURATION])])}"


def _ensure_installed() -> str:
    tag = _installed_tag()
    if not succeeds("image", "exists", tag):
        with installing(NAME, ensure_image((), print), PACKAGES):
            podman("exec", NAME, "systemctl", "disable", *AFTER_CONFIGURATION)
            podman("commit", "--quiet", *IMAGE_SETTINGS, NAME, tag, timeout=600)
    return tag


def _run(image: str) -> None:
    make_network(NAME, SUBNET)
    place = ("--network", f"{NAME}:ip={ADDRESS}", "--hostname", "cloud")
    podman("run", "--detach", "--name", NAME, "--systemd=always", *place, image, "/sbin/init")
    wait_for_systemd(NAME)


def _remove() -> None:
    podman("rm", "--force", "--ignore", "--volumes", "--time", "0", NAME)
    remove_network(NAME)


@contextmanager
def stand_in(folder: Path) -> Iterator[Path]:
    """Run the cloud; yields the clients' settings: of `admin`, and of users of the projects `sepp` and `other`."""
    tag = ensure_cloud_image()
    _remove()
    try:
        _run(tag)
        settings = folder / "clouds.yaml"
        clouds = yaml.safe_load(podman("exec", NAME, "cat", "/root/clouds.yaml"))
        for cloud in clouds["clouds"].values():
            # On a busy machine a service now and then ends a connection before it answers.
            cloud["connect_retries"] = CONNECT_RETRIES
        settings.write_text(yaml.safe_dump(clouds))
        settings.chmod(0o600)
        wait_until_it_serves(settings)
        yield settings
    finally:
        _remove()


def connect(settings: Path, cloud: str) -> Any:
    """Return a connection to the cloud as one of those whom its settings know."""
    config = openstack.config.OpenStackConfig(config_files=[str(settings)], load_envvars=False)
    return openstack.connection.Connection(config=config.get_one(cloud))


def set_quotas(admin: Any, project: str, **limits: int) -> None:
    """Set a project's quotas, by the cloud's names; those not named give enough for all tests."""
    wanted = dict.fromkeys(WORDS, ENOUGH) | limits
    block, compute = ("volumes", "gigabytes"), ("instances", "cores", "ram")
    admin.set_compute_quotas(project, **{quota: wanted[quota] for quota in compute})
    admin.set_volume_quotas(project, **{quota: wanted[quota] for quota in block})
    network = wanted.keys() - {*block, *compute}
    admin.set_network_quotas(project, **{quota: wanted[quota] for quota in network})


def _serves(settings: Path) -> bool:
    admin = connect(settings, "admin")
    return (
        all(service.state == "up" for service in admin.compute.services())
        and all(service.state == "up" for service in admin.block_storage.services())
        and bool(list(admin.block_storage.backend_pools()))
        and bool(list(admin.network.networks()))
        and bool(list(admin.image.images()))
    )


def wait_until_it_serves(settings: Path) -> None:
    """Wait until all services of the cloud answer."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            if _serves(settings):
                return
        except openstack.exceptions.SDKException:
            if time.monotonic() > until:
                raise
        assert time.monotonic() < until, f"the cloud does not serve within {START_SECONDS} s"
        time.sleep(1)


def clear(connection: Any) -> None:
    """Delete all that a project has."""
    _remove_all(connection.compute.servers, connection.compute.delete_server)
    network = connection.network
    mine = {"project_id": connection.current_project_id}
    for address in network.ips(**mine):
        network.delete_ip(address)
    for router in list(network.routers(**mine)):
        for port in list(network.ports(device_id=router.id)):
            network.remove_interface_from_router(router, port_id=port.id)
        network.delete_router(router)
    for port in network.ports(**mine):
        network.delete_port(port)
    for found in network.networks(**mine):
        network.delete_network(found)
    for group in network.security_groups(**mine):
        if group.name != "default":
            network.delete_security_group(group)
    _remove_all(connection.block_storage.volumes, connection.block_storage.delete_volume)


def clear_images(connection: Any) -> None:
    """Delete a project's own images."""
    for image in list(connection.image.images(owner=connection.current_project_id)):
        connection.image.delete_image(image.id)


def _remove_all(found: Callable[[], Iterable[Any]], delete: Callable[[Any], Any]) -> None:
    """Delete what there is, and wait until the cloud has done so."""
    for each in found():
        delete(each)
    until = time.monotonic() + REMOVE_SECONDS
    while left := list(found()):
        assert time.monotonic() < until, f"not deleted within {REMOVE_SECONDS} s: {left}"
        time.sleep(0.5)
