"""What a service of the platform is: the one place for its port, paths, user and health check."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sepp.config.mission import Mission
from sepp.config.platform import Platform
from sepp.deployment import Context, Tier

Scope = Literal["core", "area", "host"]
"""Where a service runs: once in the core, once in each mission's area, or on every host."""

Reach = Literal["outside", "platform", "core", "area", "host"]
"""Who may open a connection: anybody, any host of the platform, the core's hosts, the same area's, nobody else."""


@dataclass(frozen=True, kw_only=True)
class Port:
    """A TCP port that a service listens on; without a number it is the platform's own port.

    `tls` marks one whose clients are shown a certificate;
    `for_mounts` marks one that is open only where hosts mount each other's file systems over the network.
    """

    name: str
    number: int | None
    reach: Reach
    tls: bool = False
    for_mounts: bool = False


@dataclass(frozen=True, kw_only=True)
class Health:
    """How to see that a service works: a unit that is active and, where there is one, an HTTP address that answers.

    `path` is asked on `port` of the service's own host and has to answer with status 200.
    """

    units: tuple[str, ...]
    port: str | None = None
    path: str | None = None


@dataclass(frozen=True, kw_only=True)
class Process:
    """A part of a service that runs by itself: a unit, or a timer with the unit of its name.

    Missions without `tier` have none of it. `ports` names those that it listens on. What is `now_and_then` is run by
    the calendar of its timer; all else stays, or is run again and again. What is `apart` goes on while the others
    are restarted. Only the `main` one sees the service's own data, and speaks for it to a cluster.
    """

    name: str
    unit: str
    tier: Tier | None = None
    ports: tuple[str, ...] = ()
    now_and_then: bool = False
    apart: bool = False
    main: bool = False

    @property
    def service(self) -> str:
        """The unit that runs, itself or started by the timer."""
        return f"{self.unit.rpartition('.')[0]}.service"


@dataclass(frozen=True, kw_only=True)
class Size:
    """What a service needs of its host: cores (count) and memory (bytes)."""

    cpu: float
    memory: int


@dataclass(frozen=True, kw_only=True)
class Service:
    """An entry of the catalogue; `name` is also the name of its Ansible role.

    `number` is the one of its user and group in containers, where no system gives them; None if it never is in one.
    `secrets` names the random strings that are generated once per platform for it, each with what users notice when it
    is made anew. `processes` are its parts, where it has more than one. With `keeps_tiers` it keeps the mission's
    tiers, for which it knows all users, and has root's rights on their files. `data` is the folder of data of its own,
    which is a volume on platforms for which `keeps_data` holds. `certificate` are the files of its certificate and key,
    in a folder of their own, where it takes what a cluster brings.
    `of_mission` gives the arguments of the role's phase `mission`, if it has one, with the folder of the mission files;
    none for a mission of which the image holds nothing.
    `targets` are those that have the service, None if all have. `variables` gives the role's arguments (their names
    start with the role's name) on one host of a deployment.
    """

    name: str
    title: str
    scenario: Literal["SA", "IA", "WL", "EP", "PD", "VO", "ST", "core"]
    scope: Scope
    user: str
    number: int | None = None
    ports: tuple[Port, ...] = ()
    health: Health
    size: Size
    needs: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    processes: tuple[Process, ...] = ()
    keeps_tiers: bool = False
    data: str | None = None
    keeps_data: Callable[[Platform], bool] = lambda _: True
    certificate: tuple[str, str] | None = None
    of_mission: Callable[[Mission, Path], Mapping[str, Any]] | None = None
    targets: frozenset[str] | None = None
    variables: Callable[[Context], Mapping[str, Any]]

    @property
    def parts(self) -> tuple[Process, ...]:
        """Its processes: those that are named, else the one of its unit."""
        ports = tuple(port.name for port in self.ports)
        return self.processes or (Process(name=self.name, unit=self.health.units[0], ports=ports, main=True),)

    def data_on(self, platform: Platform) -> str | None:
        """Return the folder that is a volume on this platform, if there is one."""
        return self.data if self.keeps_data(platform) else None

    def port(self, name: str) -> int:
        """Return the number of the port with this name; KeyError if there is none or it has no number."""
        return {port.name: port.number for port in self.ports if port.number is not None}[name]
