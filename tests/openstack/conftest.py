"""The stand-in cloud, for as long as the tests of a session need it."""

import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from sepp.config.openstack import OpenStack
from tests.openstack.stand_in import connect, stand_in

REMOVE_SECONDS = 120


@pytest.fixture(scope="session")
def clouds(tmp_path_factory):
    """The clients' settings of a running cloud."""
    with stand_in(tmp_path_factory.mktemp("cloud")) as settings:
        yield settings


@pytest.fixture
def settings(clouds, monkeypatch):
    """The settings of a platform in the project `sepp`."""
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds))
    return OpenStack(cloud="sepp", image="debian-13", external_network="outside")


@pytest.fixture(scope="session")
def admin(clouds):
    """The cloud's administrator."""
    return connect(clouds, "admin")


@pytest.fixture
def operator(clouds):
    """A connection to the project `sepp`, in which nothing of a test is left."""
    connection = connect(clouds, "sepp")
    yield connection
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


def _remove_all(found: Callable[[], Iterable[Any]], delete: Callable[[Any], Any]) -> None:
    """Delete what there is, and wait until the cloud has done so."""
    for each in found():
        delete(each)
    until = time.monotonic() + REMOVE_SECONDS
    while left := list(found()):
        assert time.monotonic() < until, f"not deleted within {REMOVE_SECONDS} s: {left}"
        time.sleep(0.5)
