"""`sepp up`: makes the platform as its files say."""

from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated

import typer

from sepp.cli.common import PlatformName, deployment_of
from sepp.cli.making import make
from sepp.cli.running import reporting
from sepp.deployment import Deployment
from sepp.engine.errors import EngineError
from sepp.engine.events import Outcome
from sepp.engine.stack import Stack
from sepp.targets import target_of
from sepp.targets.local.requirements import require

if TYPE_CHECKING:
    from sepp.targets.target import Target


def up(
    platform: PlatformName = "local/demo",
    full: Annotated[bool, typer.Option("--full", help="Run all roles, also where nothing changed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Make the platform as its files say; what is there already is kept, what is broken is mended."""
    deployment = deployment_of(platform, packages=True)
    stack = Stack.of(platform)
    with reporting(platform), stack.held("sepp up") as run:
        if deployment.target == "local" and not stack.state().resources:
            require(deployment)
        outcome = make(run, deployment, {"SEPP_FULL": "1"} if full else {}, yes=yes)
    _tell(deployment, outcome, target_of(deployment))


def _tell(deployment: Deployment, outcome: Outcome, target: "Target") -> None:
    """Tell what was done and how to go on."""
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
    elif not target.is_trusted:
        typer.echo(f"Authority    {target.authority}  (import it in the browser)")
    try:
        for name, address in target.records().items():
            typer.echo(f"DNS record   {name} {_kind(address)} {address}  (to be made)")
    except EngineError as error:
        typer.echo(f"DNS records  cannot be told yet: {error}")
    typer.echo(f"First user   ./sepp user add NAME --name 'FULL NAME'{f' --group {group}' if group else ''}{where}")


def _kind(address: str) -> str:
    """Return the kind of the DNS record that leads to an address, or to a name of the cloud's."""
    try:
        return "A" if ip_address(address).version == 4 else "AAAA"
    except ValueError:
        return "CNAME"
