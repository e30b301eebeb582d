"""The Pulumi program of a local platform: one component for each concept, in the order in which they need another."""

from collections.abc import Mapping

import pulumi

from sepp import deployment as model
from sepp.config.mission import Mission
from sepp.deployment import Deployment
from sepp.targets.local.addresses import address
from sepp.targets.local.converge import ConvergeProvider
from sepp.targets.local.host import Host, HostArgs
from sepp.targets.local.image import Image, ImageArgs
from sepp.targets.local.network import Network, NetworkArgs
from sepp.targets.local.podman import HostSpec, host_spec
from sepp.targets.local.volume import Volume, VolumeArgs
from sepp.targets.local.volumes import volume_spec, volumes_folder
from sepp.targets.program import Reached, authority_of, converge, inventory, selected


def program() -> None:
    """Make the platform of the selected stack; its settings are the stack's file in the current folder."""
    deploy(*selected("local"))


def deploy(deployment: Deployment, known: tuple[Mission, ...]) -> None:
    """Register everything that a deployment consists of."""
    volumes = {
        volume.name: Volume(volume.name, VolumeArgs(spec=volume_spec(deployment, volume)))
        for volume in deployment.volumes
    }
    network = Network(
        "network",
        NetworkArgs(
            platform=deployment.name,
            subnet=deployment.platform.local.subnet,
            missions=tuple(mission.mission for mission in deployment.missions),
        ),
    )
    addresses = network.slots.apply(lambda slots: _addresses(deployment, slots))
    hosts = _hosts(deployment, network, volumes, addresses)
    variables = inventory(deployment, known, Reached(addresses=addresses, connections={}), authority_of(deployment))
    converge(
        deployment,
        variables,
        ConvergeProvider(),
        instances={name: host.instance for name, host in hosts.items()},
        after=list(hosts.values()),
        way={},
    )
    pulumi.export("data", str(volumes_folder(deployment)))


def _addresses(deployment: Deployment, slots: Mapping[str, int]) -> dict[str, str]:
    subnet = deployment.platform.local.subnet
    return {host.name: address(host, slots, subnet) for host in deployment.hosts}


def _hosts(
    deployment: Deployment,
    network: Network,
    volumes: Mapping[str, Volume],
    addresses: pulumi.Output[dict[str, str]],
) -> dict[str, Host]:
    images = {
        services: Image("-".join(services), ImageArgs(services=services)) for services in _service_sets(deployment)
    }
    folders = {volume.name: volume_spec(deployment, volume).folder for volume in deployment.volumes}

    def spec(host: model.Host) -> pulumi.Output[HostSpec]:
        return addresses.apply(lambda by_name: host_spec(deployment, host, by_name[host.name], folders))

    return {
        host.name: Host(
            host.name,
            HostArgs(spec=spec(host), image=images[host.services].tag),
            pulumi.ResourceOptions(
                depends_on=[network, *(volumes[mount.volume] for mount in host.mounts if mount.volume)]
            ),
        )
        for host in deployment.hosts
    }


def _service_sets(deployment: Deployment) -> tuple[tuple[str, ...], ...]:
    return tuple(dict.fromkeys(host.services for host in deployment.hosts))
