"""A pod of a service: its image with its files, started as its units say, with no more rights than it needs. Pure."""

from collections.abc import Sequence

from pulumi_kubernetes import batch, core, meta

from sepp.converge.hashes import digest
from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.accounts import RIGHTS
from sepp.targets.kubernetes.files import File
from sepp.targets.kubernetes.images import number
from sepp.targets.kubernetes.place import Part
from sepp.targets.kubernetes.priority import SERVICES
from sepp.targets.kubernetes.process import container, running, volumes

FILES = "sepp/files"
"""Annotation of pods: a hash of their files, so that other files are another pod."""

_FIRST_OPEN_PORT = 1024
_TRIES = 3
_LATE_SECONDS = 12 * 3600


def template(
    part: Part, image: str, files: Sequence[File], entrance: str, *, restart_policy: str | None = None
) -> core.v1.PodTemplateSpecArgs:
    """Return the pod of a part of a service; ValueError if a unit is none that a container can be.

    `entrance` is the address at which it finds the platform's public names, as hosts do.
    """
    place, all_ = part.place, [running(part.place, process, files) for process in part.processes]
    own = number(place.service)
    drains = not part.keeps_data and restart_policy is None
    low = any(place.number(port) < _FIRST_OPEN_PORT for port in part.ports)
    return core.v1.PodTemplateSpecArgs(
        metadata=meta.v1.ObjectMetaArgs(labels=part.labels, annotations={FILES: _digest(files)}),
        spec=core.v1.PodSpecArgs(
            service_account_name=place.service,
            automount_service_account_token=part.main and place.service in RIGHTS,
            enable_service_links=False,
            priority_class_name=names.cluster_name(place.deployment, place.settings, SERVICES),
            termination_grace_period_seconds=max(each.how.stop_seconds for each in all_),
            restart_policy=restart_policy,
            host_aliases=[
                core.v1.HostAliasArgs(
                    ip=entrance, hostnames=[*names.public(place.deployment, place.host.area, place.service)]
                )
            ],
            security_context=core.v1.PodSecurityContextArgs(
                run_as_non_root=True,
                run_as_user=own,
                run_as_group=own,
                supplemental_groups_policy="Strict",
                # A new claim is root's.
                fs_group=own if place.data and part.keeps_data else None,
                seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault"),
                sysctls=[core.v1.SysctlArgs(name="net.ipv4.ip_unprivileged_port_start", value="0")] if low else None,
            ),
            containers=[container(each, image, all_, drains=drains) for each in all_],
            volumes=[*volumes(all_)],
        ),
    )


def job(part: Part, image: str, files: Sequence[File], entrance: str) -> batch.v1.CronJobSpecArgs:
    """Return what runs a process by its calendar; ValueError if its unit is none that a container can be."""
    [process] = part.processes
    when = running(part.place, process, files).when
    if when is None or when.calendar is None:
        raise ValueError(f"{process.unit} has no calendar")
    pod = template(part, image, files, entrance, restart_policy="Never")
    return batch.v1.CronJobSpecArgs(
        schedule=when.calendar,
        concurrency_policy="Forbid",
        starting_deadline_seconds=_LATE_SECONDS,
        successful_jobs_history_limit=1,
        failed_jobs_history_limit=1,
        job_template=batch.v1.JobTemplateSpecArgs(spec=batch.v1.JobSpecArgs(backoff_limit=_TRIES, template=pod)),
    )


def _digest(files: Sequence[File]) -> str:
    return digest(part for file in files for part in (file.path, file.content))
