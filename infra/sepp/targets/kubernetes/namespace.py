"""A namespace: the core's, or that of a mission's area."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import core, meta

from sepp.config.kubernetes import Kubernetes
from sepp.deployment import Deployment
from sepp.targets.kubernetes import names

NAMESPACE = "kubernetes:core/v1:Namespace"
"""The type by which the engine knows namespaces."""

ENFORCE = "pod-security.kubernetes.io/enforce"
RESTRICTED, BASELINE = "restricted", "baseline"
"""By the label `ENFORCE` the cluster refuses pods that are not as the standard says
(https://kubernetes.io/docs/concepts/security/pod-security-standards/).
"""


@dataclass(frozen=True, kw_only=True)
class NamespaceArgs:
    """The deployment with its settings, and the area that the namespace is for."""

    deployment: Deployment
    settings: Kubernetes
    area: str


class Namespace(pulumi.ComponentResource):
    """A namespace. It is kept: with it the cluster would delete all claims in it.

    All pods are restricted; where tiers are kept, the policies of identities see to that, since one process is root.
    """

    namespace: pulumi.Output[str]

    def __init__(self, name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:kubernetes:Namespace", name, {}, opts)
        made = core.v1.Namespace(
            name,
            metadata=meta.v1.ObjectMetaArgs(
                name=names.namespace(args.deployment, args.settings, args.area),
                labels={
                    **names.labels(args.deployment, args.area),
                    ENFORCE: BASELINE if names.keeps_tiers(args.deployment, args.area) else RESTRICTED,
                    f"{ENFORCE}-version": "latest",
                },
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True),
        )
        self.namespace = made.metadata.apply(lambda metadata: metadata.name or "")
        self.register_outputs({})
