"""Addresses stay when missions come and go."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sepp.deployment import Host
from sepp.targets.local.addresses import address, assign_slots

SUBNET = "10.89.16.0/24"
MISSIONS = st.sets(st.text("abcdefghij", min_size=1, max_size=3), max_size=30)


def host(name: str, area: str) -> Host:
    return Host(name=name, area=area, services=(), cpu=1, memory=1)


@given(before=MISSIONS, after=MISSIONS)
def test_missions_that_stay_keep_their_slots(before, after) -> None:
    first = assign_slots(before, {}, SUBNET)
    second = assign_slots(after, first, SUBNET)
    assert set(second) == after
    assert all(second[mission] == first[mission] for mission in before & after)
    assert len(set(second.values())) == len(after)


@given(missions=MISSIONS)
def test_all_addresses_differ_and_are_hosts_of_the_subnet(missions) -> None:
    slots = assign_slots(missions, {}, SUBNET)
    hosts = [host("core", "core"), *(host(name, m) for m in missions for name in (m, f"{m}-storage"))]
    found = [IPv4Address(address(one, slots, SUBNET)) for one in hosts]
    network = IPv4Network(SUBNET)
    assert len(set(found)) == len(found)
    assert all(one in network and one not in (network[0], network[1], network[-1]) for one in found)


def test_addresses_are_those_of_the_first_release() -> None:
    slots = assign_slots(("planck", "gaia"), {}, "10.89.16.0/20")
    names = {"core": "core", "planck": "planck", "planck-storage": "planck", "gaia": "gaia"}
    assert {name: address(host(name, area), slots, "10.89.16.0/20") for name, area in names.items()} == {
        "core": "10.89.16.10",
        "gaia": "10.89.29.120",
        "planck": "10.89.19.232",
        "planck-storage": "10.89.19.233",
    }


def test_too_many_missions_are_refused() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/26 has room for 6 missions, not for 7"):
        assign_slots([f"m{number}" for number in range(7)], {}, "10.0.0.0/26")


def test_slots_of_a_larger_subnet_are_not_kept_in_a_smaller_one() -> None:
    assert assign_slots(["a"], {"a": 400}, "10.0.0.0/26")["a"] < 6
