"""`sepp status`: hosts and services as they are now."""

import json
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table

from sepp.catalogue import CATALOGUE
from sepp.cli.common import Json, PlatformName, deployment_of
from sepp.cli.running import reporting
from sepp.deployment import Deployment, Host
from sepp.targets import target_of
from sepp.verify.certificates import shown_by

if TYPE_CHECKING:
    from sepp.targets.target import Target


def status(platform: PlatformName = "local/demo", as_json: Json = False) -> None:
    """Show hosts, their services' units, certificates and the address; exit code 1 if anything is not well."""
    deployment = deployment_of(platform)
    with reporting(platform):
        target = target_of(deployment)
        states = target.states()
        found = [_host(target, host, states[host.name]) for host in deployment.hosts]
    well = all(
        entry["state"] == "running"
        and set(entry["units"].values()) <= {*target.well}
        and all(certificate["well"] for certificate in entry["certificates"])
        for entry in found
    )
    if as_json:
        data = {"platform": platform, "address": deployment.url(), "well": well, "hosts": found}
        typer.echo(json.dumps(data, indent=2))
    else:
        _show(deployment, found)
        if not well:
            typer.echo(f"\nNext: ./sepp up {platform}")
    raise typer.Exit(0 if well else 1)


def _host(target: "Target", host: Host, state: str) -> dict[str, Any]:
    if state != "running":
        units = [unit for service in host.services for unit in CATALOGUE[service].health.units]
        return {"host": host.name, "state": state, "units": dict.fromkeys(units, "unknown"), "certificates": []}
    return {
        "host": host.name,
        "state": state,
        "units": {**target.units(host)},
        "certificates": [
            {"service": one.service, "ends": one.ends and one.ends.isoformat(), "until": one.until, "well": one.well}
            for one in shown_by(target.deployment, target.hosts(), host)
        ],
    }


def _show(deployment: Deployment, found: list[dict[str, Any]]) -> None:
    table = Table("host", "state", "unit", "", box=None, pad_edge=False)
    for entry in found:
        table.add_row(entry["host"], _coloured(entry["state"], "running"))
        for unit, state in entry["units"].items():
            table.add_row("", "", unit, _coloured(state, "active"))
        for certificate in entry["certificates"]:
            colour = "green" if certificate["well"] else "red"
            table.add_row("", "", f"certificate of {certificate['service']}", f"[{colour}]{certificate['until']}[/]")
    Console(width=None if Console().is_terminal else 120).print(table)
    typer.echo(f"\n{deployment.url()}")


def _coloured(state: str, good: str) -> str:
    return f"[green]{state}[/]" if state == good else f"[red]{state}[/]"
