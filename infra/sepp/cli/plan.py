"""`sepp plan`: what `up` would make or change, before anything is touched."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from sepp.cli.common import Json, PlatformName, deployment_of
from sepp.deployment import Deployment
from sepp.engine.errors import EngineError
from sepp.engine.stack import Stack, deployed_summary
from sepp.report.changes import SECTIONS, Change, changes, notes, summary
from sepp.targets import target_of

_SIGNS = {"add": ("+", "green"), "remove": ("-", "red"), "change": ("~", "yellow")}


def plan(
    platform: PlatformName = "local/demo",
    diagram: Annotated[Path | None, typer.Option(help="Write a picture of the platform to this SVG file.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Show the whole platform, not only what changes.")] = False,
    as_json: Json = False,
) -> None:
    """Show what `up` would make or change; exit code 3 if there is anything."""
    deployment = deployment_of(platform, packages=True)
    if diagram is not None:
        from sepp.report.diagram import diagram as draw  # noqa: PLC0415

        diagram.write_text(draw(deployment), encoding="utf-8")
        typer.echo(f"wrote {diagram}")
        return
    before = None if Stack.of(platform).state().destroyed else deployed_summary(platform)
    after = summary(deployment)
    found = changes(before, after)
    if as_json:
        data = {
            "platform": platform,
            "changes": [asdict(change) for change in found],
            "plan": after,
            "not_deployed": deployment.not_deployed,
        }
        typer.echo(json.dumps(data, indent=2))
    else:
        _show(platform, changes(None, after) if full else found, (*_not_deployed(deployment), *notes(deployment)))
        _next(platform, found)
        _compare(deployment)
    raise typer.Exit(3 if found else 0)


def _not_deployed(deployment: Deployment) -> list[str]:
    return [f"{name}: not deployed by this version" for name in deployment.not_deployed]


def _compare(deployment: Deployment) -> None:
    """Compare with the cloud or cluster, where this machine has credentials for it: a plan does without.

    typer.Exit with code 1 if it lacks anything.
    """
    target = target_of(deployment)
    try:
        found = target.compared()
    except EngineError as error:
        typer.secho(f"\nNot compared with the {target.place}: {error}", dim=True)
        return
    if found.cost:
        typer.echo(f"\n{found.cost}")
    if found.lacks:
        typer.secho(f"\nThe platform cannot be made in this {target.place} as it is:", fg=typer.colors.RED)
        typer.echo("".join(f"  {line}\n" for line in found.lacks), nl=False)
        raise typer.Exit(1)


def _show(platform: str, found: tuple[Change, ...], remarks: Iterable[str]) -> None:
    console = Console(highlight=False)
    console.print(f"Platform {platform}", style="bold")
    for section in SECTIONS:
        lines = [change for change in found if change.section == section]
        if lines:
            console.print(f"\n{section}", style="bold")
        for change in lines:
            console.print(_line(change), soft_wrap=True)
    for remark in remarks:
        console.print(f"\n{remark}", style="dim", soft_wrap=True)
    lost = [change.part for change in found if change.loses_data]
    if lost:
        names = ", ".join(lost)
        console.print(f"\nNo longer used, kept until destroy --with-data: {names}", style="red")


def _next(platform: str, found: tuple[Change, ...]) -> None:
    typer.echo(f"\n{len(found)} differences. Next: ./sepp up {platform}" if found else "\nNo difference.")


def _line(change: Change) -> Text:
    sign, colour = _SIGNS[change.kind]
    text = Text(f"  {sign} {change.part}", style=colour)
    if change.kind == "change":
        return text.append(f"  {change.before} -> {change.after}", style="default")
    return text.append(f"  {change.after or change.before}", style="default")
