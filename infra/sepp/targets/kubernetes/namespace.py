"""A namespace: the core's, or that of a mission's area."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import core, meta

from sepp.config.kubernetes import Kubernetes
from sepp.deployment import Deployment
from sepp.targets.kubernetes import names

NAMESPACE = "kubernetes:core/v1:Namespace"
"""The type by which the engine knows namespaces."""

POD_SECURITY = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/enforce-version": "latest",
}
"""Labels by which the cluster refuses pods that are not restricted."""


@dataclass(frozen=True, kw_only=True)
class NamespaceArgs:
    """The deployment with its settings, and the area that the namespace is for."""

    deployment: Deployment
    settings: Kubernetes
    area: str


class Namespace(pulumi.ComponentResource):
    """A namespace, in which all pods are restricted. It is kept: with it the cluster would delete all claims in it."""

    namespace: pulumi.Output[str]

    def __init__(self, name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:kubernetes:Namespace", name, {}, opts)
        made = core.v1.Namespace(
            name,
            metadata=meta.v1.ObjectMetaArgs(
                name=names.namespace(args.deployment, args.settings, args.area),
                labels={**names.labels(args.deployment, args.area), **POD_SECURITY},
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True),
        )
        self.namespace = made.metadata.apply(lambda metadata: metadata.name or "")
        self.register_outputs({})
