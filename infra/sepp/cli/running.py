"""What commands that run the engine share: progress, questions, and errors that end with the next step."""

import contextlib
import errno
import sys
from collections.abc import Generator

import typer

from sepp.engine.errors import EngineError, LockedError
from sepp.engine.paths import state_dir


@contextlib.contextmanager
def reporting(platform: str) -> Generator[None]:
    """Show an EngineError or a full disk with its next step and end the command.

    The exit code is 4 if another run holds the platform, else 1.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        full = EngineError(
            f"{error.strerror}: {error.filename or state_dir()}", "make room (df -h), then the same again"
        )
        typer.echo(f"\n{platform}: {full}", err=True)
        raise typer.Exit(1) from None
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
