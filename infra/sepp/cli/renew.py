"""`sepp renew`: makes hosts of a cloud anew from the newest image."""

import time
from dataclasses import replace
from typing import Annotated

import typer

from sepp.cli.cloud import CloudPlatformName, on_target, roles_of
from sepp.cli.making import make
from sepp.cli.running import confirmed, reporting, show
from sepp.deployment import Deployment
from sepp.engine.errors import EngineError
from sepp.engine.stack import Stack
from sepp.targets import target_of
from sepp.targets.openstack import settings_of
from sepp.targets.openstack.renewal import outdated, take_away
from sepp.verify.health import check_services

_START_SECONDS = 120
"""How long services may take until they answer."""
_POLL_SECONDS = 3


def renew(
    platform: CloudPlatformName,
    hosts: Annotated[
        list[str] | None, typer.Argument(help="Hosts; without any, all with an older image.", metavar="HOST...")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Make hosts anew from the newest image, one after the other; volumes and addresses stay.

    Stops at the first host that is not well afterwards: those after it are left as they are.
    """
    deployment = on_target(platform, "openstack")
    settings, stack = settings_of(deployment), Stack.of(platform)
    roles_of(deployment, hosts or ())
    with reporting(platform), stack.held("sepp renew") as run:
        wanted = hosts or outdated(deployment, settings, stack.state())
        if not wanted:
            typer.echo("All hosts run from the newest image.")
            return
        if not confirmed(f"To be made anew, and what runs there ends: {', '.join(wanted)}. Go on?", yes=yes):
            raise typer.Exit(2)
        # First all that was changed or is broken: what fails now costs no host.
        make(run, deployment, {}, yes=yes)
        for host in wanted:
            show(f"{host}: shutting down")
            take_away(deployment, settings, host)
            run.up(show)
            _is_well(deployment, host)
    typer.echo(f"\nMade anew: {', '.join(wanted)}. Next: ./sepp verify {platform}")


def _is_well(deployment: Deployment, name: str) -> None:
    """Wait until all services of a host work; EngineError says which do not."""
    hosts = tuple(host for host in deployment.hosts if host.name == name)
    until = time.monotonic() + _START_SECONDS
    while True:
        results = check_services(replace(deployment, hosts=hosts), target_of(deployment).hosts())
        failed = [f"{result.name}: {result.detail}" for result in results if not result.passed]
        if not failed:
            return
        if time.monotonic() > until:
            message = f"{name} was made anew and is not well; those after it are as they were: {'; '.join(failed)}"
            raise EngineError(message, f"./sepp status {deployment.target}/{deployment.name}")
        time.sleep(_POLL_SECONDS)
