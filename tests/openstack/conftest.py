"""The stand-in cloud, for as long as the tests of a session need it."""

import pytest

from sepp.config.openstack import OpenStack
from tests.openstack.servers import Servers
from tests.openstack.stand_in import clear, connect, stand_in


def pytest_configure(config):
    """Pass over what openstacksdk says of its own future, some thousand times: here, as it is slow to import."""
    for kind in ("OpenStackDeprecationWarning", "RemovedInSDK50Warning", "RemovedInSDK60Warning"):
        config.addinivalue_line("filterwarnings", f"ignore::openstack.warnings.{kind}")


@pytest.fixture(scope="session")
def clouds(tmp_path_factory):
    """The clients' settings of a running cloud."""
    with stand_in(tmp_path_factory.mktemp("cloud")) as settings:
        yield settings


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """The containers that are the servers of the module's platform."""
    return Servers(folder=tmp_path_factory.mktemp("servers"))


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
    clear(connection)
