"""Takes servers away so that the engine makes them anew: from the newest image, with their volumes and addresses."""

from typing import Any

from sepp.config.openstack import OpenStack
from sepp.deployment import Deployment
from sepp.engine.errors import EngineError
from sepp.engine.state import State
from sepp.targets.openstack import images, reading
from sepp.targets.openstack.names import cloud_name
from sepp.targets.openstack.preflight import check_project

_STOP_SECONDS = 180
"""How long a server may take to shut down."""


def outdated(deployment: Deployment, settings: OpenStack, state: State) -> tuple[str, ...]:
    """Return the hosts that run from another image than a new one would get.

    EngineError if the project is not the stack's, or if the cloud does not answer.
    """
    cloud = reading.read(settings, deployment.name)
    check_project(state, cloud)
    has = {server.name: server.image for server in cloud.made.servers}
    chosen = images.chosen(deployment, settings, cloud)
    return tuple(
        host for host, image in chosen.items() if image and has.get(cloud_name(deployment, host), image) != image
    )


def take_away(deployment: Deployment, settings: OpenStack, host: str) -> None:
    """Shut a host's server down and remove it, if it is there; its volumes and its port stay.

    EngineError if the cloud refuses.
    """
    with reading.connected(settings) as connection:
        made = reading.read(settings, deployment.name).made
        for server in made.servers:
            if server.name == cloud_name(deployment, host):
                _shut_down(connection, server.id, server.status)
                connection.delete_server(server.id, wait=True)


def _shut_down(connection: Any, server: str, status: str) -> None:
    from openstack.exceptions import ResourceTimeout  # noqa: PLC0415

    if status != "ACTIVE":
        return
    connection.compute.stop_server(server)
    try:
        connection.compute.wait_for_server(connection.compute.get_server(server), "SHUTOFF", wait=_STOP_SECONDS)
    except ResourceTimeout:
        message = f"the server {server} does not shut down (waited {_STOP_SECONDS} s)"
        raise EngineError(message, "look at its console, then the same again") from None
