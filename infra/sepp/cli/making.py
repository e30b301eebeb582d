"""What commands that make a platform share."""

from collections.abc import Mapping

import typer

from sepp.cli.running import confirmed, show
from sepp.deployment import Deployment
from sepp.engine.events import Outcome
from sepp.engine.stack import Run
from sepp.targets import mend


def make(run: Run, deployment: Deployment, environment: Mapping[str, str], *, yes: bool) -> Outcome:
    """Make the platform as its files say, and keep its authority's certificate where browsers can get it.

    Asks before volumes are taken out of use; typer.Exit with code 2 if the answer is no.
    """
    _let_go(run, deployment, yes=yes)
    mend(deployment, show)
    outcome = run.up(show, environment)
    run.stack.authority.write_text(run.stack.state().outputs["authority"])
    return outcome


def _let_go(run: Run, deployment: Deployment, *, yes: bool) -> None:
    """Ask before volumes are taken out of use."""
    used = {volume.name for volume in deployment.volumes}
    unused = [
        resource
        for resource in run.stack.state().resources
        if resource.kind.endswith(("/sepp:Volume", "/volume:Volume")) and resource.name not in used
    ]
    if unused:
        names = ", ".join(resource.name for resource in unused)
        kept = "Their data stay until destroy --with-data."
        if not confirmed(f"No longer used: {names}. {kept} Go on?", yes=yes):
            raise typer.Exit(2)
        run.release([resource.urn for resource in unused if resource.protected])
