"""Images of the services' containers: how they are called, and what they are made from. Pure.

An image is known by what it was made from, which is the same on every operator's machine, and named by its content.
"""

import json
from functools import cache
from pathlib import Path

from sepp.catalogue import CATALOGUE
from sepp.config.kubernetes import Kubernetes
from sepp.converge.hashes import digest, install_content
from sepp.deployment import Deployment
from sepp.targets.kubernetes import names, oci

SCRIPTS = Path(__file__).parent / "container"
"""`finish` makes a container's root file system of one in which a role is installed; `trust` says whom it trusts, and
`names` lets it know the directory's users."""

NAMES = "names"
"""The script that only services need that know users."""

TOOLS = ("ca-certificates", "debconf", "passwd", "python3-apt")
"""What Ansible needs while it installs; it goes afterwards where the service does not need it."""


def services_of(deployment: Deployment) -> tuple[str, ...]:
    """Return the services of a deployment that run in containers, each once."""
    found = (service for area in names.areas(deployment) for service in names.services(deployment, area))
    return tuple(dict.fromkeys(service for service in found if CATALOGUE[service].number is not None))


def number(service: str) -> int:
    """Return the number of a service's user and group; ValueError if it never runs in a container."""
    found = CATALOGUE[service].number
    if found is None:
        raise ValueError(f"{service} has no number, so it never runs in a container")
    return found


def knows_users(service: str) -> bool:
    """Tell whether the name service of a service's containers knows the users of the directory."""
    return CATALOGUE[service].keeps_tiers


NOT_MADE = "not-made"
"""The tag of an image that this machine has not made, so that a preview is possible before."""


@cache
def made_from(service: str) -> str:
    """Return the hash of what a service's image is made from, but for the packages' versions."""
    scripts = sorted(script for script in SCRIPTS.iterdir() if script.name != NAMES or knows_users(service))
    how = (*(script.read_text() for script in scripts), Path(oci.__file__).read_text())
    return digest([*how, *TOOLS, service, CATALOGUE[service].user, str(number(service)), install_content(service)])


def content(service: str, software: object) -> str:
    """Return the hash of an image's content: what it was made from, and what came in with it, with versions."""
    return digest([made_from(service), json.dumps(software, sort_keys=True)])


def repository(service: str) -> str:
    """Return what a service's images are called before the colon, without a registry."""
    return f"sepp-{service}"


def config(service: str, content: str, architecture: str) -> oci.Config:
    """Return how a container of a service's image runs; its command is what the role's phase `configure` says."""
    return oci.Config(
        user=f"{number(service)}:{number(service)}",
        architecture=architecture,
        labels={
            "org.opencontainers.image.title": CATALOGUE[service].title,
            "org.opencontainers.image.version": content,
            "org.opencontainers.image.revision": made_from(service),
        },
    )


def reference(settings: Kubernetes, service: str, content: str | None) -> str:
    """Return what pods call a service's image; without a registry, nodes import it under this name."""
    return f"{place(settings, service) or f'localhost/{repository(service)}'}:{content or NOT_MADE}"


def place(settings: Kubernetes, service: str) -> str | None:
    """Return where the registry of the settings has a service's images; None without a registry."""
    return f"{settings.registry}/{repository(service)}" if settings.registry else None
