"""The command line. Each command is a thin function of a module here; what it does is elsewhere."""

import importlib
from typing import Annotated

import typer

from sepp import __version__

_COMMANDS = {
    "check": "check",
    "schema": "schema",
    "new": "new",
    "plan": "plan",
    "up": "up",
    "status": "status",
    "verify": "verify",
    "drift": "drift",
    "renew": "renew",
    "rotate": "rotate",
    "destroy": "destroy",
    "doctor": "doctor",
    "env": "env",
}
_GROUPS = ("user", "image", "report")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sepp {__version__}")
        raise typer.Exit


def build() -> typer.Typer:
    """Put the commands together."""
    app = typer.Typer(
        name="sepp",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def options(  # pyright: ignore[reportUnusedFunction]
        version: Annotated[
            bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
        ] = False,
    ) -> None:
        """Deploys a Science Exploitation and Preservation Platform from one file per mission."""

    for command, module in _COMMANDS.items():
        app.command(command)(getattr(importlib.import_module(f"sepp.cli.{module}"), command))
    for group in _GROUPS:
        app.add_typer(importlib.import_module(f"sepp.cli.{group}").app, name=group)
    return app


def main() -> None:
    """Run the command line; exit codes are those of docs/reference/cli.md."""
    build()(prog_name="./sepp")
