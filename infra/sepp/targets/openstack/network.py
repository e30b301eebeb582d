"""The platform's network: its own with a way out, or one that the project has already."""

from dataclasses import dataclass

import pulumi
from pulumi_openstack import networking

from sepp.config.openstack import OpenStack
from sepp.deployment import Deployment
from sepp.targets.openstack.cloud import Cloud
from sepp.targets.openstack.names import cloud_name, tags


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """The deployment with its settings, and what the project offers."""

    deployment: Deployment
    settings: OpenStack
    cloud: Cloud


class Network(pulumi.ComponentResource):
    """The network of the hosts; `way_out` is what has to be there before hosts can reach the outside."""

    network: pulumi.Input[str]
    subnet: pulumi.Input[str]
    way_out: list[pulumi.Resource]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:openstack:Network", name, {}, opts)
        existing = args.settings.network
        if existing is not None:
            self.network = args.cloud.networks[existing.network]
            self.subnet = args.cloud.subnets[existing.subnet]
            self.way_out = []
        else:
            self._make(name, args)
        self.register_outputs({})

    def _make(self, name: str, args: NetworkArgs) -> None:
        own = pulumi.ResourceOptions(parent=self)
        called = cloud_name(args.deployment, name)
        marks = tags(args.deployment, "core")
        network = networking.Network(name, name=called, tags=marks, opts=own)
        subnet = networking.Subnet(
            name,
            name=called,
            network_id=network.id,
            cidr=args.settings.subnet,
            ip_version=4,
            dns_nameservers=list(args.settings.nameservers) or None,
            tags=marks,
            opts=own,
        )
        interface = networking.RouterInterface(name, router_id=self._router(name, args), subnet_id=subnet.id, opts=own)
        self.network, self.subnet, self.way_out = network.id, subnet.id, [interface]

    def _router(self, name: str, args: NetworkArgs) -> pulumi.Input[str]:
        if args.settings.router is not None:
            return args.cloud.routers[args.settings.router]
        router = networking.Router(
            name,
            name=cloud_name(args.deployment, name),
            external_network_id=args.cloud.external_networks[args.settings.external_network or ""],
            tags=tags(args.deployment, "core"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return router.id
