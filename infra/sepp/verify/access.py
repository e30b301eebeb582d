"""How checks reach the hosts: commands as root, by whatever the target offers."""

import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from sepp.verify.result import CheckError


class Hosts(ABC):
    """The hosts of a platform, as root. `late` seconds after the directory they know it, too."""

    late: ClassVar[int] = 0

    @abstractmethod
    def run(self, host: str, *argv: str, stdin: str = "", timeout: int = 60) -> subprocess.CompletedProcess[str]:
        """Run a command and return its end, whatever its exit code. `timeout` in seconds."""

    def name_of(self, host: str, service: str) -> str:
        """Return the name by which a service of a host is found from there."""
        return host

    def as_user(self, host: str, user: str, code: str) -> str:
        """Run Python code as a user of a host and return what it printed; CheckError says how it failed."""
        identity = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups")
        return self.output(host, *identity, "python3", "-", stdin=code)

    def output(self, host: str, *argv: str, stdin: str = "") -> str:
        """Run a command that has to succeed and return what it printed; CheckError says how it failed."""
        ended = self.run(host, *argv, stdin=stdin)
        if ended.returncode:
            raise CheckError(f"{host}: {' '.join(argv)}: exit code {ended.returncode}: {ended.stderr.strip()[-300:]}")
        return ended.stdout


class Access(Protocol):
    """Gives the command line that runs another one as root on a host of the platform."""

    def __call__(self, host: str, argv: Sequence[str]) -> Sequence[str]:
        """Return the argument list to start on the operator's machine."""
        ...


@dataclass(frozen=True, kw_only=True)
class ByCommand(Hosts):
    """Hosts that a command of the operator's machine enters."""

    access: Access
    environment: Mapping[str, str]

    def run(self, host: str, *argv: str, stdin: str = "", timeout: int = 60) -> subprocess.CompletedProcess[str]:
        """Run a command and return its end, whatever its exit code. `timeout` in seconds."""
        return subprocess.run(
            self.access(host, argv),
            input=stdin,
            text=True,
            capture_output=True,
            timeout=timeout,
            check=False,
            env=self.environment,
        )
