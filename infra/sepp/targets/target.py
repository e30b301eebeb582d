"""What an operator's machine does with a platform beside the engine: the same words on every target."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from sepp.catalogue import CATALOGUE
from sepp.converge.events import Difference
from sepp.converge.inventory import exported
from sepp.deployment import Deployment, Host
from sepp.engine.errors import EngineError
from sepp.engine.stack import Run, Stack
from sepp.engine.state import State
from sepp.targets.trust import SYSTEM_TRUST, outside_authority
from sepp.verify.access import Hosts
from sepp.verify.result import Result
from sepp.verify.run import of_hosts
from sepp.verify.web import Entrance

Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A plan beside the place where it shall run: what that lacks, and what it costs there, in words."""

    lacks: tuple[str, ...] = ()
    cost: str | None = None


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What differs from what the engine believes, in words: what `up` mends, and what it leaves."""

    mended: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target(ABC):
    """A platform where it runs. EngineError from every method, if that cannot be asked or is not its place."""

    deployment: Deployment

    place: ClassVar[str] = "machine"
    """What it runs in, in a word."""

    well: ClassVar[tuple[str, ...]] = ("active",)
    """What `units` says of those that work."""

    whole: ClassVar[str] = " --full"
    """What `up` is told so that it looks at all that it made; it mends what was changed by hand then."""

    holds_data: ClassVar[frozenset[str]]
    """The engine's types of what holds data, and stays when it is no longer used."""

    def used(self) -> set[str]:
        """Return the engine's names of what holds data and is used."""
        return {volume.name for volume in self.deployment.volumes}

    @property
    def stack(self) -> Stack:
        """The platform's stack."""
        return Stack(target=self.deployment.target, name=self.deployment.name)

    @property
    def state(self) -> State:
        """What the engine knows of the platform."""
        return self.stack.state()

    @property
    def authority(self) -> Path:
        """The PEM file of the authority to trust at the platform's entrance."""
        return self.stack.authority if self.signs else outside_authority(self.deployment.platform.tls)

    @property
    def signs(self) -> bool:
        """Whether the entrance's certificate is of the platform's own authority."""
        tls = self.deployment.platform.tls
        return tls.given is None and tls.acme is None

    @property
    def is_trusted(self) -> bool:
        """Whether this machine trusts that authority already, as browsers do then."""
        return self.authority == SYSTEM_TRUST

    def entrance(self) -> Entrance:
        """Return the platform's entrance as the operator's machine sees it."""
        port = self.deployment.platform.port
        return Entrance(address=self.address(), port=port, authority=self.authority)

    @abstractmethod
    def address(self) -> str:
        """Return the address of the entrance."""

    @abstractmethod
    def hosts(self) -> Hosts:
        """Return the way to the platform's hosts as root."""

    @abstractmethod
    def states(self) -> Mapping[str, str]:
        """Return the state of each host: `running`, `absent`, or the target's own word for another one."""

    def units(self, host: Host) -> Mapping[str, str]:
        """Return the state of what runs on a host that is `running`, in the target's words."""
        names = [unit for service in host.services for unit in CATALOGUE[service].health.units]
        # `is-active` prints one line for each unit, whatever its exit code.
        lines = self.hosts().run(host.name, "systemctl", "is-active", *names).stdout.split()
        return dict(zip(names, lines, strict=False))

    def checks(self, hosts: Hosts) -> Iterator[Result]:
        """Check what of the platform the target runs."""
        return of_hosts(self.deployment, hosts)

    def compared(self) -> Compared:
        """Compare the plan with the place where it shall run; what this machine lacks is `sepp doctor`'s."""
        return Compared()

    def faults(self) -> Faults:
        """Return what differs from what the engine believes and the engine does not see."""
        return Faults()

    def drift(self, run: Run) -> Sequence[Difference]:
        """Return what differs in the hosts from what the last `up` made of them."""
        # Ansible's runner is slow to import.
        from sepp.converge import run as converge  # noqa: PLC0415

        try:
            inventory = exported(run.outputs())
        except KeyError:
            raise EngineError("is not deployed", f"./sepp up {self.stack.platform}") from None
        log = self.stack.folder / "logs" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-drift.log"
        return converge.drift(inventory, log=log, report=lambda _: None)

    # Not every target has something to do here.

    def mend(self, report: Report, then: str = "made anew") -> None:  # noqa: B027
        """Mend what the engine would stumble over; `then` says what becomes of broken hosts."""

    def settle(self, report: Report) -> None:  # noqa: B027
        """Wait, after an `up`, until what was made works, where the engine does not."""

    def records(self) -> Mapping[str, str]:
        """Return addresses by the public names for which somebody has to make DNS records."""
        return {}

    def kept(self) -> Mapping[str, str]:
        """Return, by id, what stays after `destroy`: what holds data, and addresses."""
        return {}

    def end_users(self) -> None:  # noqa: B027
        """End what users started and the engine does not know, where no host of theirs ends with it."""

    def delete_kept(self, kept: Mapping[str, str]) -> None:  # noqa: B027
        """Delete what was kept, with all data."""
