"""The Pulumi program of a platform on OpenStack: one component for each concept, each after what it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_openstack

from sepp.config.mission import Mission
from sepp.config.openstack import OpenStack
from sepp.deployment import Deployment, Host
from sepp.engine.errors import EngineError
from sepp.engine.stack import Stack
from sepp.targets.openstack import first_boot, images, settings_of, ssh
from sepp.targets.openstack.address import Address, AddressArgs
from sepp.targets.openstack.adopting import with_left
from sepp.targets.openstack.cloud import Cloud, Flavour
from sepp.targets.openstack.converge import ConvergeProvider, ssh_folder
from sepp.targets.openstack.dns import Dns, DnsArgs
from sepp.targets.openstack.flavours import JUMP
from sepp.targets.openstack.keys import ENTRY, Keys, KeysArgs
from sepp.targets.openstack.network import Network, NetworkArgs
from sepp.targets.openstack.preflight import demand
from sepp.targets.openstack.reading import read
from sepp.targets.openstack.security import Security, SecurityArgs
from sepp.targets.openstack.server import Server, ServerArgs
from sepp.targets.openstack.volume import Volume, VolumeArgs
from sepp.targets.program import Reached, authority_of, converge, inventory, selected

ENTRANCE = "entrance"


def program() -> None:
    """Make the platform of the selected stack; its settings are the stack's file in the current folder.

    RunError if the project is another than that of the last run, or lacks something.
    """
    deployment, known = selected("openstack")
    state = Stack(target=deployment.target, name=deployment.name).state()
    try:
        cloud = read(settings_of(deployment), deployment.name)
        deployment = with_left(deployment, cloud, state)
        flavours = demand(deployment, settings_of(deployment), cloud, state)
    except EngineError as error:
        raise pulumi.RunError(str(error)) from None
    deploy(deployment, known, cloud, flavours)


def deploy(deployment: Deployment, known: tuple[Mission, ...], cloud: Cloud, flavours: Mapping[str, Flavour]) -> None:
    """Register everything that a deployment consists of; `flavours` are those of its servers."""
    settings = settings_of(deployment)
    provider = pulumi_openstack.Provider("openstack", cloud=settings.cloud, region=settings.region)
    opts = pulumi.ResourceOptions(provider=provider)
    network = Network("network", NetworkArgs(deployment=deployment, settings=settings, cloud=cloud), opts)
    security = Security("security", SecurityArgs(deployment=deployment, settings=settings), opts)
    keys = Keys("keys", KeysArgs(hosts=tuple(flavours)))
    volumes = {
        volume.name: Volume(volume.name, VolumeArgs(volume=volume, deployment=deployment, settings=settings), opts)
        for volume in deployment.volumes
    }
    stands = _Stands(
        deployment=deployment,
        settings=settings,
        cloud=cloud,
        flavours=flavours,
        images={name: image for name, image in images.chosen(deployment, settings, cloud).items() if image},
        network=network,
        security=security,
        keys=keys,
        opts=opts,
    )
    disks: dict[str, pulumi.Input[str]] = {name: volume.id for name, volume in volumes.items()}
    kept: dict[str, dict[str, pulumi.Input[str]]] = {host.name: {} for host in deployment.hosts}
    for name, host in deployment.keepers().items():
        if name not in disks:
            disks[name] = cloud.volumes[settings.repositories[host.area]]
        kept[host.name][name] = disks[name]
    hosts = {host.name: stands.host(host, kept[host.name]) for host in deployment.hosts}
    jump = stands.jump() if settings.jump is None else None
    entrance = stands.public(ENTRANCE, hosts["core"])
    if settings.dns_zone is not None:
        zone = cloud.dns_zones[settings.dns_zone]
        Dns("dns", DnsArgs(deployment=deployment, zone=zone, address=entrance), opts)
    else:
        pulumi.export("records", dict.fromkeys(deployment.public_names, entrance))
    _converge(deployment, known, hosts, keys, jump and (jump, stands.public(JUMP, jump)), disks=disks)
    pulumi.export("entrance", entrance)
    pulumi.export("project", cloud.project)
    pulumi.export("flavours", {name: flavour.name for name, flavour in flavours.items()})


@dataclass(frozen=True, kw_only=True)
class _Stands:
    """What servers stand on."""

    deployment: Deployment
    settings: OpenStack
    cloud: Cloud
    flavours: Mapping[str, Flavour]
    images: Mapping[str, str]
    network: Network
    security: Security
    keys: Keys
    opts: pulumi.ResourceOptions

    def host(self, host: Host, kept: Mapping[str, pulumi.Input[str]]) -> Server:
        """Make a host with the volumes that it keeps."""
        return self._server(
            host.name, area=host.area, first_boot=first_boot.of_host, public=host.name == "core", volumes=kept
        )

    def jump(self) -> Server:
        """Make the jump host."""
        return self._server(JUMP, area="core", first_boot=first_boot.of_jump, public=True)

    def public(self, name: str, server: Server) -> pulumi.Output[str]:
        """Return a server's public address, a floating one unless it is on the provider network."""
        if server.public_address is not None:
            return server.public_address
        args = AddressArgs(
            deployment=self.deployment,
            settings=self.settings,
            cloud=self.cloud,
            port=server.port,
            way_out=self.network.way_out,
        )
        return Address(name, args, self.opts).address

    def _server(
        self,
        name: str,
        *,
        area: str,
        first_boot: Callable[[str, str, str], str],
        public: bool,
        volumes: Mapping[str, pulumi.Input[str]] | None = None,
    ) -> Server:
        user_data = self.keys.private.apply(lambda keys: first_boot(name, keys[name], keys[ENTRY]))
        return Server(
            name,
            ServerArgs(
                deployment=self.deployment,
                settings=self.settings,
                cloud=self.cloud,
                area=area,
                flavour=self.flavours[name].id,
                image=self.images[name],
                user_data=pulumi.Output.secret(user_data),
                network=self.network.network,
                subnet=self.network.subnet,
                groups=self.security.groups_of(name),
                public=public and self.settings.provider_network is not None,
                volumes=volumes or {},
            ),
            pulumi.ResourceOptions.merge(
                self.opts,
                pulumi.ResourceOptions(depends_on=[*self.network.way_out, *self.security.rules_of(name)]),
            ),
        )


def _converge(
    deployment: Deployment,
    known: tuple[Mission, ...],
    hosts: Mapping[str, Server],
    keys: Keys,
    jump: tuple[Server, pulumi.Output[str]] | None,
    *,
    disks: Mapping[str, pulumi.Input[str]],
) -> None:
    """Converge the hosts, which are reached through the jump host; `disks` are the ids of their volumes."""
    settings = settings_of(deployment)
    folder = ssh_folder(deployment.name)
    inside = jump[0].address if jump else settings.jump.inside if settings.jump else ""
    addresses = pulumi.Output.all(**{name: host.address for name, host in hosts.items()})

    def files(made: dict[str, Any]) -> dict[str, str]:
        way = ssh.jump_of(settings, made["jump"], made["keys"])
        return ssh.files(folder, way, made["addresses"], made["keys"])

    made = pulumi.Output.all(addresses=addresses, keys=keys.private, jump=jump[1] if jump else None)
    way = pulumi.Output.secret(made.apply(files))
    reached = Reached(
        addresses=addresses,
        connections={name: ssh.connection(folder, name) for name in hosts},
        ssh_sources=pulumi.Output.all(inside).apply(tuple),
        volumes=pulumi.Output.all(**disks),
    )
    variables = inventory(deployment, known, reached, authority_of(deployment))
    pulumi.export("ssh", way)
    converge(
        deployment,
        variables,
        ConvergeProvider(),
        instances={name: host.instance for name, host in hosts.items()},
        after=[*hosts.values(), *([jump[0]] if jump else [])],
        way={"ssh": way},
    )
