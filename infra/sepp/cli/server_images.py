"""`sepp image` on OpenStack: images of servers, in the project."""

import json
from collections.abc import Sequence
from dataclasses import asdict

import typer
from rich.console import Console
from rich.table import Table

from sepp.cli.cloud import roles_of
from sepp.cli.running import confirmed, show
from sepp.cli.usage import size
from sepp.deployment import Deployment
from sepp.targets.openstack import image_store, images, reading, settings_of
from sepp.targets.openstack.bakery import ensure_image_file


def build(deployment: Deployment, hosts: Sequence[str], *, update: bool) -> None:
    """Make the images that hosts of the platform start from, and upload those that the project does not have."""
    settings, wanted = settings_of(deployment), roles_of(deployment, hosts)
    cloud = reading.read(settings, deployment.name)
    for roles in dict.fromkeys(wanted.values()):
        if not update and (there := images.newest(cloud, roles)):
            show(f"{there.name} is there and up to date")
            continue
        disk = ensure_image_file(roles, show, update=update)
        show(f"uploading {disk.name} ({size(disk.file.stat().st_size)})")
        image_store.upload(settings, disk)
        show(f"{disk.name} is there; its software: {disk.bill}")
    typer.echo(f"\nNew hosts start from these. Next: ./sepp renew {deployment.target}/{deployment.name}")


def list_(deployment: Deployment, *, as_json: bool) -> None:
    """List the kit's images in the project: which of them new hosts get, and which a server runs from."""
    settings = settings_of(deployment)
    cloud = reading.read(settings, deployment.name)
    current = {*images.chosen(deployment, settings, cloud).values()}
    found = sorted(cloud.own_images, key=lambda image: image.created, reverse=True)
    if as_json:
        uses = [{"current": image.id in current, "used": image.id in cloud.images_in_use} for image in found]
        typer.echo(json.dumps([{**asdict(image), **use} for image, use in zip(found, uses, strict=True)], indent=2))
        return
    table = Table("image", "made", "size", "new hosts", "servers", box=None, pad_edge=False)
    for image in found:
        get, run = image.id in current, image.id in cloud.images_in_use
        marks = ("get it" if get else "", "run from it" if run else "")
        table.add_row(image.name, image.created, size(image.size), *marks)
    Console(width=None if Console().is_terminal else 160).print(table)


def remove(deployment: Deployment, *, yes: bool) -> None:
    """Remove the kit's images that no server of the project runs from and that new hosts would not get."""
    settings = settings_of(deployment)
    cloud = reading.read(settings, deployment.name)
    old = images.unused(cloud, images.chosen(deployment, settings, cloud).values())
    names = ", ".join(image.name for image in old)
    if not old:
        typer.echo("No image is out of use.")
    elif confirmed(f"To be removed: {names}. Go on?", yes=yes):
        image_store.remove(settings, old)
        typer.echo(f"Removed: {names}")
    else:
        raise typer.Exit(2)
