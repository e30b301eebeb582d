"""`sepp rotate`: gives a platform new secrets and certificates."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer

from sepp.cli.common import PlatformName, deployment_of, require_known
from sepp.cli.making import make
from sepp.cli.running import confirmed, reporting
from sepp.engine.errors import EngineError
from sepp.engine.stack import Stack, deployed_summary
from sepp.report.changes import changes, summary
from sepp.targets import rotation


def rotate(
    platform: PlatformName = "local/demo",
    secret: Annotated[
        list[str] | None, typer.Option(help="Make only this secret anew; may be given several times.", metavar="NAME")
    ] = None,
    certificate: Annotated[
        list[str] | None,
        typer.Option(help="Make only this certificate anew; may be given several times.", metavar="NAME"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Make secrets and certificates of the platform anew (all, if none is named) and bring them to its hosts.

    The authority stays: browsers trust it.
    """
    deployment = deployment_of(platform, packages=True)
    everything = not secret and not certificate
    secrets = _chosen("secret", rotation.generated(deployment), secret, everything=everything)
    certificates = _chosen("certificate", rotation.certificates(deployment), certificate, everything=everything)
    elsewhere = sorted(rotation.secrets(deployment).keys() - rotation.generated(deployment).keys())
    if elsewhere and not certificate:
        typer.echo(f"Others make these, in the cluster's Secret: {', '.join(elsewhere)}. Then: ./sepp up {platform}")
    parts = [*secrets, *map(rotation.of_certificate, certificates)]
    with reporting(platform):
        before = deployed_summary(platform)
        if before is None:
            raise EngineError("is not deployed", f"./sepp up {platform}")
        typer.echo(f"These of {platform} are made anew, and what users notice:")
        _show(secrets, "secret")
        _show(certificates, "certificate")
        if found := changes(before, summary(deployment)):
            typer.echo(f"Changes that are made as by 'up': {len(found)}, see ./sepp plan {platform}")
        if not confirmed("Servers of users run on. Go on?", yes=yes):
            raise typer.Exit(2)
        with Stack.of(platform).held("sepp rotate") as run:
            make(run, deployment, rotation.environment(parts, datetime.now(UTC)), yes=yes)
    typer.echo(f"\nMade anew: {', '.join(parts)}.\nNext: ./sepp verify {platform}")


def _chosen(what: str, known: Mapping[str, str], names: Iterable[str] | None, *, everything: bool) -> Mapping[str, str]:
    """Return what is known of the names, or all of it; an unknown name ends the command with exit code 2."""
    if everything:
        return known
    chosen = list(names or ())
    require_known(what, chosen, known)
    return {name: known[name] for name in chosen}


def _show(parts: Mapping[str, str], what: str) -> None:
    for name, noticed in parts.items():
        typer.echo(f"  {what:<11} {name:<16} {noticed}")
