"""`sepp doctor`: what a platform needs of this machine."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sepp.cli.common import PlatformName, deployment_of
from sepp.cli.running import reporting, show
from sepp.deployment import Deployment
from sepp.engine import install
from sepp.engine.errors import EngineError
from sepp.targets.check import Check
from sepp.targets.kubernetes import requirements as kubernetes
from sepp.targets.local import requirements as local
from sepp.targets.openstack import requirements as openstack

_COLOURS = {"ok": "green", "poor": "yellow", "missing": "red"}


def doctor(
    platform: PlatformName = "local/demo",
    fix: Annotated[bool, typer.Option("--fix", help="Install what can be installed.")] = False,
) -> None:
    """Say what the platform needs of this machine, what lacks, and how to get it; exit code 1 if anything lacks."""
    deployment = deployment_of(platform)
    with reporting(platform):
        found = _checks(deployment)
        if fix:
            _install_packages([package for check in found for package in check.packages])
            install.install(show)
            found = _checks(deployment)
    _show(found)
    missing = [check for check in found if check.state == "missing"]
    if missing:
        typer.echo(f"\n{len(missing)} missing. Next: {missing[0].remedy if fix else './sepp doctor --fix ' + platform}")
    raise typer.Exit(1 if missing else 0)


def _checks(deployment: Deployment) -> list[Check]:
    return [_pulumi(), *_for_target(deployment)]


def _pulumi() -> Check:
    name = f"pulumi {install.VERSION}"
    folder = install.find()
    if folder is None:
        return Check(name=name, state="missing", found="not installed", remedy="./sepp doctor --fix")
    return Check(name=name, state="ok", found=str(folder))


def _for_target(deployment: Deployment) -> Iterator[Check]:
    if deployment.target == "local":
        yield from local.checks(deployment)
    elif deployment.target == "openstack" and deployment.platform.openstack is not None:
        yield from openstack.checks(deployment.platform.openstack)
    elif deployment.target == "kubernetes" and deployment.platform.kubernetes is not None:
        yield from kubernetes.checks(deployment.platform.kubernetes)


def _install_packages(packages: Sequence[str]) -> None:
    if not packages:
        return
    names = sorted({*packages})
    show(f"installing {', '.join(names)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # A run that was killed leaves dpkg in the middle of things; the first command takes that up again.
    for command in (["dpkg", "--configure", "-a"], ["apt-get", "update"], ["apt-get", "install", "--yes", *names]):
        ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if ended.returncode:
            raise EngineError(f"'{' '.join(command)}' failed: {ended.stderr.strip()[-500:]}", " ".join(command))


def _show(found: Sequence[Check]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for check in found:
        table.add_row(f"[{_COLOURS[check.state]}]{check.state}[/]", check.name, check.found, check.remedy or "")
    Console(width=None if Console().is_terminal else 200).print(table)
