"""What the Pulumi programs of all targets have in common: what they are made from, and what all hosts are told."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pulumi

from sepp import deployment as model
from sepp.config.load import ConfigErrors, load, load_mission
from sepp.config.mission import Mission
from sepp.converge.inventory import Inventory, build
from sepp.deployment import Context, Deployment
from sepp.engine.errors import EngineError
from sepp.engine.paths import MISSIONS
from sepp.plan import plan
from sepp.report.changes import summary
from sepp.targets import rotation
from sepp.targets.certificate import Authority, AuthorityArgs, Certificate, CertificateArgs
from sepp.targets.converge import Converge, ConvergeArgs, ConvergeProvider
from sepp.targets.given import given_certificate
from sepp.targets.secret import Secrets, SecretsArgs
from sepp.targets.trust import believed, check_authority


def selected(target: str) -> tuple[Deployment, tuple[Mission, ...]]:
    """Plan the platform of the selected stack, whose settings are the stack's file in the current folder.

    Returns also all missions of the checkout that can be read. RunError if the configuration is faulty, or if the
    operator's certificate cannot serve: what is registered before that is found out would be made.
    """
    name = pulumi.get_stack()
    try:
        platform, missions = load(Path(f"Pulumi.{name}.yaml").resolve(), MISSIONS)
        deployment = plan(platform, missions, name=name, target=target)
        check_authority(platform.tls)
        given_certificate(platform.tls, deployment.public_names)
    except (ConfigErrors, EngineError) as error:
        raise pulumi.RunError(str(error)) from None
    return deployment, tuple(_known())


@dataclass(frozen=True, kw_only=True)
class Reached:
    """How hosts are reached: `addresses` and `connections` (Ansible's variables) by host, and where ssh comes from.

    `volumes` are ids by name, where hosts get volumes as disks. `services` are names by area and service, where each
    service has its own. `secrets` are those that others have made. `servers` are what users' servers are by area,
    where they are pods.
    """

    addresses: pulumi.Output[dict[str, str]]
    connections: Mapping[str, Mapping[str, str]]
    ssh_sources: pulumi.Input[tuple[str, ...]] = ("any",)
    volumes: pulumi.Input[Mapping[str, str]] = field(default_factory=dict[str, str])
    services: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: pulumi.Output[Mapping[str, str]] | None = None
    servers: pulumi.Input[Mapping[str, Mapping[str, Any]]] = field(default_factory=dict[str, Mapping[str, Any]])


def authority_of(deployment: Deployment) -> Authority:
    """Register the platform's authority, and export its certificate."""
    args = AuthorityArgs(target=deployment.target, title=deployment.platform.title)
    authority = Authority("authority", args)
    pulumi.export("authority", authority.certificate)
    return authority


def inventory(
    deployment: Deployment, known: tuple[Mission, ...], reached: Reached, authority: Authority
) -> pulumi.Output[Inventory]:
    """Make secrets and certificates, and from them all hosts' variables; all of it is secret."""
    target = deployment.target
    names = tuple(rotation.generated(deployment))
    secrets = Secrets("secrets", SecretsArgs(target=target, names=names, rotated=rotation.asked()))
    values = reached.secrets or secrets.values
    pulumi.export("secrets", values)

    def certificate(name: str, names: tuple[str, ...]) -> pulumi.Output[dict[str, str]]:
        generation = secrets.generation(rotation.of_certificate(name))
        args = CertificateArgs(target=target, names=names, authority=authority, generation=generation)
        made = Certificate(name, args)
        return pulumi.Output.all(certificate=made.certificate, key=made.key)

    certificates = {
        "directory": certificate("directory", (reached.services.get("core/directory", "core"),)),
        "entrance": _given(deployment) or certificate("entrance", deployment.public_names),
    }

    def contexts(made: dict[str, Any]) -> Inventory:
        return build(
            Context(
                deployment=deployment,
                host=host,
                addresses=made["addresses"],
                secrets=made["secrets"],
                authority=believed(made["authority"], deployment.platform.tls),
                certificates={name: model.Certificate(**pair) for name, pair in made["certificates"].items()},
                connection=reached.connections.get(host.name, {}),
                ssh_sources=tuple(made["ssh_sources"]),
                volumes=made["volumes"],
                services=reached.services,
                servers=made["servers"].get(host.area, {}),
                configs=MISSIONS,
                known=known,
            )
            for host in deployment.hosts
        )

    made = pulumi.Output.all(
        addresses=reached.addresses,
        secrets=values,
        authority=authority.certificate,
        certificates=pulumi.Output.all(**certificates),
        ssh_sources=reached.ssh_sources,
        volumes=reached.volumes,
        servers=reached.servers,
    )
    return pulumi.Output.secret(made.apply(contexts))


def converge(
    deployment: Deployment,
    inventory: pulumi.Output[Inventory],
    provider: ConvergeProvider,
    *,
    instances: Mapping[str, pulumi.Output[str]],
    after: Sequence[pulumi.Resource],
    way: Mapping[str, pulumi.Input[Any]],
) -> None:
    """Converge the hosts, once the resources `after` stand, and export what the kit asks a stack for."""
    pulumi.export("inventory", pulumi.Output.secret(inventory.apply(json.dumps)))
    Converge(
        "converge",
        ConvergeArgs(
            target=deployment.target,
            provider=provider,
            platform=deployment.name,
            inventory=inventory,
            instances=instances,
            full=os.environ.get("SEPP_FULL") == "1",
            way=way,
        ),
        pulumi.ResourceOptions(depends_on=after),
    )
    pulumi.export("address", deployment.url())
    pulumi.export("summary", summary(deployment))


def _known() -> Iterator[Mission]:
    """Give the missions of the folder; one that is just being written does not stop a platform without it."""
    for path in sorted(MISSIONS.glob("*.yaml")):
        try:
            yield load_mission(path)
        except ConfigErrors:
            continue


def _given(deployment: Deployment) -> pulumi.Output[dict[str, str]] | None:
    """Return the operator's certificate of the public names, if there is one."""
    given = given_certificate(deployment.platform.tls, deployment.public_names)
    return pulumi.Output.secret(asdict(given)) if given else None
