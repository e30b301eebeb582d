"""`sepp check`: is the configuration right?"""

import json
from pathlib import Path
from typing import Annotated

import typer

from sepp.cli.common import ROOT, Json
from sepp.config import load
from sepp.config.source import shown


def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Mission files, and platforms, as <target>/<platform> or by their files; without any, all there are.",
            metavar="FILES",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check mission files and platforms; shows all faults with their places, exit code 2 if there are any."""
    missions_dir = ROOT / "mission_configs"
    everything = [*sorted(missions_dir.glob("*.y*ml")), *sorted(ROOT.glob("stacks/*/Pulumi.*.yaml"))]
    paths = [_file(each) for each in files] if files else everything
    stacks = [path for path in paths if path.name.startswith("Pulumi.")]
    missions = [path for path in paths if not path.name.startswith("Pulumi.")]
    try:
        load.check(stacks, missions, missions_dir)
    except load.ConfigErrors as errors:
        if as_json:
            typer.echo(json.dumps(errors.as_data(), indent=2, ensure_ascii=False))
        else:
            typer.echo(str(errors), err=True)
            again = " ".join(shown(path) for path in files or [])
            typer.echo(f"Next: mend them, then ./sepp check {again}".rstrip(), err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo("[]")
    else:
        counts = [_count(missions, "mission"), _count(stacks, "platform")]
        typer.echo(f"{' and '.join(count for count in counts if count) or 'nothing to check'}: all right")


def _file(name: Path) -> Path:
    """Return the file of a platform that is given by its name; any other is a file already."""
    settings = ROOT / "stacks" / name.parent / f"Pulumi.{name.name}.yaml"
    return settings if settings.exists() and not name.exists() else name


def _count(paths: list[Path], what: str) -> str:
    return f"{len(paths)} {what}{'' if len(paths) == 1 else 's'}" if paths else ""
