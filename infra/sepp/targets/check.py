"""What a target needs of the operator's machine, one requirement each."""

import shutil
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Check:
    """One requirement: `missing` is an error, `poor` a warning; `packages` are Debian packages that mend it."""

    name: str
    state: Literal["ok", "poor", "missing"]
    found: str
    remedy: str | None = None
    packages: tuple[str, ...] = ()


def installed(name: str, command: str, package: str) -> Check:
    """Check that a command of a Debian package is there."""
    path = shutil.which(command)
    return Check(name=name, state="ok", found=path) if path else lacking(name, package)


def lacking(name: str, package: str) -> Check:
    """Return the finding that a Debian package is not installed."""
    return Check(
        name=name, state="missing", found="not installed", remedy=f"apt-get install {package}", packages=(package,)
    )
