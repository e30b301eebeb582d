"""A platform up to its proof, as `test_hosts.py`, made and changed by the real provider: growth, loss, destroy.

Each test goes on where the one before it ended.
"""

import shutil

import pytest

from sepp.cli.common import deployment_of
from sepp.config.units import GIB
from sepp.targets import target_of
from tests.openstack.hosted import hosted
from tests.openstack.hypervisor import following
from tests.openstack.project import NAME

PLUGIN = "pulumi-resource-openstack"
FILE = "/scratch/kept"

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(shutil.which(PLUGIN) is None, reason=f"{PLUGIN} is not on PATH"),
]


@pytest.fixture(scope="module")
def live(clouds, servers):
    """The platform, not made yet."""
    with hosted(clouds, servers) as platform, following(clouds, servers):
        yield platform


def _kept() -> str:
    """Return what a file on a volume of the storage host holds."""
    return target_of(deployment_of(NAME)).hosts().output("planck-storage", "cat", FILE)


def _size_of(path: str) -> int:
    """Return the size in bytes of the storage host's file system at a path."""
    sizes = (
        target_of(deployment_of(NAME)).hosts().output("planck-storage", "df", "--block-size=1", "--output=size", path)
    )
    return int(sizes.split()[1])


def test_up_makes_a_platform_that_keeps_its_promises(live):
    live.up()
    live.does("verify", NAME)
    live.unchanged()
    live.does("drift", NAME)


def test_a_grown_volume_is_a_grown_file_system_with_the_same_files(live):
    before = _size_of("/scratch")
    target_of(deployment_of(NAME)).hosts().output("planck-storage", "tee", FILE, stdin="observed once")
    live.target["volumes"] = {"planck-scratch": {"size": "6 GiB"}}
    live.up()
    assert _size_of("/scratch") - before == pytest.approx(2 * GIB, rel=0.1)
    assert _kept() == "observed once"
    live.unchanged()


def test_a_lost_host_comes_back_with_its_data(live):
    live.cloud.delete_server(live.server("planck-storage").id, wait=True)
    live.up()
    assert _kept() == "observed once"
    live.does("verify", NAME)


def test_destroy_keeps_data_and_the_next_up_finds_them(live):
    live.does("destroy", "--yes", NAME)
    assert not list(live.cloud.compute.servers())
    live.up()
    assert _kept() == "observed once"
    live.does("verify", NAME)


def test_destroy_with_data_leaves_nothing(live):
    live.does("destroy", "--with-data", "--yes", NAME)
    assert not list(live.cloud.compute.servers())
    assert not live.volumes()
