"""The Pulumi program of a local platform: one component for each concept, in the order in which they need another."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pulumi

from sepp import deployment as model
from sepp.catalogue import CATALOGUE
from sepp.config.load import ConfigErrors, load, load_mission
from sepp.config.mission import Mission
from sepp.converge.inventory import Inventory, build
from sepp.deployment import Context, Deployment
from sepp.engine.paths import ROOT
from sepp.plan import plan
from sepp.report.changes import summary
from sepp.targets.given import given_certificate
from sepp.targets.local.addresses import address
from sepp.targets.local.certificate import Authority, AuthorityArgs, Certificate, CertificateArgs
from sepp.targets.local.converge import Converge, ConvergeArgs
from sepp.targets.local.host import Host, HostArgs
from sepp.targets.local.image import Image, ImageArgs
from sepp.targets.local.network import Network, NetworkArgs
from sepp.targets.local.podman import HostSpec, host_spec
from sepp.targets.local.secret import Secrets, SecretsArgs
from sepp.targets.local.volume import Volume, VolumeArgs
from sepp.targets.local.volumes import volume_spec, volumes_folder

MISSIONS = ROOT / "mission_configs"


def program() -> None:
    """Make the platform of the selected stack; its settings are the stack's file in the current folder."""
    name = pulumi.get_stack()
    try:
        platform, missions = load(Path(f"Pulumi.{name}.yaml").resolve(), MISSIONS)
    except ConfigErrors as errors:
        raise pulumi.RunError(str(errors)) from None
    deploy(plan(platform, missions, name=name, target="local"), tuple(_known()))


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
    inventory = _inventory(deployment, known, addresses)
    pulumi.export("inventory", pulumi.Output.secret(inventory.apply(json.dumps)))
    Converge(
        "converge",
        ConvergeArgs(
            platform=deployment.name,
            inventory=inventory,
            instances={name: host.instance for name, host in hosts.items()},
            full=os.environ.get("SEPP_FULL") == "1",
        ),
        pulumi.ResourceOptions(depends_on=list(hosts.values())),
    )
    pulumi.export("address", deployment.url())
    pulumi.export("data", str(volumes_folder(deployment)))
    pulumi.export("summary", summary(deployment))


def _known() -> Iterator[Mission]:
    """Give the missions of the folder; one that is just being written does not stop a platform without it."""
    for path in sorted(MISSIONS.glob("*.yaml")):
        try:
            yield load_mission(path)
        except ConfigErrors:
            continue


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


def _inventory(
    deployment: Deployment, known: tuple[Mission, ...], addresses: pulumi.Output[dict[str, str]]
) -> pulumi.Output[Inventory]:
    """Make all hosts' variables from what is known only when it is made; all of it is secret."""
    services = dict.fromkeys(service for host in deployment.hosts for service in host.services)
    names = tuple(sorted({name for service in services for name in CATALOGUE[service].secrets}))
    secrets = Secrets("secrets", SecretsArgs(names=names))
    authority = Authority("authority", AuthorityArgs(title=deployment.platform.title))
    pulumi.export("authority", authority.certificate)
    pulumi.export("secrets", secrets.values)
    certificates = {
        "directory": _pair(Certificate("directory", CertificateArgs(names=("core",), authority=authority))),
        "entrance": _entrance(deployment, authority),
    }

    def contexts(made: dict[str, Any]) -> Inventory:
        return build(
            Context(
                deployment=deployment,
                host=host,
                addresses=made["addresses"],
                secrets=made["secrets"],
                authority=made["authority"],
                certificates={name: model.Certificate(**pair) for name, pair in made["certificates"].items()},
                configs=MISSIONS,
                known=known,
            )
            for host in deployment.hosts
        )

    made = pulumi.Output.all(
        addresses=addresses,
        secrets=secrets.values,
        authority=authority.certificate,
        certificates=pulumi.Output.all(**certificates),
    )
    return pulumi.Output.secret(made.apply(contexts))


def _entrance(deployment: Deployment, authority: Authority) -> pulumi.Output[dict[str, str]]:
    """Return the certificate of the public names: the operator's if there is one."""
    given = deployment.platform.tls.given
    if given is not None:
        return pulumi.Output.secret(asdict(given_certificate(given, deployment.public_names)))
    return _pair(Certificate("entrance", CertificateArgs(names=deployment.public_names, authority=authority)))


def _pair(certificate: Certificate) -> pulumi.Output[dict[str, str]]:
    return pulumi.Output.all(certificate=certificate.certificate, key=certificate.key)
