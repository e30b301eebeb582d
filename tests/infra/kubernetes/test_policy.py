"""The policies for Kubernetes: what the program registers passes, and each fault is found."""

from dataclasses import replace

import pytest

from sepp.plan import plan
from sepp.targets.kubernetes.policy import (
    mounted_tokens,
    open_policies,
    unrestricted_namespaces,
    ways_in,
    wide_rights,
)
from sepp.targets.policy import RULES, unmarked, unprotected_data
from sepp.targets.registered import Registered
from tests.cluster import GATEWAY, KIND, KUBERNETES
from tests.graph import register_in_cluster


def registered(kind: str, name: str = "planck-hub", **properties) -> Registered:
    return Registered(kind=KIND.get(kind, f"kubernetes:x/v1:{kind}"), name=name, properties=properties, protected=True)


def policy(whose: dict[str, str], **spec) -> Registered:
    return registered("NetworkPolicy", spec={"podSelector": {"matchLabels": whose}, **spec})


HUB, PROXY = {"sepp-service": "hub"}, {"sepp-service": "proxy"}
PORTS = [{"protocol": "TCP", "port": 443}]
EVERYWHERE = [{"ipBlock": {"cidr": "0.0.0.0/0"}}]
CLAIM = registered("PersistentVolumeClaim", metadata={"labels": {"sepp-platform": "demo", "sepp-mission": "planck"}})


@pytest.mark.parametrize("cas", [None, {"url": "https://sso.site.example/cas"}])
@pytest.mark.parametrize(
    ("port", "entrance"),
    [(443, {"kind": "load_balancer"}), (30443, {"kind": "node_port"}), (443, {"kind": "ingress"}), (443, GATEWAY)],
)
def test_what_the_program_registers_passes(planck, make_platform, monkeypatch, port, entrance, cas):
    platform = make_platform(port=port, cas=cas, kubernetes={**KUBERNETES, "entrance": entrance})
    graph = register_in_cluster(plan(platform, [planck], name="demo", target="kubernetes"), monkeypatch)
    for (typ, name), inputs in graph.mocks.inputs.items():
        protected = bool(graph.options[typ, name].protect)
        resource = Registered(kind=typ, name=name, properties=inputs, protected=protected)
        assert [found for rule in RULES for found in rule(resource)] == [], (typ, name)


@pytest.mark.parametrize(
    ("rule", "resource"),
    [
        (unprotected_data, replace(CLAIM, protected=False)),
        (unprotected_data, replace(registered("Namespace"), protected=False)),
        (unmarked, registered("ConfigMap", metadata={"labels": {"sepp-platform": "demo"}})),
        (unmarked, registered("ConfigMap")),
        (unrestricted_namespaces, registered("Namespace", metadata={"labels": {}})),
        (
            unrestricted_namespaces,
            registered("Namespace", metadata={"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}),
        ),
        (open_policies, policy(HUB, ingress=[{"ports": PORTS}])),
        (open_policies, policy(HUB, ingress=[{"ports": PORTS, "from": EVERYWHERE}])),
        (open_policies, policy({}, ingress=[{"ports": PORTS}])),
        (open_policies, policy(PROXY, ingress=[{}])),
        (open_policies, policy(HUB, egress=[{"to": EVERYWHERE}])),
        (wide_rights, registered("ClusterRole")),
        (wide_rights, registered("ClusterRoleBinding")),
        (wide_rights, registered("Role", rules=[{"apiGroups": [""], "resources": ["*"], "verbs": ["get"]}])),
        (wide_rights, registered("Role", rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}])),
        (mounted_tokens, registered("ServiceAccount")),
        (mounted_tokens, registered("ServiceAccount", automountServiceAccountToken=True)),
        (ways_in, registered("Service", spec={"type": "NodePort"})),
        (ways_in, registered("Service", spec={"type": "LoadBalancer"})),
        (ways_in, registered("Ingress")),
        (ways_in, registered("HTTPRoute")),
    ],
)
def test_each_fault_is_found(rule, resource):
    assert len(list(rule(resource))) >= 1


def test_what_other_targets_have_is_none_of_these(planck):
    server = Registered(kind="openstack:compute/instance:Instance", name="core", properties={}, protected=False)
    own = [rule for rule in RULES if rule.__module__.startswith("sepp.targets.kubernetes")]
    assert own
    assert not [found for rule in own for found in rule(server)]
