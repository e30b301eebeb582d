"""The kit's own images of servers: a Debian 13 on which the roles of a host are installed already. Pure.

An image is known by what it was made from, which is the same on every operator's machine; of several that were made
from the same at different times, the newest is taken. A plain image of Debian works too, only slower.
"""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from sepp.catalogue import CATALOGUE
from sepp.catalogue.volumes import VOLUMES
from sepp.config.openstack import OpenStack
from sepp.converge.hashes import digest, install_content
from sepp.deployment import Deployment
from sepp.targets.local.images import MASKED, PACKAGES
from sepp.targets.openstack.cloud import Cloud, Image
from sepp.targets.openstack.flavours import JUMP

MADE_FROM = "sepp_made_from"
"""The property of an image in Glance that holds the hash of what it was made from."""

SCRIPTS = Path(__file__).parent / "machine"
"""Scripts for a machine's disk and the root file system that it is made from; they run in containers."""

_LAST = VOLUMES.name
"""The role that only hosts of a cloud have: its layer is above those that local hosts have as well."""


def roles_of(deployment: Deployment, settings: OpenStack) -> dict[str, tuple[str, ...]]:
    """Return the roles that the image of each server has installed, in order; none for the jump host."""
    jump: dict[str, tuple[str, ...]] = {} if settings.jump else {JUMP: ()}
    return {host.name: (*(role for role in host.services if role != _LAST), _LAST) for host in deployment.hosts} | jump


@cache
def made_from(roles: tuple[str, ...]) -> str:
    """Return the hash of what an image with these roles is made from, but for the packages' versions."""
    scripts = [file.read_text() for file in sorted(SCRIPTS.iterdir())]
    installed = [part for role in roles for part in (role, install_content(role))]
    return digest([*scripts, *PACKAGES, *MASKED, *installed])


def title(roles: Iterable[str]) -> str:
    """Return what an image with these roles is called, before the hash of its content."""
    own = [role for role in roles if CATALOGUE[role].scope != "host"]
    return f"sepp-{'-'.join(own) or JUMP}"


def content(roles: tuple[str, ...], software: object) -> str:
    """Return the hash of an image's content: what it was made from, and what came in with it, with versions."""
    return digest([made_from(roles), json.dumps(software, sort_keys=True)])


def newest(cloud: Cloud, roles: tuple[str, ...]) -> Image | None:
    """Return the image with these roles that a new server gets; None if the project has none that is up to date."""
    fitting = [image for image in cloud.own_images if image.made_from == made_from(roles)]
    return max(fitting, key=lambda image: image.created, default=None)


def chosen(deployment: Deployment, settings: OpenStack, cloud: Cloud) -> dict[str, str | None]:
    """Return the id of the image of each server: the kit's own where there is one, else that of the settings.

    None where there is neither.
    """
    plain = cloud.images.get(settings.image) if settings.image else None
    return {
        name: own.id if (own := newest(cloud, roles)) else plain
        for name, roles in roles_of(deployment, settings).items()
    }


def unused(cloud: Cloud, current: Iterable[str | None]) -> tuple[Image, ...]:
    """Return the images of the kit's that no server of the project runs from and no new one would get."""
    needed = {*cloud.images_in_use, *current}
    return tuple(image for image in cloud.own_images if image.id not in needed)
