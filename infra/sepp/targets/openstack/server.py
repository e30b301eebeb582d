"""A server with its place on the network; hosts of the platform and the jump host are both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_openstack import compute, networking

from sepp.config.openstack import OpenStack
from sepp.deployment import Deployment
from sepp.targets.marks import marks
from sepp.targets.openstack.cloud import Cloud
from sepp.targets.openstack.names import cloud_name, tags


@dataclass(frozen=True, kw_only=True)
class ServerArgs:
    """What a server is made from. `image` (an id) and `user_data` count only when it is made; `flavour` is an id.

    `public` gives it a second place, on the provider network. `volumes` are ids by name.
    """

    deployment: Deployment
    settings: OpenStack
    cloud: Cloud
    area: str
    flavour: str
    image: str
    user_data: pulumi.Input[str]
    network: pulumi.Input[str]
    subnet: pulumi.Input[str]
    groups: Sequence[pulumi.Input[str]]
    public: bool = False
    volumes: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])


class Server(pulumi.ComponentResource):
    """A server: `port` and `address` are its place inside, `public_address` that on the provider network, if any.

    `instance` changes when it was made anew.
    """

    port: pulumi.Output[str]
    address: pulumi.Output[str]
    public_address: pulumi.Output[str] | None
    instance: pulumi.Output[str]

    def __init__(self, name: str, args: ServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:openstack:Server", name, {}, opts)
        own = pulumi.ResourceOptions(parent=self)
        inside = self._port(name, args, args.network, [networking.PortFixedIpArgs(subnet_id=args.subnet)])
        ports = [inside]
        self.public_address = None
        if args.public:
            outside = self._port(
                f"{name}-public", args, args.cloud.networks[args.settings.provider_network or ""], None
            )
            self.public_address = _first(outside)
            ports.append(outside)
        server = compute.Instance(
            name,
            name=cloud_name(args.deployment, name),
            flavor_id=args.flavour,
            image_id=args.image,
            availability_zone=args.settings.zone,
            config_drive=True,
            user_data=args.user_data,
            networks=[compute.InstanceNetworkArgs(port=port.id) for port in ports],
            metadata=marks(args.deployment, args.area),
            # With it an `up` starts a server that somebody stopped.
            power_state="active",
            opts=pulumi.ResourceOptions(
                parent=self,
                # A changed image or first boot would replace the server: an update renews hosts one after the other.
                ignore_changes=["imageId", "imageName", "userData", "availabilityZone"],
                # Its ports and volumes are free for the next one only then.
                delete_before_replace=True,
            ),
        )
        for volume, volume_id in args.volumes.items():
            compute.VolumeAttach(volume, instance_id=server.id, volume_id=volume_id, opts=own)
        self.port, self.address, self.instance = inside.id, _first(inside), server.id
        self.register_outputs({})

    def _port(
        self,
        name: str,
        args: ServerArgs,
        network: pulumi.Input[str],
        fixed_ips: Sequence[networking.PortFixedIpArgs] | None,
    ) -> networking.Port:
        return networking.Port(
            name,
            name=cloud_name(args.deployment, name),
            network_id=network,
            fixed_ips=fixed_ips,
            security_group_ids=list(args.groups),
            tags=tags(args.deployment, args.area),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _first(port: networking.Port) -> pulumi.Output[str]:
    return port.all_fixed_ips.apply(lambda addresses: addresses[0])
