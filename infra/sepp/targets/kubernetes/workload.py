"""A service as the cluster runs it: its pod, and the name by which others find it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import apps, batch, core, meta

from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.files import File
from sepp.targets.kubernetes.place import Place
from sepp.targets.kubernetes.pod import STAYS, job, labels, template


@dataclass(frozen=True, kw_only=True)
class WorkloadArgs:
    """The service and where it is, the namespace of its area, its image, and its files."""

    place: Place
    namespace: pulumi.Input[str]
    image: str
    files: pulumi.Output[Sequence[File]]


class Workload(pulumi.ComponentResource):
    """One pod of a service, and its Service; and what runs of it now and then.

    A service with data of its own is a StatefulSet: never two pods write them at the same time.
    """

    def __init__(self, name: str, args: WorkloadArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:kubernetes:Workload", name, {}, opts)
        place, below = args.place, pulumi.ResourceOptions(parent=self)
        metadata, stays = _metadata(args, place.service), labels(place, STAYS)
        selector = meta.v1.LabelSelectorArgs(match_labels=stays)
        # Of files a pod shows paths, their hash, and what the unit says, which everybody on a host may read.
        pod = pulumi.Output.unsecret(args.files.apply(lambda files: template(place, args.image, files)))
        if place.data or place.tiers:
            stateful = apps.v1.StatefulSetSpecArgs(
                replicas=1, service_name=place.service, selector=selector, template=pod
            )
            apps.v1.StatefulSet(name, metadata=metadata, spec=stateful, opts=below)
        else:
            spec = apps.v1.DeploymentSpecArgs(replicas=1, selector=selector, template=pod)
            apps.v1.Deployment(name, metadata=metadata, spec=spec, opts=below)
        core.v1.Service(
            name,
            metadata=metadata,
            spec=core.v1.ServiceSpecArgs(
                selector=stays,
                ports=[
                    core.v1.ServicePortArgs(name=port, protocol="TCP", port=place.number(port)) for port in place.ports
                ],
            ),
            opts=below,
        )
        for process in (process for process in place.processes if process.now_and_then):
            run = args.files.apply(lambda files, process=process: job(place, process, args.image, files))
            metadata = _metadata(args, f"{place.service}-{process.name}")
            batch.v1.CronJob(f"{name}-{process.name}", metadata=metadata, spec=pulumi.Output.unsecret(run), opts=below)
        self.register_outputs({})


def _metadata(args: WorkloadArgs, name: str) -> meta.v1.ObjectMetaArgs:
    return meta.v1.ObjectMetaArgs(
        name=name,
        namespace=args.namespace,
        labels=names.labels(args.place.deployment, args.place.host.area),
        # What does not start is told with its reason, after all have been made.
        annotations={"pulumi.com/skipAwait": "true"},
    )
