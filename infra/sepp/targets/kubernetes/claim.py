"""A claim: data that outlives pods."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import core, meta

from sepp import deployment as model
from sepp.config.kubernetes import AccessMode, Kubernetes
from sepp.deployment import Deployment
from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.quantities import bytes_of

CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
"""The type by which the engine knows claims."""


@dataclass(frozen=True, kw_only=True)
class ClaimArgs:
    """The volume of the plan, the deployment with its settings, and the namespace that the claim is in."""

    volume: model.Volume
    deployment: Deployment
    settings: Kubernetes
    namespace: pulumi.Input[str]


class Claim(pulumi.ComponentResource):
    """A claim of the platform: never deleted with the platform."""

    def __init__(self, name: str, args: ClaimArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:kubernetes:Claim", name, {}, opts)
        volume = args.volume
        core.v1.PersistentVolumeClaim(
            name,
            metadata=meta.v1.ObjectMetaArgs(
                name=volume.name,
                namespace=args.namespace,
                labels=names.labels(args.deployment, volume.area),
                # Many classes make a volume only when a pod wants it: the engine would wait for that.
                annotations={"pulumi.com/skipAwait": "true"},
            ),
            spec=core.v1.PersistentVolumeClaimSpecArgs(
                access_modes=[access_mode(args.settings, volume)],
                storage_class_name=storage_class(args.settings, volume),
                resources=core.v1.VolumeResourceRequirementsArgs(requests={"storage": bytes_of(volume.size)}),
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True),
        )
        self.register_outputs({})


def storage_class(settings: Kubernetes, volume: model.Volume) -> str | None:
    """Return the class of a volume; None for the cluster's default."""
    if volume.tier is None:
        return settings.data_class
    named = settings.volume(volume.name, volume.tier)
    return (named.storage_class if named else None) or settings.storage_class


def access_mode(settings: Kubernetes, volume: model.Volume) -> AccessMode:
    """Return from where a volume is used: a service's own from one pod, a tier from many."""
    if volume.tier is None:
        return "ReadWriteOnce"
    named = settings.volume(volume.name, volume.tier)
    return (named.access_mode if named else None) or settings.access_mode
