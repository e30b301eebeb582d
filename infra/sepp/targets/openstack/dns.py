"""The platform's public names in the cloud's DNS."""

from dataclasses import dataclass

import pulumi
from pulumi_openstack import dns

from sepp.deployment import Deployment

_TTL_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class DnsArgs:
    """The deployment, the id of the zone, and the address that all names lead to."""

    deployment: Deployment
    zone: str
    address: pulumi.Input[str]


class Dns(pulumi.ComponentResource):
    """A record for each public name."""

    def __init__(self, name: str, args: DnsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:openstack:Dns", name, {}, opts)
        for public in args.deployment.public_names:
            dns.RecordSet(
                public,
                name=f"{public}.",
                zone_id=args.zone,
                type="A",
                ttl=_TTL_SECONDS,
                records=[args.address],
                description=f"sepp-kit, platform {args.deployment.name}",
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
