"""`sepp up`: makes the platform as its files say."""

from collections.abc import Mapping
from typing import Annotated

import typer

from sepp.cli.common import PlatformName, deployment_of
from sepp.cli.making import make
from sepp.cli.running import reporting
from sepp.deployment import Deployment
from sepp.engine.events import Outcome
from sepp.engine.stack import Stack
from sepp.targets import authority_of, check_made_here
from sepp.targets.local.requirements import require


def up(
    platform: PlatformName = "local/demo",
    full: Annotated[bool, typer.Option("--full", help="Run all roles, also where nothing changed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Make the platform as its files say; what is there already is kept, what is broken is mended."""
    deployment = deployment_of(platform, packages=True)
    stack = Stack.of(platform)
    with reporting(platform):
        check_made_here(deployment)
    with reporting(platform), stack.held("sepp up") as run:
        if deployment.target == "local" and not stack.state().resources:
            require(deployment)
        outcome = make(run, deployment, {"SEPP_FULL": "1"} if full else {}, yes=yes)
        records = stack.state().outputs.get("records", {})
    _tell(deployment, outcome, records)


def _tell(deployment: Deployment, outcome: Outcome, records: Mapping[str, str]) -> None:
    """Tell what was done and how to go on; `records` are addresses by the names for which nobody made them yet."""
    did = {"create": "created", "update": "updated", "delete": "deleted"}
    counts = [f"{outcome.changes[kind]} {word}" for kind, word in did.items() if outcome.changes.get(kind)]
    groups = sorted(
        {group for mission in deployment.missions for actor in mission.actors.values() for group in actor.groups}
    )
    group = next((name for name in groups if name != "everyone"), None)
    where = (
        ""
        if f"{deployment.target}/{deployment.name}" == "local/demo"
        else f" --platform {deployment.target}/{deployment.name}"
    )
    typer.echo(f"\n{', '.join(counts) if counts else 'No change'}.\n")
    typer.echo(f"Address      {deployment.url()}")
    if acme := deployment.platform.tls.acme:
        typer.echo(f"Certificates from {acme.directory}  (a name without one answers 503)")
    else:
        typer.echo(f"Authority    {authority_of(deployment)}  (import it in the browser)")
    for name, address in records.items():
        typer.echo(f"DNS record   {name} A {address}  (to be made)")
    typer.echo(f"First user   ./sepp user add NAME --name 'FULL NAME'{f' --group {group}' if group else ''}{where}")
