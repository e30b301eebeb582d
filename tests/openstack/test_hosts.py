"""A platform on OpenStack up to its proof: the engine, ssh through the jump host, the roles, and `sepp verify`."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sepp.cli.common import deployment_of
from sepp.targets import target_of
from sepp.targets.openstack import image_store, images, settings_of
from sepp.targets.openstack.bakery import ImageFile
from tests.openstack.hosted import hosted
from tests.openstack.project import NAME
from tests.openstack.servers import FOLDER

PLUGIN = "pulumi-resource-openstack"
UNITS = ("slapd", "cas", "sepp-portal", "apache2", "jupyterhub", "jupyterhub-proxy", "nftables", "sssd", "ssh")


@pytest.fixture(scope="module")
def platform(clouds, servers):
    """The platform, made by a provider of the tests' own."""
    with hosted(clouds, servers) as platform, pytest.MonkeyPatch.context() as patch:
        _write_plugin(servers.folder)
        patch.setenv(FOLDER, str(servers.folder))
        patch.setenv("PATH", f"{servers.folder}:{os.environ['PATH']}")
        platform.up()
        yield platform


def _write_plugin(folder: Path) -> None:
    plugin = folder / PLUGIN
    plugin.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.openstack.plugin "$@"\n')
    plugin.chmod(0o755)


def _started() -> dict[str, str]:
    """When each unit on each host was started."""
    hosts, asked = target_of(deployment_of(NAME)).hosts(), ("--value", "--property=Id,ActiveEnterTimestampMonotonic")
    return {
        host.name: hosts.output(host.name, "systemctl", "show", *asked, *UNITS) for host in deployment_of(NAME).hosts
    }


def test_up_makes_a_platform_that_keeps_its_promises(platform):
    platform.does("verify", NAME)


def test_a_second_up_restarts_nothing(platform):
    before = _started()
    platform.unchanged()
    assert _started() == before


def test_hosts_answer_ssh_to_the_jump_host_only(platform):
    hosts = target_of(deployment_of(NAME)).hosts()
    [address] = [each for each in hosts.output("planck", "hostname", "-I").split() if each.startswith("10.90.")]
    assert "No route to host" in hosts.run("core", "bash", "-c", f"</dev/tcp/{address}/22").stderr
    with pytest.raises(OSError, match="No route to host"):
        socket.create_connection((address, 22), timeout=10)


@pytest.mark.long
def test_a_host_is_made_anew_from_a_newer_image_with_its_data_and_no_other(platform, tmp_path):
    """The image holds nothing: the containers are made from their own."""
    deployment, blank = deployment_of(NAME), tmp_path / "blank.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(blank), "1G"], check=True)
    roles = images.roles_of(deployment, settings_of(deployment))["planck-storage"]
    disk = ImageFile(name="sepp-storage-newer", made_from=images.made_from(roles), file=blank, bill=blank)
    image_store.upload(settings_of(deployment), disk)
    hosts, before = target_of(deployment).hosts(), _instances(platform)
    hosts.run("planck-storage", "tee", "/scratch/renewed", stdin="observed before")
    told = platform.does("renew", NAME, "--yes")
    assert "Made anew: planck-storage." in told
    assert hosts.output("planck-storage", "cat", "/scratch/renewed") == "observed before"
    after = _instances(platform)
    assert {name for name, instance in after.items() if instance != before[name]} == {"planck-storage"}
    assert platform.server("planck-storage").image.id == platform.cloud.get_image(disk.name).id
    assert "All hosts run from the newest image." in platform.does("renew", NAME, "--yes")


def _instances(platform) -> dict[str, str]:
    return {name: platform.server(name).id for name in ("core", "planck", "planck-storage", "jump")}


@pytest.mark.long
def test_a_lost_host_comes_back_with_its_data(platform, servers):
    hosts = target_of(deployment_of(NAME)).hosts()
    hosts.run("planck-storage", "tee", "/scratch/kept", stdin="observed once")
    lost = platform.server("planck-storage")
    servers.lose(lost.name)
    platform.cloud.delete_server(lost.id, wait=True)
    assert "absent" in platform.sepp("status", NAME).output
    platform.up()
    assert hosts.output("planck-storage", "cat", "/scratch/kept") == "observed once"
    platform.does("verify", NAME)
