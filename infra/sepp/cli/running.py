"""What commands that run the engine share: progress, questions, and errors that end with the next step."""

import contextlib
import sys
from collections.abc import Generator

import typer

from sepp.engine.errors import EngineError, LockedError


@contextlib.contextmanager
def reporting(platform: str) -> Generator[None]:
    """Show an EngineError with its next step and end the command: exit code 4 if another run holds the platform."""
    try:
        yield
    except EngineError as error:
        typer.echo(f"\n{platform}: {error}", err=True)
        raise typer.Exit(4 if isinstance(error, LockedError) else 1) from None


def show(line: str) -> None:
    """Show a line of progress."""
    typer.echo(line)


def confirmed(question: str, *, yes: bool) -> bool:
    """Ask at the terminal; without one, only `yes` is an answer."""
    if yes:
        return True
    if not sys.stdin.isatty():
        typer.echo(f"{question}\nNext: the same with --yes", err=True)
        return False
    return typer.confirm(question)
