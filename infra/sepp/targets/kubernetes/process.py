"""A process of a service in a container: started as its unit says, with no more rights and folders than that. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from pulumi_kubernetes import core

from sepp.catalogue import CATALOGUE
from sepp.catalogue.hub import HUB, SERVER
from sepp.catalogue.identity import NAMES, USERS
from sepp.catalogue.service import Process
from sepp.deployment import Mount
from sepp.targets.kubernetes.files import TRUSTED, UNITS, File, unit_of
from sepp.targets.kubernetes.images import Recipe, knows_users
from sepp.targets.kubernetes.place import Place
from sepp.targets.kubernetes.quantities import bytes_of, cores
from sepp.targets.kubernetes.servers import KNOWN_USERS, NUMBERS
from sepp.targets.kubernetes.unit import Timer, Unit, timer, unit

_NEVER = "SYS_ADMIN"
"""What no container gets: it is as good as root of the node."""
_PROBE_SECONDS = 5
_DRAIN_SECONDS = 5
"""How long a pod that another one replaces still answers: until nobody is sent to it any more."""
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108
_SHOWN, _HIDDEN = "shown", "hidden"
"""The volumes with the files of the ConfigMap and of the Secret."""
_CERTIFICATE = "certificate"
"""The volume with a certificate of the cluster's: a whole folder, since single files would stay as they are."""
_PAIR = ("tls.crt", "tls.key")
"""What certificate and key are called in a Secret (https://kubernetes.io/docs/concepts/configuration/secret/)."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """A process of a service, with what its unit says and the files that it may read."""

    place: Place
    process: Process
    how: Unit
    when: Timer | None
    files: tuple[File, ...]

    @property
    def command(self) -> tuple[str, ...]:
        """What starts it; what a timer starts again and again does so by itself, where there is none."""
        again = ("--every", str(self.when.every)) if self.when and self.when.every else ()
        return (*self.how.command, *again)

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """The volumes that it may see."""
        own = self.place.data if self.process.main else ()
        return tuple(each for each in (*own, *self.place.tiers) if self.how.access(each.path))

    @property
    def lists(self) -> Mapping[str, str]:
        """The lists of users that it reads, ConfigMaps that `identity` keeps, by the folder in which it does."""
        found = {KNOWN_USERS: NAMES} if knows_users(Recipe(service=self.place.service)) else {}
        if self.place.service == HUB.name and self.process.name == SERVER:
            found = {NUMBERS: USERS}
        return {path: name for path, name in found.items() if self.how.access(path)}


def running(place: Place, process: Process, files: Sequence[File]) -> Running:
    """Read how a process is run; ValueError if its unit is none that a container can be."""
    how = unit(file.content.decode() for file in files if file.path.startswith(unit_of(process)))
    of_timer = next((file for file in files if file.path == f"{UNITS}/{process.unit}"), None)
    when = timer(of_timer.content.decode()) if of_timer and process.unit.endswith(".timer") else None
    brought = place.certificate.files if place.certificate else ()
    own = (file for file in files if not file.path.startswith(f"{UNITS}/") and file.path not in brought)
    read = (file for file in own if how.access(file.path))
    return Running(place=place, process=process, how=how, when=when, files=tuple(read))


def container(of: Running, image: str, beside: Sequence[Running], *, drains: bool) -> core.v1.ContainerArgs:
    """Return the container of a process, in a pod with the `volumes` of all its processes.

    `drains` tells that another one answers already when it is ended.
    """
    # OpenSSL looks into the folder beside it, where the image's authorities are.
    trust = {"SSL_CERT_FILE": TRUSTED} if any(file.path == TRUSTED for file in of.files) else {}
    environment = {**of.how.environment, **trust}
    ports, room = [port for port in of.process.ports if port in of.place.ports], _room(of.place)
    return core.v1.ContainerArgs(
        name=of.process.name,
        image=image,
        image_pull_policy="IfNotPresent",
        command=list(of.command),
        working_dir=of.how.working_directory,
        lifecycle=_lifecycle(of.how.then, drains=drains) if of.how.then or drains else None,
        env=[core.v1.EnvVarArgs(name=name, value=value) for name, value in environment.items()] or None,
        ports=[core.v1.ContainerPortArgs(name=name, container_port=of.place.number(name)) for name in ports] or None,
        resources=core.v1.ResourceRequirementsArgs(requests=room, limits=room),
        security_context=_rights(of),
        startup_probe=_probe(of, ports, of.how.start_seconds),
        readiness_probe=_probe(of, ports),
        liveness_probe=_probe(of, ports),
        volume_mounts=[*_mounts(of, beside)],
    )


def volumes(all_: Sequence[Running]) -> Iterator[core.v1.VolumeArgs]:
    """Give the volumes of a pod with these processes."""
    for name in _folders(all_).values():
        yield core.v1.VolumeArgs(name=name, empty_dir=core.v1.EmptyDirVolumeSourceArgs())
    for each in all_:
        if each.how.own_temporary:
            yield core.v1.VolumeArgs(name=_temporary(each), empty_dir=core.v1.EmptyDirVolumeSourceArgs())
    for claim in dict.fromkeys(mount.volume for each in all_ for mount in each.mounts if mount.volume):
        source = core.v1.PersistentVolumeClaimVolumeSourceArgs(claim_name=claim)
        yield core.v1.VolumeArgs(name=claim, persistent_volume_claim=source)
    service = all_[0].place.service
    if any(not file.secret for each in all_ for file in each.files):
        yield core.v1.VolumeArgs(name=_SHOWN, config_map=core.v1.ConfigMapVolumeSourceArgs(name=service))
    if any(file.secret for each in all_ for file in each.files):
        yield core.v1.VolumeArgs(name=_HIDDEN, secret=core.v1.SecretVolumeSourceArgs(secret_name=service))
    for name in dict.fromkeys(name for each in all_ for name in each.lists.values()):
        yield core.v1.VolumeArgs(name=name, config_map=core.v1.ConfigMapVolumeSourceArgs(name=name))
    certificate = all_[0].place.certificate
    if certificate:
        named = zip(_PAIR, certificate.files, strict=True)
        items = [core.v1.KeyToPathArgs(key=key, path=PurePosixPath(path).name) for key, path in named]
        source = core.v1.SecretVolumeSourceArgs(secret_name=certificate.secret, items=items)
        yield core.v1.VolumeArgs(name=_CERTIFICATE, secret=source)


def _folders(all_: Sequence[Running]) -> dict[str, str]:
    """Return the volumes by the folders that are empty when the pod starts; what is kept is on claims."""
    kept = {mount.path for each in all_ for mount in (*each.place.data, *each.place.tiers)}
    empty = dict.fromkeys(folder for each in all_ for folder in each.how.folders if folder not in kept)
    return {folder: f"folder-{position}" for position, folder in enumerate(empty)}


def _temporary(of: Running) -> str:
    return f"temporary-{of.process.name}"


def _mounts(of: Running, beside: Sequence[Running]) -> Iterator[core.v1.VolumeMountArgs]:
    for folder, name in _folders(beside).items():
        access = of.how.access(folder)
        if access:
            yield core.v1.VolumeMountArgs(name=name, mount_path=folder, read_only=access == "read" or None)
    for folder in _TEMPORARY if of.how.own_temporary else ():
        yield core.v1.VolumeMountArgs(name=_temporary(of), mount_path=folder)
    for mount in of.mounts:
        only_read = mount in of.place.tiers and (mount.read_only or of.how.access(mount.path) == "read")
        yield core.v1.VolumeMountArgs(name=mount.volume or "", mount_path=mount.path, read_only=only_read or None)
    for file in of.files:
        volume = _HIDDEN if file.secret else _SHOWN
        yield core.v1.VolumeMountArgs(name=volume, mount_path=file.path, sub_path=file.key, read_only=True)
    for path, name in of.lists.items():
        yield core.v1.VolumeMountArgs(name=name, mount_path=path, read_only=True)
    if of.place.certificate:
        yield core.v1.VolumeMountArgs(name=_CERTIFICATE, mount_path=of.place.certificate.folder, read_only=True)


def _rights(of: Running) -> core.v1.SecurityContextArgs:
    """Return as who a process runs: as the pod's user without any right, or as root with those of its unit."""
    root = of.how.user is None and CATALOGUE[of.place.service].keeps_tiers
    return core.v1.SecurityContextArgs(
        run_as_non_root=False if root else None,
        run_as_user=0 if root else None,
        run_as_group=0 if root else None,
        allow_privilege_escalation=False,
        read_only_root_filesystem=True,
        capabilities=core.v1.CapabilitiesArgs(
            drop=["ALL"], add=[right for right in of.how.rights if right != _NEVER] if root else None
        ),
    )


def _room(place: Place) -> dict[str, str]:
    """Return what a process gets: those of a service that stay share what it has, and any other gets as much."""
    size, stay = CATALOGUE[place.service].size, sum(not each.now_and_then for each in place.processes)
    return {"cpu": cores(size.cpu / stay), "memory": bytes_of(size.memory // stay)}


def _lifecycle(then: Sequence[str] | None, *, drains: bool) -> core.v1.LifecycleArgs:
    run = core.v1.LifecycleHandlerArgs(exec_=core.v1.ExecActionArgs(command=list(then or ())))
    stay = core.v1.LifecycleHandlerArgs(sleep=core.v1.SleepActionArgs(seconds=_DRAIN_SECONDS))
    return core.v1.LifecycleArgs(post_start=run if then else None, pre_stop=stay if drains else None)


def _probe(of: Running, ports: Sequence[str], seconds: int = 3 * _PROBE_SECONDS) -> core.v1.ProbeArgs | None:
    """Return how the cluster sees that a process works, if it can be asked; it may fail for some seconds.

    A page is asked for of the main process only, and not behind TLS: what answers through another, or through the
    entrance, is not its own, for which it is neither restarted nor taken away.
    """
    if not ports:
        return None
    health, main = CATALOGUE[of.place.service].health, of.process.main
    asked = next((port for port in ports if port == health.port), ports[0])
    get = core.v1.HTTPGetActionArgs(path=health.path, port=asked)
    by_page = main and health.path and not of.place.ports[asked].tls
    return core.v1.ProbeArgs(
        http_get=get if by_page else None,
        tcp_socket=None if by_page else core.v1.TCPSocketActionArgs(port=asked),
        period_seconds=_PROBE_SECONDS,
        failure_threshold=max(1, seconds // _PROBE_SECONDS),
    )
