"""`sepp destroy`: takes a platform away."""

from pathlib import Path
from typing import Annotated

import typer

from sepp.cli.common import PlatformName, deployment_of
from sepp.cli.running import confirmed, reporting, show
from sepp.engine.stack import Stack
from sepp.targets import target_of
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
        there = volumes.found(data)
        if with_data:
            typer.echo(f"With {platform} these data, its secrets and its authority would be lost for ever:")
            for volume in there:
                typer.echo(f"  {volume.folder}  {volumes.used(volume) / 1024**2:,.1f} MiB used")
        question = "Delete them all?" if with_data else f"Take {platform} away? Its data stay."
        if not confirmed(question, yes=yes):
            raise typer.Exit(2)
        run.destroy(show)
        remove(stack.name)
        for volume in there:
            volumes.delete_volume(volume) if with_data else volumes.unmount_volume(volume)
        if with_data:
            if data.is_dir():
                data.rmdir()
            run.remove(show)
    if not with_data:
        typer.echo(f"\nData, secrets and the authority of {platform} stay. Next: ./sepp up {platform}")


def _destroy(stack: Stack, *, with_data: bool, yes: bool) -> None:
    """Take a platform in a cloud away."""
    deployment = deployment_of(stack.platform)
    target = target_of(deployment)
    with reporting(stack.platform), stack.held("sepp destroy") as run:
        data = target.kept()
        if with_data:
            typer.echo(f"With {stack.platform} these, its secrets and its authority would be lost for ever:")
            typer.echo("".join(f"  {name}\n" for name in sorted(data.values())), nl=False)
        question = "Delete them all?" if with_data else f"Take {stack.platform} away? Its data and addresses stay."
        if not confirmed(question, yes=yes):
            raise typer.Exit(2)
        target.mend(show, then="removed")
        run.destroy(show)
        target.end_users()
        if with_data:
            target.delete_kept(data)
            run.remove(show)
    if not with_data:
        typer.echo(f"\nData, addresses, secrets and the authority stay. Next: ./sepp up {stack.platform}")
