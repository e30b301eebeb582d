"""`sepp destroy`: takes a platform away."""

from pathlib import Path
from typing import Annotated

import typer

from sepp.cli.common import PlatformName, deployment_of
from sepp.cli.running import confirmed, reporting, show
from sepp.engine.errors import EngineError
from sepp.engine.stack import Stack
from sepp.targets.local import volumes
from sepp.targets.local.network import remove


def destroy(
    platform: PlatformName = "local/demo",
    with_data: Annotated[bool, typer.Option("--with-data", help="Delete all data as well.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take the platform's hosts and network away; data, secrets and the authority stay for the next `up`."""
    stack = Stack.of(platform)
    if stack.target != "local":
        _destroy(stack, with_data=with_data, yes=yes)
        return
    with reporting(platform), stack.held("sepp destroy") as run:
        known = stack.state().outputs.get("data")
        data = Path(known) if known else volumes.volumes_folder(deployment_of(platform))
        kept = volumes.found(data)
        if with_data:
            typer.echo(f"With {platform} these data, its secrets and its authority would be lost for ever:")
            for volume in kept:
                typer.echo(f"  {volume.folder}  {volumes.used(volume) / 1024**2:,.1f} MiB used")
        question = "Delete them all?" if with_data else f"Take {platform} away? Its data stay."
        if not confirmed(question, yes=yes):
            raise typer.Exit(2)
        run.destroy(show)
        remove(stack.name)
        for volume in kept:
            volumes.delete_volume(volume) if with_data else volumes.unmount_volume(volume)
        if with_data:
            if data.is_dir():
                data.rmdir()
            run.remove(show)
    if not with_data:
        typer.echo(f"\nData, secrets and the authority of {platform} stay. Next: ./sepp up {platform}")


def _destroy(stack: Stack, *, with_data: bool, yes: bool) -> None:
    """Take a platform in a cloud away, except what is protected."""
    with reporting(stack.platform), stack.held("sepp destroy") as run:
        kept = [resource.name for resource in stack.state().resources if resource.protected]
        if with_data:
            raise EngineError("data in a cloud are not deleted by this version", f"./sepp destroy {stack.platform}")
        if not confirmed(f"Take {stack.platform} away? It keeps {', '.join(kept) or 'nothing'}.", yes=yes):
            raise typer.Exit(2)
        run.destroy(show)
    typer.echo(f"\nData, addresses, secrets and the authority stay. Next: ./sepp up {stack.platform}")
