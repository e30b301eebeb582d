"""The policies: what the program registers passes, and each fault is found; also as the engine calls them."""

from dataclasses import replace

import pytest

from sepp.targets.openstack.policy import open_rules, public_addresses, unencrypted_volumes
from sepp.targets.policy import RULES, unmarked, unprotected_data
from sepp.targets.registered import Registered

RULE = Registered(
    kind="openstack:networking/secGroupRule:SecGroupRule",
    name="core-in-tcp-443-0.0.0.0/0",
    properties={
        "direction": "ingress",
        "protocol": "tcp",
        "portRangeMin": 443,
        "portRangeMax": 443,
        "remoteIpPrefix": "0.0.0.0/0",
    },
    protected=False,
)
VOLUME = Registered(
    kind="openstack:blockstorage/volume:Volume",
    name="planck-scratch",
    properties={"metadata": {"sepp-platform": "demo", "sepp-mission": "planck"}, "volumeType": "luks"},
    protected=True,
    encrypted_types=("luks",),
)
PORT = Registered(
    kind="openstack:networking/port:Port",
    name="core",
    properties={"tags": ["sepp-platform=demo", "sepp-mission=core"]},
    protected=False,
)
ADDRESS = Registered(
    kind="openstack:networking/floatingIp:FloatingIp", name="entrance", properties=PORT.properties, protected=True
)


def changed(resource: Registered, **properties) -> Registered:
    return replace(resource, properties={**resource.properties, **properties})


@pytest.mark.parametrize("resource", [RULE, VOLUME, PORT, ADDRESS], ids=lambda resource: resource.name)
def test_what_is_right_passes(resource):
    assert [found for rule in RULES for found in rule(resource)] == []


@pytest.mark.parametrize(
    ("rule", "resource"),
    [
        (open_rules, changed(RULE, portRangeMin=22, portRangeMax=22)),
        (open_rules, changed(RULE, portRangeMin=80)),
        (open_rules, changed(RULE, protocol="udp")),
        (open_rules, changed(RULE, remoteIpPrefix="::/0", portRangeMax=8443)),
        (open_rules, changed(RULE, remoteIpPrefix=None, portRangeMax=None)),
        (open_rules, replace(RULE, name="planck-in-tcp-443-0.0.0.0/0")),
        (unencrypted_volumes, changed(VOLUME, volumeType="ssd")),
        (unencrypted_volumes, changed(VOLUME, volumeType=None)),
        (unprotected_data, replace(VOLUME, protected=False)),
        (unprotected_data, replace(ADDRESS, protected=False)),
        (unmarked, changed(VOLUME, metadata=None)),
        (unmarked, changed(PORT, tags=["sepp-platform=demo"])),
        (public_addresses, replace(ADDRESS, name="planck")),
    ],
)
def test_each_fault_is_found(rule, resource):
    assert len(list(rule(resource))) >= 1


def test_a_site_that_does_not_demand_encryption_has_any_type():
    assert not list(unencrypted_volumes(replace(changed(VOLUME, volumeType=None), encrypted_types=())))


def test_a_rule_from_a_group_is_no_rule_from_everywhere():
    assert not list(open_rules(changed(RULE, remoteIpPrefix=None, remoteGroupId="g", portRangeMin=22)))


def test_the_engine_is_told_what_was_found():
    from types import SimpleNamespace

    from sepp.targets.policy_pack import policies

    told = []
    args = SimpleNamespace(
        resource_type=VOLUME.kind,
        name=VOLUME.name,
        props={"volumeType": "ssd"},
        opts=SimpleNamespace(protect=False),
        get_config=lambda: {"types": ["luks"]},
    )
    for policy in policies():
        policy.validate(args, lambda message, _urn: told.append(message))
    assert sorted(message.split()[1] for message in told) == ["has", "has", "holds", "is"]
