"""What a target needs of the operator's machine, one requirement each."""

import os
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
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


def plugin(provider: str) -> Check:
    """Check that the engine has the plugin of a cloud's provider; it fetches it itself where it can.

    One on PATH wins over the one that is wanted: the engine does not ask for its version.
    """
    wanted, program = version(f"pulumi-{provider}"), f"pulumi-resource-{provider}"
    name = f"Pulumi's provider {wanted}"
    if found := shutil.which(program):
        return Check(name=name, state="ok", found=f"{found}, taken since it is on PATH, whatever its version")
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    fetched = home / "plugins" / f"resource-{provider}-v{wanted}" / program
    if fetched.exists():
        return Check(name=name, state="ok", found=str(fetched))
    remedy = f"pulumi plugin install resource {provider} {wanted}"
    return Check(name=name, state="poor", found="not installed: the first 'up' fetches it", remedy=remedy)
