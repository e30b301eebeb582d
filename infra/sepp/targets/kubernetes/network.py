"""Network policies: what the plan's rules allow, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import meta, networking

from sepp.deployment import Deployment
from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.connections import Connection, Pods


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """The deployment, the area with its namespace, and the connections of its pods."""

    deployment: Deployment
    area: str
    namespace: pulumi.Input[str]
    connections: tuple[Connection, ...]


class Network(pulumi.ComponentResource):
    """The policies of a namespace: one that refuses everything, and one for each connection."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:kubernetes:Network", name, {}, opts)
        everything = networking.v1.NetworkPolicySpecArgs(pod_selector=_selector({}), policy_types=["Ingress", "Egress"])
        self._policy(args, "nothing", everything)
        for connection in args.connections:
            self._policy(args, connection.name, _spec(connection))
        self.register_outputs({})

    def _policy(self, args: NetworkArgs, name: str, spec: networking.v1.NetworkPolicySpecArgs) -> None:
        networking.v1.NetworkPolicy(
            f"{args.area}-{name}",
            metadata=meta.v1.ObjectMetaArgs(
                name=name, namespace=args.namespace, labels=names.labels(args.deployment, args.area)
            ),
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _spec(connection: Connection) -> networking.v1.NetworkPolicySpecArgs:
    ports = [
        networking.v1.NetworkPolicyPortArgs(protocol=protocol, port=number) for protocol, number in connection.ports
    ]
    peers = [*map(_peer, connection.peers), *map(_range, connection.ranges)] or None
    if connection.way == "in":
        return networking.v1.NetworkPolicySpecArgs(
            pod_selector=_selector(connection.pods),
            policy_types=["Ingress"],
            ingress=[networking.v1.NetworkPolicyIngressRuleArgs(from_=peers, ports=ports)],
        )
    return networking.v1.NetworkPolicySpecArgs(
        pod_selector=_selector(connection.pods),
        policy_types=["Egress"],
        egress=[networking.v1.NetworkPolicyEgressRuleArgs(to=peers, ports=ports)],
    )


def _peer(pods: Pods) -> networking.v1.NetworkPolicyPeerArgs:
    return networking.v1.NetworkPolicyPeerArgs(
        namespace_selector=_selector(pods.namespaces), pod_selector=_selector(pods.labels)
    )


def _range(network: str) -> networking.v1.NetworkPolicyPeerArgs:
    return networking.v1.NetworkPolicyPeerArgs(ip_block=networking.v1.IPBlockArgs(cidr=network))


def _selector(labels: Mapping[str, str | None]) -> meta.v1.LabelSelectorArgs:
    any_value = [key for key, value in labels.items() if value is None]
    return meta.v1.LabelSelectorArgs(
        match_labels={key: value for key, value in labels.items() if value is not None} or None,
        match_expressions=[meta.v1.LabelSelectorRequirementArgs(key=key, operator="Exists") for key in any_value]
        or None,
    )
