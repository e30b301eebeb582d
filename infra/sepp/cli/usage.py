"""`sepp report usage`: what users, groups and shares use of the storage."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from sepp.cli.common import Json, deployment_of
from sepp.cli.running import reporting
from sepp.report import usage as report
from sepp.targets import target_of

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def usage(
    platform: Annotated[
        str, typer.Option("--platform", envvar="SEPP_PLATFORM", help="The platform, as <target>/<platform>.")
    ] = "local/demo",
    as_json: Json = False,
) -> None:
    """Show what users, groups and shares use of the missions' storage, with their limits."""
    deployment = deployment_of(platform)
    with reporting(platform):
        missions = report.usage(deployment, target_of(deployment).hosts())
    if as_json:
        typer.echo(json.dumps({"missions": missions}, indent=2))
        return
    console = Console(highlight=False)
    for mission in missions:
        console.print(f"{mission['mission']}, counted {mission['time']}")
        for table in _tables(mission):
            console.print(table)
            console.print()


def size(count: float) -> str:
    """Write bytes as people read them: 1536 -> '1.5 KiB'."""
    unit = 0
    while count >= 1024 and unit < len(_UNITS) - 1:
        count /= 1024
        unit += 1
    return f"{count:.0f} {_UNITS[unit]}" if unit == 0 else f"{count:.1f} {_UNITS[unit]}"


def _tables(mission: Mapping[str, Any]) -> tuple[Table, ...]:
    tiers = [tier for tier in mission["tiers"] if tier != "shares"]
    users = _table("user", *tiers)
    for name, user in sorted(mission["users"].items()):
        users.add_row(name, *(_of(user["tiers"].get(tier), limit=False) for tier in tiers))
    groups = _table("group", "users", *tiers)
    for name, group in mission["groups"].items():
        used = (group["tiers"].get(tier) for tier in tiers)
        groups.add_row(name or "(none)", str(group["users"]), *("" if n is None else size(n) for n in used))
    shares = _table("share", "used")
    for name, share in sorted(mission["shares"].items()):
        shares.add_row(name, _of(share))
    whole = _table("file system", "used")
    for name, tier in mission["tiers"].items():
        whole.add_row(name, _of({"used": tier["used"], "limit": tier["size"], "whole": False}))
    return tuple(table for table in (users, groups, shares, whole) if table.row_count)


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first, overflow="fold")
    for other in others:
        table.add_column(other, justify="right", no_wrap=True)
    return table


def _of(entry: Mapping[str, Any] | None, *, limit: bool = True) -> str:
    """Write what is used (of a limit); where only the whole tier has one, nobody's own usage is counted."""
    if entry is None or entry["whole"]:
        return ""
    if entry["limit"] is None:
        return size(entry["used"])
    of = f" of {size(entry['limit'])}" if limit else ""
    return f"{size(entry['used'])}{of} {entry['used'] / entry['limit']:4.0%}"
