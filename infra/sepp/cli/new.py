"""`sepp new`: a mission's first file."""

import sys
from typing import Annotated

import typer

from sepp.cli.common import ROOT
from sepp.config.first import SCENARIOS, Answers, first_file
from sepp.config.load import ConfigErrors, parse_mission
from sepp.config.source import shown


def new(  # noqa: PLR0917 - the options of a command
    name: Annotated[str, typer.Argument(help="The mission's name, like planck.", metavar="NAME")],
    title: Annotated[str | None, typer.Option(help="The area's name for people.")] = None,
    use_case: Annotated[str | None, typer.Option(help="The id of the use case, like PLA-CRA.")] = None,
    team: Annotated[str | None, typer.Option(help="The team that answers for the mission.")] = None,
    group: Annotated[str | None, typer.Option(help="The directory's group of the mission's own people.")] = None,
    directory: Annotated[str | None, typer.Option(help="Where the mission's data are.")] = None,
    scenarios: Annotated[
        str | None, typer.Option(help=f"What the mission wants, of {','.join(SCENARIOS)}.", metavar="SA,IA,...")
    ] = None,
) -> None:
    """Write a mission's first file; asks on a terminal for what no option says."""
    path = ROOT / "mission_configs" / f"{name}.yaml"
    if "/" in name or path.exists() or path.is_symlink():
        reason = "a name has no '/'" if "/" in name else f"{shown(path)} exists already, and is not overwritten"
        raise typer.BadParameter(f"{reason}. Next: ./sepp check")
    answers = Answers(
        name=name,
        title=_ask(title, "--title", "Title of the area"),
        use_case=_ask(use_case, "--use-case", "Id of the use case", name.upper()),
        team=_ask(team, "--team", "Team that answers for it"),
        group=_ask(group, "--group", "Group of the mission's own people", f"{name}-team"),
        directory=_ask(directory, "--directory", "Directory of the data", f"/srv/missions/{name}"),
        scenarios=_chosen(_ask(scenarios, "--scenarios", f"Scenarios, of {','.join(SCENARIOS)}", "SA,IA")),
    )
    text = first_file(answers)
    try:
        parse_mission(text, path)
    except ConfigErrors as errors:
        typer.echo(f"{errors}\nNothing is written. Next: ./sepp new with other answers", err=True)
        raise typer.Exit(2) from None
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    typer.echo(f"wrote {shown(path)}")
    typer.echo(f"Next: look at it, then ./sepp check {shown(path)}, and name '{name}' in a stack file's sepp:missions")


def _ask(given: str | None, option: str, question: str, default: str | None = None) -> str:
    """Return an answer: the option's, the terminal's, or the default."""
    if given is not None:
        return given
    if _terminal():
        return typer.prompt(question, default=default)
    if default is None:
        raise typer.BadParameter(f"{option} is missing, and there is no terminal to ask on")
    return default


def _terminal() -> bool:
    return sys.stdin.isatty()


def _chosen(text: str) -> frozenset[str]:
    """Read a list of scenarios; analysis and publishing need storage as well."""
    chosen = frozenset(word.strip().upper() for word in text.split(",") if word.strip())
    unknown = sorted(chosen - {*SCENARIOS})
    if unknown:
        raise typer.BadParameter(f"unknown scenario '{unknown[0]}' (valid: {', '.join(SCENARIOS)})")
    return chosen | {"SA"} if {"IA", "VO"} & chosen else chosen
