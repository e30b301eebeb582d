"""What commands that make a platform share."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from sepp.cli.running import confirmed, show
from sepp.deployment import Deployment
from sepp.engine.events import Outcome
from sepp.engine.stack import Run
from sepp.targets import target_of

if TYPE_CHECKING:
    from sepp.targets.target import Target


def make(run: Run, deployment: Deployment, environment: Mapping[str, str], *, yes: bool) -> Outcome:
    """Make the platform as its files say, and keep its authority's certificate where browsers can get it.

    Asks before volumes are taken out of use; typer.Exit with code 2 if the answer is no.
    """
    target = target_of(deployment)
    _let_go(run, target, yes=yes)
    target.mend(show)
    outcome = run.up(show, environment)
    run.stack.authority.write_text(run.stack.state().outputs["authority"])
    target.settle(show)
    return outcome


def _let_go(run: Run, target: "Target", *, yes: bool) -> None:
    """Ask before what holds data is taken out of use."""
    used = target.used()
    unused = [each for each in run.stack.state().resources if each.kind in target.holds_data and each.name not in used]
    if unused:
        names = ", ".join(dict.fromkeys(resource.name for resource in unused))
        kept = "Their data stay until destroy --with-data."
        if not confirmed(f"No longer used: {names}. {kept} Go on?", yes=yes):
            raise typer.Exit(2)
        run.release([resource.urn for resource in unused if resource.protected])
