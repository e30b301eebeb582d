"""What an area may use of the cluster, and what one pod of it may."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import core, meta

from sepp.catalogue import CATALOGUE
from sepp.catalogue.service import Size
from sepp.config.kubernetes import Kubernetes
from sepp.deployment import Deployment
from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.quantities import bytes_of, cores


@dataclass(frozen=True, kw_only=True)
class QuotaArgs:
    """The deployment with its settings, and the area with the namespace that the quota is for."""

    deployment: Deployment
    settings: Kubernetes
    area: str
    namespace: pulumi.Input[str]


class Quota(pulumi.ComponentResource):
    """The quota of a namespace, and the limits of its pods."""

    def __init__(self, name: str, args: QuotaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:kubernetes:Quota", name, {}, opts)
        own = pulumi.ResourceOptions(parent=self)
        metadata = meta.v1.ObjectMetaArgs(
            name="area", namespace=args.namespace, labels=names.labels(args.deployment, args.area)
        )
        core.v1.ResourceQuota(
            name,
            metadata=metadata,
            spec=core.v1.ResourceQuotaSpecArgs(hard=hard(args.deployment, args.settings, args.area)),
            opts=own,
        )
        least, most = server_sizes(args.deployment, args.area)
        core.v1.LimitRange(
            name,
            metadata=metadata,
            spec=core.v1.LimitRangeSpecArgs(
                limits=[
                    core.v1.LimitRangeItemArgs(
                        type="Container", default=_written(least), default_request=_written(least), max=_written(most)
                    ),
                    core.v1.LimitRangeItemArgs(type="Pod", max=_written(most)),
                ]
            ),
            opts=own,
        )
        self.register_outputs({})


def hard(deployment: Deployment, settings: Kubernetes, area: str) -> dict[str, str]:
    """Return the quota of an area: the sizes of its hosts, its claims, and no way in from outside but the entrance.

    All services may be there twice for a while: new secrets renew them all at once.
    """
    hosts = [host for host in deployment.hosts if host.area == area]
    services = service_sizes(deployment, area)
    computing = Size(
        cpu=sum(size.cpu for size in (*hosts, *services)), memory=sum(size.memory for size in (*hosts, *services))
    )
    volumes = [volume for volume in deployment.volumes if volume.area == area]
    kind = settings.entrance.kind if area == "core" else ""
    return {
        # As on a host, what users' servers may have at most adds up to more than there is.
        **{f"requests.{key}": value for key, value in _written(computing).items()},
        "requests.storage": bytes_of(sum(volume.size for volume in volumes)),
        "persistentvolumeclaims": str(len(volumes)),
        # A load balancer has a port of the nodes as well.
        "services.nodeports": str(int(kind in ("node_port", "load_balancer"))),
        "services.loadbalancers": str(int(kind == "load_balancer")),
    }


def server_sizes(deployment: Deployment, area: str) -> tuple[Size, Size]:
    """Return what a pod of an area gets that says nothing, and the most that one can have."""
    services = service_sizes(deployment, area)
    actors = deployment.mission(area).actors.values() if names.has_users(deployment, area) else ()
    users = [Size(cpu=actor.limits.cpu, memory=actor.limits.memory) for actor in actors]
    return _least(users or services), _most([*services, *users])


def service_sizes(deployment: Deployment, area: str) -> list[Size]:
    """Return what each service of an area needs."""
    return [CATALOGUE[name].size for name in names.services(deployment, area)]


def _most(sizes: list[Size]) -> Size:
    return Size(cpu=max(size.cpu for size in sizes), memory=max(size.memory for size in sizes))


def _least(sizes: list[Size]) -> Size:
    return Size(cpu=min(size.cpu for size in sizes), memory=min(size.memory for size in sizes))


def _written(size: Size) -> dict[str, str]:
    return {"cpu": cores(size.cpu), "memory": bytes_of(size.memory)}
