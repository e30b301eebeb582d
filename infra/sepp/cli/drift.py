"""`sepp drift`: what differs on the hosts from what the platform's last `up` made of them."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import typer

from sepp.cli.common import Json, PlatformName, deployment_of
from sepp.cli.running import reporting
from sepp.converge.events import Difference
from sepp.converge.inventory import exported
from sepp.engine.errors import EngineError
from sepp.engine.stack import Stack
from sepp.targets import faults


def drift(platform: PlatformName = "local/demo", as_json: Json = False) -> None:
    """Tell what somebody changed on the hosts by hand, without changing it: exit code 3 if anything differs."""
    # Ansible's runner is slow to import.
    from sepp.converge import run as converge  # noqa: PLC0415

    stack = Stack.of(platform)
    with reporting(platform), stack.held("sepp drift") as run:
        try:
            inventory = exported(run.outputs())
        except KeyError:
            raise EngineError("is not deployed", f"./sepp up {platform}") from None
        if stack.target != "local":
            told = faults(deployment_of(platform))
            typer.echo("".join(f"{line}\n" for line in told.left), nl=False, err=True)
            _stop_at(told.mended, platform)
        log = stack.folder / "logs" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-drift.log"
        found = converge.drift(inventory, log=log, report=lambda _: None)
    if as_json:
        typer.echo(json.dumps([asdict(difference) for difference in found], indent=2))
    else:
        _show(platform, found)
    raise typer.Exit(3 if found else 0)


def _stop_at(found: Sequence[str], platform: str) -> None:
    """Tell what is wrong with the hosts themselves: inside of them nothing can be compared then."""
    if found:
        lines = "".join(f"\n- {line}" for line in found)
        raise EngineError(f"differs in the cloud from what the engine believes:{lines}", f"./sepp up {platform}")


def _show(platform: str, found: Sequence[Difference]) -> None:
    for difference in found:
        place = f"{difference.role}: {difference.task}" if difference.role else difference.task
        typer.secho(f"{difference.host}  {place}", bold=True)
        for line in difference.lines:
            colour = {"+": typer.colors.GREEN, "-": typer.colors.RED}.get(line[:1])
            typer.secho(f"    {line}", fg=colour)
    if found:
        hosts = {difference.host for difference in found}
        typer.echo(f"\n{_count(found, 'difference')} on {_count(hosts, 'host')}.")
        typer.echo(f"Next: ./sepp up {platform} --full")
    else:
        typer.echo("No difference.")


def _count(things: Collection[object], word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"
