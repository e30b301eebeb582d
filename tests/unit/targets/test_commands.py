"""Commands in pods whose node does not do what it is told."""

import socket

import pytest
from kubernetes import client

from sepp.targets.kubernetes import commands
from sepp.targets.kubernetes.reading import Api


@pytest.fixture
def silent():
    """A way to a cluster that takes a connection, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()
        yield Api(client=client.ApiClient(client.Configuration(host=f"http://{host}:{port}")))


def test_a_node_that_is_silent_is_not_waited_for_without_end(silent, monkeypatch):
    monkeypatch.setattr(commands, "_CONNECT_SECONDS", 0.2)
    ended = commands._execute(silent, ("sepp-demo-core", "directory-0", "directory"), ("true",), "", 60)
    assert (ended.returncode, ended.stdout) == (255, "")
    assert ended.stderr == "the node of directory-0 says nothing"
