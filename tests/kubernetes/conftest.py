"""The API server, for as long as the tests of a session need it."""

import pytest

from tests.kubernetes.server import ADMIN, api_server
from tests.unit.conftest import make_mission, make_platform, planck

__all__ = ["make_mission", "make_platform", "planck"]


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A running API server."""
    with api_server(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture
def settings(server, monkeypatch):
    """The settings of a platform on it, as somebody who may do all."""
    monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig))
    return {"context": ADMIN, "storage_class": "shared", "data_class": "block"}
