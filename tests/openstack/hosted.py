"""A platform on OpenStack with hosts: its project in the stand-in cloud, and containers as its servers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sepp.cli.common import deployment_of
from sepp.engine.paths import ROOT
from tests.openstack.project import NAME, Project, project
from tests.openstack.servers import Servers, ensure_server_image
from tests.openstack.stand_in import clear, clear_images

_SUBNET = "10.90.16.0/20"


@contextmanager
def hosted(clouds: Path, servers: Servers) -> Iterator[Project]:
    """Give a platform, not made yet; in the end its servers and all that its project has are taken away."""
    servers.remove()
    with project(clouds, ROOT / "stacks/openstack/__main__.py") as platform:
        platform.target.update(volume_size="4 GiB", quota_backend="btrfs_qgroup")
        platform.write()
        services = {"jump": (), **{host.name: host.services for host in deployment_of(NAME).hosts}}
        try:
            servers.prepare({f"sepp-test-{name}": _installed(each) for name, each in services.items()}, _SUBNET)
            yield platform
        finally:
            servers.remove()
            clear(platform.cloud)
            clear_images(platform.cloud)


def _installed(services: tuple[str, ...]) -> str:
    return ensure_server_image(tuple(name for name in services if name != "volumes"))
