"""`sepp image`: the kit's own images of servers in a cloud."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sepp.cli.cloud import CloudPlatformName, on_openstack, roles_of
from sepp.cli.common import Json
from sepp.cli.running import confirmed, reporting, show
from sepp.cli.usage import size
from sepp.targets.openstack import image_store, images, reading, settings_of
from sepp.targets.openstack.bakery import ensure_image_file

app = typer.Typer(help="Make, list and remove the images of servers in a cloud.", no_args_is_help=True)


@app.command()
def build(
    platform: CloudPlatformName,
    hosts: Annotated[list[str] | None, typer.Argument(help="Hosts; all without any.", metavar="HOST...")] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Make them anew, with Debian's latest packages, also where there are some.")
    ] = False,
) -> None:
    """Make the images that hosts of the platform start from, and upload those that the project does not have."""
    deployment = on_openstack(platform)
    settings, wanted = settings_of(deployment), roles_of(deployment, hosts or ())
    with reporting(platform):
        cloud = reading.read(settings, deployment.name)
        for roles in dict.fromkeys(wanted.values()):
            if not update and (there := images.newest(cloud, roles)):
                show(f"{there.name} is there and up to date")
                continue
            disk = ensure_image_file(roles, show, update=update)
            show(f"uploading {disk.name} ({size(disk.file.stat().st_size)})")
            image_store.upload(settings, disk)
            show(f"{disk.name} is there; its software: {disk.bill}")
    typer.echo(f"\nNew hosts start from these. Next: ./sepp renew {platform}")


@app.command("list")
def list_(platform: CloudPlatformName, as_json: Json = False) -> None:
    """List the kit's images in the project: which of them new hosts get, and which a server runs from."""
    deployment = on_openstack(platform)
    settings = settings_of(deployment)
    with reporting(platform):
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


@app.command()
def remove(
    platform: CloudPlatformName, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """Remove the kit's images that no server of the project runs from and that new hosts would not get."""
    deployment = on_openstack(platform)
    settings = settings_of(deployment)
    with reporting(platform):
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
