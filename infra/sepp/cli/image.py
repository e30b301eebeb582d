"""`sepp image`: the kit's own images, of servers in a cloud or of containers in a cluster."""

from typing import Annotated

import typer

from sepp.cli import container_images, server_images
from sepp.cli.cloud import on_target
from sepp.cli.common import Json
from sepp.cli.running import reporting

app = typer.Typer(help="Make, list and remove images of servers or containers.", no_args_is_help=True)

_KINDS = {"openstack": server_images, "kubernetes": container_images}

ImagePlatformName = Annotated[
    str,
    typer.Argument(
        envvar="SEPP_PLATFORM",
        help="The platform, as openstack/<platform> or kubernetes/<platform>.",
        metavar="PLATFORM",
    ),
]


@app.command()
def build(
    platform: ImagePlatformName,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Hosts, or on Kubernetes services; all without any.", metavar="NAME..."),
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Make them anew, with Debian's latest packages, also where there are some.")
    ] = False,
) -> None:
    """Make the images that hosts or pods start from, and bring them where they are missing.

    That is the project on OpenStack, and the registry of the settings on Kubernetes.
    """
    deployment = on_target(platform, *_KINDS)
    with reporting(platform):
        _KINDS[deployment.target].build(deployment, names or (), update=update)


@app.command("list")
def list_(platform: ImagePlatformName, as_json: Json = False) -> None:
    """List the kit's images: where they are, which of them new hosts or pods get, and which a server runs from."""
    deployment = on_target(platform, *_KINDS)
    with reporting(platform):
        _KINDS[deployment.target].list_(deployment, as_json=as_json)


@app.command()
def remove(
    platform: ImagePlatformName, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """Remove the kit's images that are out of use; on Kubernetes from this machine, never from a registry."""
    deployment = on_target(platform, *_KINDS)
    with reporting(platform):
        _KINDS[deployment.target].remove(deployment, yes=yes)
