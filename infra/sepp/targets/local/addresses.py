"""Addresses of hosts on the platform's network, which stay when missions come and go."""

import hashlib
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network

from sepp.deployment import Host

_SLOT_SIZE = 8
_FIRST_SLOT = 2
"""The network's first sixteen addresses are the core's; its gateway is the first of them."""

_CORE = 10
_PLACES = {"": 0, "-storage": 1}
"""Place of a mission's hosts in its slot, by what follows the mission in the name."""


def assign_slots(missions: Iterable[str], slots: Mapping[str, int], subnet: str) -> dict[str, int]:
    """Give each mission eight addresses (a slot); those that have a slot in `slots` keep it.

    A new mission gets the slot of its name's hash, or the next free one. ValueError if the subnet is too small.
    """
    count = IPv4Network(subnet).num_addresses // _SLOT_SIZE - _FIRST_SLOT
    wanted = tuple(missions)
    if len(wanted) > count:
        raise ValueError(f"the subnet {subnet} has room for {max(count, 0)} missions, not for {len(wanted)}")
    kept = {mission: slots[mission] for mission in wanted if slots.get(mission, count) < count}
    for mission in wanted:
        if mission not in kept:
            start = int.from_bytes(hashlib.sha256(mission.encode()).digest()[:8]) % count
            taken = set(kept.values())
            kept[mission] = next(slot for step in range(count) if (slot := (start + step) % count) not in taken)
    return kept


def address(host: Host, slots: Mapping[str, int], subnet: str) -> str:
    """Return a host's address."""
    network = IPv4Network(subnet)
    if host.area == "core":
        return str(network[_CORE])
    place = _PLACES[host.name.removeprefix(host.area)]
    return str(network[(_FIRST_SLOT + slots[host.area]) * _SLOT_SIZE + place])
