"""Mends, before a run, what the engine would stumble over: servers in ERROR, and what a killed run left behind."""

from collections.abc import Callable
from typing import Any

from sepp.config.openstack import OpenStack
from sepp.engine.state import State
from sepp.targets.openstack import reading
from sepp.targets.openstack.faults import faults, orphans
from sepp.targets.openstack.preflight import check_project

_REMOVED = ("server", "port", "router", "subnet", "network", "security_group")
"""Kinds of orphans that are removed, in an order in which none is in use by a later one."""


def mend(settings: OpenStack, platform: str, state: State, report: Callable[[str], None], then: str) -> None:
    """Remove what a killed run left behind, and servers in ERROR; `then` says what becomes of these.

    The engine itself can neither replace nor delete them: Nova detaches no volume from a server in ERROR, except when
    it is removed. Volumes and addresses may be worth something: they stay, and `sepp drift` names them. EngineError if
    the project is not the stack's, or if the cloud refuses.
    """
    with reading.connected(settings) as connection:
        cloud = reading.read(settings, platform)
        check_project(state, cloud)
        left = [(*orphan.partition(" ")[::2], identity) for orphan, identity in orphans(cloud.made, state)]
        removed = [orphan for orphan in left if orphan[0] in _REMOVED]
        for kind, name, identity in sorted(removed, key=lambda orphan: _REMOVED.index(orphan[0])):
            report(f"removing the {kind} {name} ({identity}), which an interrupted run left behind")
            _remove(connection, kind, identity)
        for fault in faults(cloud.made, state):
            if fault.broken:
                report(f"{fault.text}: it is {then}")
                _remove(connection, "server", fault.broken)


def _remove(connection: Any, kind: str, identity: str) -> None:
    """Remove a thing and wait until it is gone; what went in the meantime is no error."""
    network = connection.network
    match kind:
        case "server":
            connection.delete_server(identity, wait=True)
        case "port":
            network.delete_port(identity)
        case "router":
            for port in list(network.ports(device_id=identity)):
                network.remove_interface_from_router(identity, port_id=port.id)
            network.delete_router(identity)
        case "subnet":
            network.delete_subnet(identity)
        case "network":
            network.delete_network(identity)
        case _:
            network.delete_security_group(identity)
