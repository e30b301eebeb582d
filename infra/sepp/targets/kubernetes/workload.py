"""A service as the cluster runs it: its pod, and the name by which others find it."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import apps, batch, core, meta

from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.configuration import Configuration
from sepp.targets.kubernetes.place import Part, Place
from sepp.targets.kubernetes.pod import job, template


@dataclass(frozen=True, kw_only=True)
class WorkloadArgs:
    """The service and where it is, the namespace of its area, its image, its configuration, the entrance's address."""

    place: Place
    namespace: pulumi.Input[str]
    image: str
    configuration: Configuration
    entrance: pulumi.Output[str]


class Workload(pulumi.ComponentResource):
    """The pods of a service, one for each part, with their Services; and what runs of it now and then.

    A part with data is a StatefulSet: never two pods write them at the same time.
    """

    def __init__(self, name: str, args: WorkloadArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sepp:kubernetes:Workload", name, {}, opts)
        made = pulumi.Output.all(args.configuration.files, args.entrance)
        for part in args.place.parts:
            # Of files a pod shows paths, their hash, and what the unit says, which everybody on a host may read.
            pod = made.apply(lambda made, part=part: template(part, args.image, *made))
            self._stays(args, part, pulumi.Output.unsecret(pod))
        for part in args.place.jobs:
            spec = pulumi.Output.unsecret(made.apply(lambda made, part=part: job(part, args.image, *made)))
            batch.v1.CronJob(_named(part), metadata=_metadata(part, args), spec=spec, opts=self._after(args))
        self.register_outputs({})

    def _after(self, args: WorkloadArgs) -> pulumi.ResourceOptions:
        # A pod that starts before its files are new has read the old ones, for as long as it runs.
        return pulumi.ResourceOptions(parent=self, depends_on=[args.configuration])

    def _stays(self, args: WorkloadArgs, part: Part, pod: pulumi.Output[core.v1.PodTemplateSpecArgs]) -> None:
        name, metadata = _named(part), _metadata(part, args)
        selector = meta.v1.LabelSelectorArgs(match_labels=part.labels)
        if part.keeps_data:
            stateful = apps.v1.StatefulSetSpecArgs(
                replicas=1,
                service_name=part.called,
                selector=selector,
                template=pod,
                # Or a pod that cannot start would never be replaced by a better one:
                # https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback.
                pod_management_policy="Parallel",
            )
            apps.v1.StatefulSet(name, metadata=metadata, spec=stateful, opts=self._after(args))
        else:
            spec = apps.v1.DeploymentSpecArgs(replicas=1, selector=selector, template=pod)
            apps.v1.Deployment(name, metadata=metadata, spec=spec, opts=self._after(args))
        ports = [
            core.v1.ServicePortArgs(name=port, protocol="TCP", port=part.place.number(port)) for port in part.ports
        ]
        service = core.v1.ServiceSpecArgs(selector=part.labels, ports=ports)
        core.v1.Service(name, metadata=metadata, spec=service, opts=self._after(args))


def _named(part: Part) -> str:
    return f"{part.place.host.area}-{part.called}"


def _metadata(part: Part, args: WorkloadArgs) -> meta.v1.ObjectMetaArgs:
    return meta.v1.ObjectMetaArgs(
        name=part.called,
        namespace=args.namespace,
        labels=names.labels(part.place.deployment, part.place.host.area),
        # What does not start is told with its reason, after all have been made.
        annotations={"pulumi.com/skipAwait": "true"},
    )
