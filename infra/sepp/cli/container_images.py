"""`sepp image` on Kubernetes: images of services, as archives on this machine and in the registry of the settings."""

import json
from collections.abc import Sequence
from dataclasses import asdict

import typer
from rich.console import Console
from rich.table import Table

from sepp.cli.common import require_known
from sepp.cli.running import confirmed, show
from sepp.cli.usage import size
from sepp.deployment import Deployment
from sepp.engine.paths import MISSIONS
from sepp.targets.kubernetes import image_store, settings_of
from sepp.targets.kubernetes.bakery import ensure_archive, outdated
from sepp.targets.kubernetes.images import recipes


def build(deployment: Deployment, services: Sequence[str], *, update: bool) -> None:
    """Make the images of services, and push those that the registry does not have; without one, say how to import."""
    settings, known = settings_of(deployment), recipes(deployment, MISSIONS)
    require_known("service", services, tuple(dict.fromkeys(recipe.service for recipe in known)))
    for recipe in (recipe for recipe in known if not services or recipe.service in services):
        archive = ensure_archive(recipe, show, update=update)
        show(f"{archive.name} ({size(archive.file.stat().st_size)}); its software: {archive.bill}")
        if settings.registry is None:
            show(f"  on each node: ctr --namespace k8s.io images import {archive.file}")
        else:
            pushed = image_store.push(settings, archive)
            show(f"  {'pushed to' if pushed else 'is in'} {settings.registry}")


def list_(deployment: Deployment, *, as_json: bool) -> None:
    """List the images of services: which are here, which in the registry, and which of them new pods get."""
    found = image_store.known(deployment, settings_of(deployment))
    if as_json:
        typer.echo(json.dumps([asdict(image) for image in found], indent=2))
        return
    table = Table("image", "made here", "size", "new pods", "registry", box=None, pad_edge=False)
    for image in found:
        marks = ("get it" if image.current else "", "has it" if image.stored else "")
        table.add_row(image.name, image.made or "", size(image.size) if image.size else "", *marks)
    Console(width=None if Console().is_terminal else 160).print(table)


def remove(deployment: Deployment, *, yes: bool) -> None:
    """Remove archives that new pods would not get; name what the registry has of that kind."""
    old = [archive for recipe in recipes(deployment, MISSIONS) for archive in outdated(recipe)]
    names = ", ".join(archive.name for archive in old)
    if not old:
        typer.echo("No archive is out of use.")
    elif confirmed(f"To be removed from this machine: {names}. Go on?", yes=yes):
        for archive in old:
            archive.file.unlink()
            archive.bill.unlink()
        typer.echo(f"Removed: {names}")
    else:
        raise typer.Exit(2)
    stored = ", ".join(
        image.name
        for image in image_store.known(deployment, settings_of(deployment))
        if image.stored and not image.current
    )
    if stored:
        typer.echo(
            f"The registry has {stored}. Other platforms may use them, and registries may refuse removals, for which "
            "there is no command of podman's: use the registry's own means."
        )
