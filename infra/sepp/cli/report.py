"""`sepp report`: what the missions' files and the platforms say to those who do not read files."""

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from sepp.catalogue import CATALOGUE
from sepp.cli.common import ROOT, Json
from sepp.cli.usage import usage
from sepp.config.load import ConfigErrors, check
from sepp.config.mission import Mission
from sepp.report import adoption as matrix
from sepp.report import roadmap as milestones

app = typer.Typer(help="Reports on missions and platforms.", no_args_is_help=True)
app.command("usage")(usage)

Markdown = Annotated[bool, typer.Option("--markdown", help="Write a table of Markdown.")]


@app.command("roadmap")
def roadmap(markdown: Markdown = False, as_json: Json = False) -> None:
    """Show each scenario, when it was planned, and which missions adopt it."""
    steps = milestones.roadmap(_missions(), frozenset(service.scenario for service in CATALOGUE.values()))
    if as_json:
        _data([asdict(step) for step in steps])
    elif markdown:
        typer.echo(milestones.markdown(steps), nl=False)
    else:
        table = Table("scenario", "title", "planned", "here", "early adopters", "followers")
        for step in steps:
            here = "yes" if step.delivered else "not yet"
            names = (", ".join(step.early), ", ".join(step.followers))
            table.add_row(step.scenario, step.title, step.planned, here, *names)
        Console().print(table)


@app.command("adoption")
def adoption(markdown: Markdown = False, as_json: Json = False) -> None:
    """Show how each mission stands to each scenario."""
    rows = matrix.adoption(_missions())
    if as_json:
        _data([asdict(row) for row in rows])
    elif markdown:
        typer.echo(matrix.markdown(rows), nl=False)
    else:
        table = Table("use case", "what it is", *matrix.SCENARIOS)
        for row in rows:
            table.add_row(row.use_case, row.title, *(matrix.LETTERS[row.adoption[name]] for name in matrix.SCENARIOS))
        Console().print(table)
        typer.echo("\n".join(f"{matrix.LETTERS[name]}  {meaning}" for name, meaning in matrix.LEGEND.items()))


def _missions() -> tuple[Mission, ...]:
    """Load all missions of the checkout; faulty ones are shown and end the command with exit code 2."""
    folder = ROOT / "mission_configs"
    try:
        return check((), sorted(folder.glob("*.yaml")), folder)[1]
    except ConfigErrors as errors:
        typer.echo(str(errors), err=True)
        raise typer.Exit(2) from None


def _data(data: Any) -> None:
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
