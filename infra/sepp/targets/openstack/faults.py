"""What is not as the engine believes: servers that do not run or are gone, and what a killed run left behind. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from sepp.engine.state import State
from sepp.targets.openstack.cloud import Made

ADDRESS = "floating_ip "
"""How the names of public addresses begin."""

HOLD_DATA = ("volume ", ADDRESS)
"""How the names of what an `up` never removes begin."""

_RUNS = "ACTIVE"
_BROKEN = "ERROR"
_INSTANCE = "openstack:compute/instance:Instance"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that is not as the engine believes, in words.

    `broken` is the id of a server to make anew. `holds_data` marks a volume or an address that is in nobody's way.
    """

    text: str
    broken: str | None = None
    holds_data: bool = False


def faults(made: Made, state: State) -> Iterator[Fault]:
    """Compare what the cloud has of a platform with the engine's state."""
    known = {resource.outputs.get("id") for resource in state.resources if resource.kind == _INSTANCE}
    for server in made.servers:
        if server.id in known and server.status == _BROKEN:
            why = f": {server.reason}" if server.reason else ""
            yield Fault(text=f"the server {server.name} is in ERROR{why}", broken=server.id)
        elif server.id in known and server.status != _RUNS:
            yield Fault(text=f"the server {server.name} does not run ({server.status})")
    there = {server.id for server in made.servers}
    for resource in state.resources:
        if resource.kind == _INSTANCE and resource.outputs.get("id") not in there:
            yield Fault(text=f"the server of {resource.name} is gone")
    for name, identity in orphans(made, state):
        text = f"the {name} ({identity}) is marked as the platform's, and the engine does not know it"
        yield Fault(text=text, holds_data=name.startswith(HOLD_DATA))


def orphans(made: Made, state: State) -> Iterator[tuple[str, str]]:
    """Give kind and name, and the id, of what is marked as the platform's and is not in the state."""
    known = {resource.outputs.get("id") for resource in state.resources}
    return ((name, identity) for identity, name in made.ids.items() if identity not in known)
