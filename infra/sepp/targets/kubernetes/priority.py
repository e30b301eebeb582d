"""Which pods go first where the cluster is full."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import meta, scheduling

from sepp.config.kubernetes import Kubernetes
from sepp.deployment import Deployment
from sepp.targets.kubernetes import names

SERVICES = "services"
SERVERS = "servers"
_VALUES = {SERVICES: 1_000_000, SERVERS: 100_000}


@dataclass(frozen=True, kw_only=True)
class PriorityArgs:
    """The deployment with its settings."""

    deployment: Deployment
    settings: Kubernetes


class Priority(pulumi.ComponentResource):
    """Services may push out servers of users; these push out nobody."""

    def __init__(self, name: str, args: PriorityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:kubernetes:Priority", name, {}, opts)
        for kind, value in _VALUES.items():
            scheduling.v1.PriorityClass(
                kind,
                metadata=meta.v1.ObjectMetaArgs(
                    name=names.cluster_name(args.deployment, args.settings, kind),
                    labels=names.labels(args.deployment, "core"),
                ),
                value=value,
                preemption_policy="PreemptLowerPriority" if kind == SERVICES else "Never",
                description=f"{kind} of the platform {args.deployment.name}",
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
