"""A volume: data that outlives hosts."""

from dataclasses import dataclass

import pulumi
from pulumi_openstack import blockstorage

from sepp import deployment as model
from sepp.config.openstack import OpenStack
from sepp.config.units import GIB
from sepp.deployment import Deployment
from sepp.targets.marks import marks
from sepp.targets.openstack.names import cloud_name

VOLUME = "openstack:blockstorage/volume:Volume"
"""The type by which the engine knows volumes."""


@dataclass(frozen=True, kw_only=True)
class VolumeArgs:
    """The volume of the plan, and the deployment with its settings."""

    volume: model.Volume
    deployment: Deployment
    settings: OpenStack


class Volume(pulumi.ComponentResource):
    """A volume of the platform: never deleted with the platform, grown while in use."""

    id: pulumi.Output[str]

    def __init__(self, name: str, args: VolumeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:openstack:Volume", name, {}, opts)
        volume = args.volume
        made = blockstorage.Volume(
            name,
            name=cloud_name(args.deployment, volume.name),
            size=gibibytes(volume.size),
            volume_type=volume_type(args.settings, volume),
            availability_zone=args.settings.volume_zone,
            enable_online_resize=True,
            metadata=marks(args.deployment, volume.area),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=True,
                retain_on_delete=True,
                import_=args.settings.adopt.get(volume.name),
                # What was adopted keeps its name, and a volume its zone, which may have been the cloud's choice.
                ignore_changes=["availabilityZone", "name"],
            ),
        )
        self.id = made.id
        self.register_outputs({})


def gibibytes(size: int) -> int:
    """Return a size in bytes as Cinder counts: in GiB, rounded up."""
    return -(-size // GIB)


def volume_type(settings: OpenStack, volume: model.Volume) -> str | None:
    """Return the type of a volume; None for the cloud's default."""
    named = settings.volume(volume.name, volume.tier)
    return (named.type if named else None) or settings.volume_type
