"""Arguments of commands that are for platforms on some targets only."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from sepp.cli.common import deployment_of, require_known
from sepp.deployment import Deployment
from sepp.targets.openstack import images, settings_of

CloudPlatformName = Annotated[
    str, typer.Argument(envvar="SEPP_PLATFORM", help="The platform, as openstack/<platform>.", metavar="PLATFORM")
]

_TITLES = {"openstack": "OpenStack", "kubernetes": "Kubernetes"}


def on_target(platform: str, *targets: str) -> Deployment:
    """Load and plan a platform as `deployment_of` does; one on another target ends the command with exit code 2."""
    target = platform.partition("/")[0]
    if target not in targets:
        wanted = " and ".join(_TITLES[each] for each in targets)
        typer.echo(f"{platform} is on the target '{target}': this is for platforms on {wanted}", err=True)
        raise typer.Exit(2)
    return deployment_of(platform)


def roles_of(deployment: Deployment, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the roles in the images of hosts, of all if none is named; an unknown one ends the command with code 2."""
    known = images.roles_of(deployment, settings_of(deployment))
    require_known("host", names, known)
    return {name: known[name] for name in names or known}
