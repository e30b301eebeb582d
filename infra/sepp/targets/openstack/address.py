"""A public address: a floating one that leads to a server's port."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_openstack import networking

from sepp.config.openstack import OpenStack
from sepp.deployment import Deployment
from sepp.targets.openstack.cloud import Cloud
from sepp.targets.openstack.names import tags


@dataclass(frozen=True, kw_only=True)
class AddressArgs:
    """What the address is made from: the port is that to which it leads, the way out has to be there for that."""

    deployment: Deployment
    settings: OpenStack
    cloud: Cloud
    port: pulumi.Input[str]
    way_out: Sequence[pulumi.Resource]


class Address(pulumi.ComponentResource):
    """A floating address. It is kept: names in the world lead to it."""

    address: pulumi.Output[str]

    def __init__(self, name: str, args: AddressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:openstack:Address", name, {}, opts)
        made = networking.FloatingIp(
            name,
            pool=args.cloud.outside[args.settings.external_network or ""],
            tags=tags(args.deployment, "core"),
            opts=pulumi.ResourceOptions(
                parent=self, protect=True, retain_on_delete=True, import_=args.settings.adopt.get(name)
            ),
        )
        networking.FloatingIpAssociate(
            name,
            floating_ip=made.address,
            port_id=args.port,
            # Not the address itself: `destroy` keeps it, and with it everything that it depends on.
            # A port has one address: the old one leaves it before another one comes.
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.way_out, delete_before_replace=True),
        )
        self.address = made.address
        self.register_outputs({})
