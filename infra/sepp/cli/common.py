"""Arguments and small things that several commands share."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated

import typer

from sepp.config.errors import hint, quoted
from sepp.config.load import ConfigErrors, load
from sepp.deployment import Deployment
from sepp.plan import plan

ROOT = Path(__file__).parents[3]
"""The checkout."""

PlatformName = Annotated[
    str, typer.Argument(envvar="SEPP_PLATFORM", help="The platform, as <target>/<platform>.", metavar="PLATFORM")
]
Json = Annotated[bool, typer.Option("--json", help="Write data instead of text.")]


def deployment_of(platform: str, *, packages: bool = False) -> Deployment:
    """Load a platform's configuration and plan it; a faulty one is shown and ends the command with exit code 2.

    With `packages` the operator's own software has to be on this machine as well.
    """
    target, _, name = platform.partition("/")
    settings = ROOT / "stacks" / target / f"Pulumi.{name}.yaml"
    try:
        return plan(*load(settings, ROOT / "mission_configs", packages=packages), name=name, target=target)
    except ConfigErrors as errors:
        typer.echo(str(errors), err=True)
        raise typer.Exit(2) from None


def require_known(what: str, names: Iterable[str], known: Collection[str]) -> None:
    """End the command with exit code 2 if a name is not among the known ones; all such are told, with what is near."""
    unknown = [
        f"unknown {what} {quoted(name)} {hint(name, known, 'there is none')}" for name in names if name not in known
    ]
    if unknown:
        typer.echo("\n".join(unknown), err=True)
        raise typer.Exit(2)
