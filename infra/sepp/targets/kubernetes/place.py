"""Where a service is in a cluster, and what it has there. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sepp.catalogue import CATALOGUE
from sepp.catalogue.service import Port, Process
from sepp.config.kubernetes import Kubernetes
from sepp.deployment import TIER_PATHS, Deployment, Host, Mount, tiers
from sepp.targets.kubernetes import names

STAYS = "service"
"""The part of a service to which others connect by the service's name; any other is called as its process."""


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate that the cluster has: in which Secret, and the files as which the service reads it and its key."""

    secret: str
    files: tuple[str, str]

    @property
    def folder(self) -> str:
        """The folder of these files."""
        return str(PurePosixPath(self.files[0]).parent)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A service of a host of the plan, on a deployment with its settings."""

    deployment: Deployment
    settings: Kubernetes
    host: Host
    service: str

    @property
    def labels(self) -> dict[str, str]:
        """By what policies find its pods."""
        own = {names.HOST: self.host.name, names.SERVICE: self.service}
        return names.labels(self.deployment, self.host.area, **own)

    @property
    def processes(self) -> tuple[Process, ...]:
        """What runs of it here."""
        there = tiers(self.deployment.mission(self.host.area)) if self.host.area != "core" else ()
        return tuple(each for each in CATALOGUE[self.service].parts if each.tier in (None, *there))

    @property
    def parts(self) -> Iterator["Part"]:
        """What of it are pods that stay, each with a name of its own."""
        stay = [each for each in self.processes if not each.now_and_then]
        yield Part(place=self, name=STAYS, processes=tuple(each for each in stay if not each.apart))
        yield from (self.alone(each) for each in stay if each.apart)

    @property
    def jobs(self) -> Iterator["Part"]:
        """What of it runs now and then."""
        yield from (self.alone(each) for each in self.processes if each.now_and_then)

    def alone(self, process: Process) -> "Part":
        """Return the part that is one process."""
        return Part(place=self, name=process.name, processes=(process,))

    @property
    def ports(self) -> Mapping[str, Port]:
        """Its ports by name, but for those of hosts that mount each other's file systems."""
        return {port.name: port for port in CATALOGUE[self.service].ports if not port.for_mounts}

    def number(self, port: str) -> int:
        """Return the number of a port; KeyError if it has none of this name."""
        return self.ports[port].number or self.deployment.platform.port

    @property
    def data(self) -> tuple[Mount, ...]:
        """Where its own data are."""
        path = CATALOGUE[self.service].data_on(self.deployment.platform)
        return tuple(mount for mount in self.host.mounts if mount.volume and mount.path == path)

    @property
    def certificate(self) -> Certificate | None:
        """Its certificate that the cluster has; behind something that has that, the entrance shows another."""
        entrance, files = self.settings.entrance, CATALOGUE[self.service].certificate
        if files is None or entrance.certificate is None or entrance.is_behind_another:
            return None
        return Certificate(secret=entrance.certificate, files=files)

    @property
    def tiers(self) -> tuple[Mount, ...]:
        """Where the tiers are that it keeps."""
        if not CATALOGUE[self.service].keeps_tiers:
            return ()
        return tuple(mount for mount in self.host.mounts if mount.volume and mount.path in TIER_PATHS.values())


@dataclass(frozen=True, kw_only=True)
class Part:
    """Processes of a service that are one pod."""

    place: Place
    name: str
    processes: tuple[Process, ...]

    @property
    def called(self) -> str:
        """What it is called in its namespace, and in names of resources after the area."""
        return self.place.service if self.name == STAYS else f"{self.place.service}-{self.name}"

    @property
    def labels(self) -> dict[str, str]:
        """The labels of its pods."""
        return {**self.place.labels, names.PART: self.name}

    @property
    def ports(self) -> tuple[str, ...]:
        """The names of the ports that it listens on."""
        return tuple(port for each in self.processes for port in each.ports if port in self.place.ports)

    @property
    def main(self) -> bool:
        """Whether it speaks for the service."""
        return any(each.main for each in self.processes)

    @property
    def keeps_data(self) -> bool:
        """Whether it has data, so that two of it must never run at the same time."""
        return (bool(self.place.data) and self.main) or bool(self.place.tiers)
