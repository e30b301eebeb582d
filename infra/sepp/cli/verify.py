"""`sepp verify`: proves a deployed platform."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sepp.cli.common import Json, PlatformName, deployment_of
from sepp.cli.running import reporting


def verify(
    platform: PlatformName = "local/demo",
    junit: Annotated[Path | None, typer.Option(help="Write the results as JUnit XML to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Check hosts, services, every cell of the rights matrix and the notebooks; exit code 1 if one check fails."""
    from sepp.targets import target_of  # noqa: PLC0415
    from sepp.verify.result import write_junit  # noqa: PLC0415
    from sepp.verify.run import of_missions  # noqa: PLC0415

    deployment = deployment_of(platform)
    with reporting(platform):
        target = target_of(deployment)
        hosts, entrance = target.hosts(), target.entrance()
        results = [*target.checks(hosts), *of_missions(deployment, hosts, entrance)]
    failed = sum(not result.passed for result in results)
    if junit is not None:
        write_junit(results, junit)
    if as_json:
        typer.echo(json.dumps([asdict(result) for result in results], indent=2))
    else:
        table = Table(box=None, pad_edge=False)
        for column in ("", "group", "check", "seen"):
            table.add_column(column, overflow="fold")
        for result in results:
            mark = "[green]ok[/]" if result.passed else "[bold red]FAILED[/]"
            table.add_row(mark, result.group, result.name, result.detail)
        Console(width=None if Console().is_terminal else 160).print(table)
        typer.echo(f"{len(results) - failed} passed, {failed} failed")
    raise typer.Exit(1 if failed else 0)
