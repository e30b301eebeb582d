"""What of a platform stays in the project after its servers: volumes and addresses. They go by request only."""

from collections.abc import Mapping

from sepp.config.openstack import OpenStack
from sepp.engine.state import State
from sepp.targets.openstack import reading
from sepp.targets.openstack.faults import ADDRESS, HOLD_DATA
from sepp.targets.openstack.preflight import check_project


def kept(settings: OpenStack, platform: str, state: State) -> Mapping[str, str]:
    """Return kind and name of what is kept, by id; also what an earlier `up` let go.

    EngineError if the project is not the stack's, or if the cloud does not answer.
    """
    cloud = reading.read(settings, platform)
    check_project(state, cloud)
    return {identity: name for identity, name in cloud.made.ids.items() if name.startswith(HOLD_DATA)}


def delete(settings: OpenStack, kept: Mapping[str, str]) -> None:
    """Delete what is kept, with all data, and wait until it is gone; EngineError if the cloud refuses."""
    with reading.connected(settings) as connection:
        for identity, name in kept.items():
            if name.startswith(ADDRESS):
                connection.network.delete_ip(identity)
            else:
                connection.delete_volume(identity, wait=True)
