"""The Pulumi program of a platform on Kubernetes: one component for each concept, each after what it needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes

from sepp.catalogue.hub import HUB
from sepp.config.kubernetes import Kubernetes
from sepp.config.mission import Mission
from sepp.converge.inventory import arguments
from sepp.deployment import Deployment
from sepp.engine.errors import EngineError
from sepp.engine.paths import MISSIONS
from sepp.engine.stack import Stack
from sepp.report.changes import summary
from sepp.targets import rotation
from sepp.targets.certificate import Authority
from sepp.targets.kubernetes import bakery, images, names, settings_of
from sepp.targets.kubernetes.accounts import Accounts, AccountsArgs
from sepp.targets.kubernetes.claim import Claim, ClaimArgs
from sepp.targets.kubernetes.cluster import Cluster
from sepp.targets.kubernetes.configuration import Configuration, ConfigurationArgs
from sepp.targets.kubernetes.connections import connections
from sepp.targets.kubernetes.entrance import ENTRANCE, Entrance, EntranceArgs
from sepp.targets.kubernetes.identity import Identities, IdentitiesArgs, Pinning, PinningArgs
from sepp.targets.kubernetes.namespace import Namespace, NamespaceArgs
from sepp.targets.kubernetes.network import Network, NetworkArgs
from sepp.targets.kubernetes.place import Place
from sepp.targets.kubernetes.preflight import demand
from sepp.targets.kubernetes.priority import Priority, PriorityArgs
from sepp.targets.kubernetes.quota import Quota, QuotaArgs
from sepp.targets.kubernetes.reading import read
from sepp.targets.kubernetes.servers import servers
from sepp.targets.kubernetes.workload import Workload, WorkloadArgs
from sepp.targets.program import Reached, authority_of, inventory, selected
from sepp.targets.trust import believed


def program() -> None:
    """Make the platform of the selected stack; its settings are the stack's file in the current folder.

    RunError if the cluster is another than that of the last run, or lacks something.
    """
    deployment, known = selected("kubernetes")
    state = Stack(target=deployment.target, name=deployment.name).state()
    try:
        cluster = read(deployment, settings_of(deployment))
        # A preview does without images.
        unmade = () if pulumi.runtime.is_dry_run() else bakery.unmade(deployment)
        demand(deployment, settings_of(deployment), cluster, state, unmade)
    except EngineError as error:
        raise pulumi.RunError(str(error)) from None
    deploy(deployment, known, bakery.made(deployment), cluster)


def deploy(deployment: Deployment, known: tuple[Mission, ...], contents: Mapping[str, str], cluster: Cluster) -> None:
    """Register everything that a deployment consists of; `contents` are the hashes of images by name."""
    settings = settings_of(deployment)
    provider = pulumi_kubernetes.Provider(
        "kubernetes",
        context=settings.context,
        # Another name for the same cluster moves nothing.
        cluster_identifier=cluster.identity,
        # What somebody changed by hand is mended, and not an error.
        enable_patch_force=True,
        # Or new files would be other objects, and the old ones gone from under the pods that have them.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        # What a killed run made without the engine's knowledge, and what an earlier one kept.
        upsert_existing_objects=True,
    )
    opts = pulumi.ResourceOptions(provider=provider)
    Priority("priority", PriorityArgs(deployment=deployment, settings=settings), opts)
    Pinning("pinning", PinningArgs(deployment=deployment, settings=settings), opts)
    allowed = connections(deployment, settings)
    namespaces: dict[str, pulumi.Output[str]] = {}
    for area in names.areas(deployment):
        made = Namespace(area, NamespaceArgs(deployment=deployment, settings=settings, area=area), opts)
        namespaces[area] = namespace = made.namespace
        Quota(area, QuotaArgs(deployment=deployment, settings=settings, area=area, namespace=namespace), opts)
        Accounts(area, AccountsArgs(deployment=deployment, area=area, namespace=namespace), opts)
        Identities(area, IdentitiesArgs(deployment=deployment, area=area, namespace=namespace), opts)
        own = tuple(connection for connection in allowed if connection.area == area)
        Network(area, NetworkArgs(deployment=deployment, area=area, namespace=namespace, connections=own), opts)
    authority = authority_of(deployment)
    args = EntranceArgs(
        deployment=deployment, settings=settings, namespace=namespaces["core"], authority=authority.certificate
    )
    entrance = Entrance(ENTRANCE, args, opts)
    ground = _Ground(
        namespaces=namespaces,
        entrance=entrance.address,
        contents=contents,
        authority=authority,
        secrets=_of_others(deployment, cluster),
    )
    _services(deployment, known, ground, opts)
    for volume in deployment.volumes:
        namespace = namespaces[volume.area]
        args = ClaimArgs(volume=volume, deployment=deployment, settings=settings, namespace=namespace)
        Claim(volume.name, args, opts)
    pulumi.export("cluster", cluster.identity)
    pulumi.export("address", deployment.url())
    pulumi.export("summary", summary(deployment))


def _of_others(deployment: Deployment, cluster: Cluster) -> pulumi.Output[Mapping[str, str]] | None:
    """Return the secrets that services need, where the cluster has them: what else is in its Secret is not ours."""
    if cluster.secrets is None:
        return None
    return pulumi.Output.secret({name: cluster.secrets[name] for name in rotation.secrets(deployment)})


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """What services stand on: namespaces by area, the entrance's address, hashes of images by name, the authority.

    `secrets` are those that the cluster has, where the kit makes none.
    """

    namespaces: Mapping[str, pulumi.Output[str]]
    entrance: pulumi.Output[str]
    contents: Mapping[str, str]
    authority: Authority
    secrets: pulumi.Output[Mapping[str, str]] | None


def _services(
    deployment: Deployment, known: tuple[Mission, ...], ground: _Ground, opts: pulumi.ResourceOptions
) -> None:
    settings = settings_of(deployment)
    hosts = pulumi.Output.from_input({host.name: host.name for host in deployment.hosts})
    reached = Reached(
        addresses=hosts,
        connections={},
        services=names.addresses(deployment, settings),
        secrets=ground.secrets,
        servers=ground.entrance.apply(lambda address: dict(_servers(deployment, settings, ground.contents, address))),
    )
    variables = inventory(deployment, known, reached, ground.authority)
    for host in deployment.hosts:
        for service in host.services:
            args = ConfigurationArgs(
                deployment=deployment,
                area=host.area,
                service=service,
                namespace=ground.namespaces[host.area],
                variables=variables.apply(lambda all_, name=host.name, role=service: arguments(all_, name, role)),
                authority=ground.authority.certificate.apply(lambda own: believed(own, deployment.platform.tls)),
            )
            configuration = Configuration(f"{host.area}-{service}", args, opts)
            workload = WorkloadArgs(
                place=Place(deployment=deployment, settings=settings, host=host, service=service),
                namespace=ground.namespaces[host.area],
                image=_image(deployment, settings, ground.contents, host.area, service),
                configuration=configuration,
                entrance=ground.entrance,
            )
            Workload(f"{host.area}-{service}", workload, opts)


def _servers(
    deployment: Deployment, settings: Kubernetes, contents: Mapping[str, str], entrance: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give for each area with a hub what its users' servers are."""
    for host in (host for host in deployment.hosts if HUB.name in host.services):
        image = _image(deployment, settings, contents, host.area, HUB.name)
        yield host.area, servers(deployment, settings, host, image, entrance)


def _image(deployment: Deployment, settings: Kubernetes, contents: Mapping[str, str], area: str, service: str) -> str:
    recipe = images.recipe(deployment, MISSIONS, area, service)
    return images.reference(settings, recipe, contents.get(recipe.name))
