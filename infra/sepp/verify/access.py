"""How checks reach the hosts: commands as root, by whatever the target offers."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sepp.verify.result import CheckError


class Access(Protocol):
    """Gives the command line that runs another one as root on a host of the platform."""

    def __call__(self, host: str, argv: Sequence[str]) -> Sequence[str]:
        """Return the argument list to start on the operator's machine."""
        ...


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """The hosts of a platform, as root."""

    access: Access
    environment: dict[str, str]

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

    def output(self, host: str, *argv: str, stdin: str = "") -> str:
        """Run a command that has to succeed and return what it printed; CheckError says how it failed."""
        ended = self.run(host, *argv, stdin=stdin)
        if ended.returncode:
            raise CheckError(f"{host}: {' '.join(argv)}: exit code {ended.returncode}: {ended.stderr.strip()[-300:]}")
        return ended.stdout
