"""`sepp schema`: the JSON Schemas that editors use."""

from typing import Annotated

import typer

from sepp.config.schema import KINDS, Kind, path, text


def schema(
    kind: Annotated[Kind | None, typer.Argument(help="The kind of file: mission or platform.", metavar="KIND")] = None,
    write: Annotated[bool, typer.Option("--write", help="Write the committed files anew.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only tell whether the committed files are current.")] = False,
) -> None:
    """Show the JSON Schema of the mission file or of the platform's stack file (`mission`, `platform`)."""
    kinds: tuple[Kind, ...] = (kind,) if kind else KINDS
    if write:
        for each in kinds:
            path(each).write_text(text(each), encoding="utf-8")
    elif check:
        old = [
            each for each in kinds if not path(each).exists() or path(each).read_text(encoding="utf-8") != text(each)
        ]
        for each in old:
            typer.echo(f"{each}.schema.json is out of date", err=True)
        if old:
            typer.echo("Next: ./sepp schema --write", err=True)
            raise typer.Exit(1)
    elif kind:
        typer.echo(text(kind), nl=False)
    else:
        raise typer.BadParameter(f"name the kind to show: {' or '.join(KINDS)}")
