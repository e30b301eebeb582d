"""`sepp drift`: what differs on the hosts from what the platform's last `up` made of them."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict

import typer

from sepp.cli.common import Json, PlatformName, deployment_of
from sepp.cli.running import reporting
from sepp.converge.events import Difference
from sepp.engine.errors import EngineError
from sepp.engine.stack import Stack
from sepp.targets import target_of


def drift(platform: PlatformName = "local/demo", as_json: Json = False) -> None:
    """Tell what somebody changed by hand, on hosts or in the cluster, and leave it: exit code 3 if anything differs."""
    with reporting(platform), Stack.of(platform).held("sepp drift") as run:
        target = target_of(deployment_of(platform))
        told = target.faults()
        typer.echo("".join(f"{line}\n" for line in told.left), nl=False, err=True)
        _stop_at(told.mended, platform)
        found = target.drift(run)
    if as_json:
        typer.echo(json.dumps([asdict(difference) for difference in found], indent=2))
    else:
        _show(found)
        typer.echo(f"Next: ./sepp up {platform}{target.whole}" if found else "No difference.")
    raise typer.Exit(3 if found else 0)


def _stop_at(found: Sequence[str], platform: str) -> None:
    """Tell what is wrong with the hosts themselves: inside of them nothing can be compared then."""
    if found:
        lines = "".join(f"\n- {line}" for line in found)
        raise EngineError(f"differs in the cloud from what the engine believes:{lines}", f"./sepp up {platform}")


def _show(found: Sequence[Difference]) -> None:
    for difference in found:
        place = f"{difference.role}: {difference.task}" if difference.role else difference.task
        typer.secho(f"{difference.host}  {place}".strip(), bold=True)
        for line in difference.lines:
            colour = {"+": typer.colors.GREEN, "-": typer.colors.RED}.get(line[:1])
            typer.secho(f"    {line}", fg=colour)
    if found:
        hosts = {difference.host for difference in found if difference.host}
        on = f" on {_count(hosts, 'host')}" if hosts else ""
        typer.echo(f"\n{_count(found, 'difference')}{on}.")


def _count(things: Collection[object], word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"
