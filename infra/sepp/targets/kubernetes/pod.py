"""A pod of a service: its image with its files, started as its unit says, with no more rights than it needs. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pulumi_kubernetes import core, meta

from sepp.catalogue import CATALOGUE
from sepp.config.kubernetes import Kubernetes
from sepp.converge.hashes import digest
from sepp.deployment import Deployment, Host
from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.accounts import RIGHTS
from sepp.targets.kubernetes.files import TRUSTED, UNITS, File, unit_of
from sepp.targets.kubernetes.images import number
from sepp.targets.kubernetes.priority import SERVICES
from sepp.targets.kubernetes.quantities import bytes_of, cores
from sepp.targets.kubernetes.unit import Unit, unit

FILES = "sepp/files"
"""Annotation of pods: a hash of their files, so that other files are another pod."""

_FIRST_OPEN_PORT = 1024
_PROBE_SECONDS = 5
_SHOWN, _HIDDEN = "shown", "hidden"
"""The volumes with the files of the ConfigMap and of the Secret."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A service of a host of the plan, on a deployment with its settings."""

    deployment: Deployment
    settings: Kubernetes
    host: Host
    service: str

    @property
    def labels(self) -> dict[str, str]:
        """By what its pods are found."""
        own = {names.HOST: self.host.name, names.SERVICE: self.service}
        return names.labels(self.deployment, self.host.area, **own)

    @property
    def ports(self) -> Mapping[str, int]:
        """Its ports by name, but for those of hosts that mount each other's file systems."""
        own = (port for port in CATALOGUE[self.service].ports if not port.for_mounts)
        return {port.name: port.number or self.deployment.platform.port for port in own}

    @property
    def claims(self) -> Mapping[str, str]:
        """Where the service's own data are, by claim."""
        path = CATALOGUE[self.service].data_on(self.deployment.platform)
        return {mount.volume: mount.path for mount in self.host.mounts if mount.volume and mount.path == path}


def template(place: Place, image: str, files: Sequence[File]) -> core.v1.PodTemplateSpecArgs:
    """Return the pod of a service with an image and files; ValueError if its unit is none that a container can be."""
    how, own, mounted = _unit(place.service, files), number(place.service), _mounted(files)
    low = any(port < _FIRST_OPEN_PORT for port in place.ports.values())
    return core.v1.PodTemplateSpecArgs(
        metadata=meta.v1.ObjectMetaArgs(labels=place.labels, annotations={FILES: _digest(files)}),
        spec=core.v1.PodSpecArgs(
            service_account_name=place.service,
            automount_service_account_token=place.service in RIGHTS,
            enable_service_links=False,
            priority_class_name=names.cluster_name(place.deployment, place.settings, SERVICES),
            termination_grace_period_seconds=how.stop_seconds,
            security_context=core.v1.PodSecurityContextArgs(
                run_as_non_root=True,
                run_as_user=own,
                run_as_group=own,
                supplemental_groups_policy="Strict",
                # A new claim is root's.
                fs_group=own if place.claims else None,
                seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault"),
                sysctls=[core.v1.SysctlArgs(name="net.ipv4.ip_unprivileged_port_start", value="0")] if low else None,
            ),
            containers=[_container(place, image, how, mounted)],
            volumes=list(_volumes(place, how, mounted)),
        ),
    )


def _unit(service: str, files: Sequence[File]) -> Unit:
    """Read the unit that is the service, with what is dropped in."""
    return unit(file.content.decode() for file in files if file.path.startswith(unit_of(service)))


def _digest(files: Sequence[File]) -> str:
    return digest(part for file in files for part in (file.path, file.content))


def _mounted(files: Sequence[File]) -> list[File]:
    """Return the files that the service itself reads."""
    return [file for file in files if not file.path.startswith(f"{UNITS}/")]


def _container(place: Place, image: str, how: Unit, files: Sequence[File]) -> core.v1.ContainerArgs:
    size = CATALOGUE[place.service].size
    # OpenSSL looks into the folder beside it, where the image's authorities are.
    trust = {"SSL_CERT_FILE": TRUSTED} if any(file.path == TRUSTED for file in files) else {}
    environment = {**how.environment, **trust}
    room = {"cpu": cores(size.cpu), "memory": bytes_of(size.memory)}
    return core.v1.ContainerArgs(
        name=place.service,
        image=image,
        image_pull_policy="IfNotPresent",
        command=list(how.command),
        working_dir=how.working_directory,
        lifecycle=_after(how.then) if how.then else None,
        env=[core.v1.EnvVarArgs(name=name, value=value) for name, value in environment.items()] or None,
        ports=[core.v1.ContainerPortArgs(name=name, container_port=port) for name, port in place.ports.items()],
        resources=core.v1.ResourceRequirementsArgs(requests=room, limits=room),
        security_context=core.v1.SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
        startup_probe=_probe(place, how.start_seconds),
        readiness_probe=_probe(place),
        liveness_probe=_probe(place),
        volume_mounts=list(_mounts(place, how, files)),
    )


def _after(command: Sequence[str]) -> core.v1.LifecycleArgs:
    run = core.v1.ExecActionArgs(command=list(command))
    return core.v1.LifecycleArgs(post_start=core.v1.LifecycleHandlerArgs(exec_=run))


def _probe(place: Place, seconds: int = 3 * _PROBE_SECONDS) -> core.v1.ProbeArgs:
    """Return how the cluster sees that a service works; it may fail for some seconds.

    Behind TLS is what other services answer, for whom the entrance is neither restarted nor taken away.
    """
    service = CATALOGUE[place.service]
    health = service.health
    port = next(port for port in service.ports if health.port in (None, port.name))
    asked = core.v1.HTTPGetActionArgs(path=health.path, port=port.name) if health.path and not port.tls else None
    return core.v1.ProbeArgs(
        http_get=asked,
        tcp_socket=None if asked else core.v1.TCPSocketActionArgs(port=port.name),
        period_seconds=_PROBE_SECONDS,
        failure_threshold=max(1, seconds // _PROBE_SECONDS),
    )


def _folders(place: Place, how: Unit) -> list[str]:
    """Return the folders that are empty when the pod starts; a service's own data are on a claim."""
    return [folder for folder in how.folders if folder not in place.claims.values()]


def _volumes(place: Place, how: Unit, files: Sequence[File]) -> Iterator[core.v1.VolumeArgs]:
    for position, _ in enumerate(_folders(place, how)):
        yield core.v1.VolumeArgs(name=f"folder-{position}", empty_dir=core.v1.EmptyDirVolumeSourceArgs())
    for claim in place.claims:
        yield core.v1.VolumeArgs(
            name=claim, persistent_volume_claim=core.v1.PersistentVolumeClaimVolumeSourceArgs(claim_name=claim)
        )
    if any(not file.secret for file in files):
        yield core.v1.VolumeArgs(name=_SHOWN, config_map=core.v1.ConfigMapVolumeSourceArgs(name=place.service))
    if any(file.secret for file in files):
        yield core.v1.VolumeArgs(name=_HIDDEN, secret=core.v1.SecretVolumeSourceArgs(secret_name=place.service))


def _mounts(place: Place, how: Unit, files: Sequence[File]) -> Iterator[core.v1.VolumeMountArgs]:
    for position, folder in enumerate(_folders(place, how)):
        yield core.v1.VolumeMountArgs(name=f"folder-{position}", mount_path=folder)
    for claim, path in place.claims.items():
        yield core.v1.VolumeMountArgs(name=claim, mount_path=path)
    for file in files:
        volume = _HIDDEN if file.secret else _SHOWN
        yield core.v1.VolumeMountArgs(name=volume, mount_path=file.path, sub_path=file.key, read_only=True)
