"""Images of the services' containers: how they are called, and what they are made from. Pure.

An image is known by what it was made from, which is the same on every operator's machine, and named by its content.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sepp.catalogue import CATALOGUE
from sepp.config.kubernetes import Kubernetes
from sepp.converge.hashes import PLAYBOOKS, digest, install_content, role_content
from sepp.deployment import Deployment
from sepp.targets.kubernetes import names, oci

SCRIPTS = Path(__file__).parent / "container"
"""`finish` makes a container's root file system of one in which a role is installed; `trust` says whom it trusts, and
`names` lets it know the directory's users."""

NAMES = "names"
"""The script that only services need that know users."""

TOOLS = ("ca-certificates", "debconf", "passwd", "python3-apt")
"""What Ansible needs while it installs; it goes afterwards where the service does not need it."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What an image is made from: the phase `install` of a service's role, and for a mission its phase `mission`.

    `said` are the arguments of that phase, as JSON; `brings` is a hash of the operator's files that they name.
    """

    service: str
    mission: str | None = None
    said: str = "{}"
    brings: str = ""

    @property
    def name(self) -> str:
        """What the image is called, without the kit's name."""
        return f"{self.service}-{self.mission}" if self.mission else self.service


def recipes(deployment: Deployment, configs: Path) -> tuple[Recipe, ...]:
    """Return what all images of a deployment are made from; `configs` is the folder of the mission files."""
    found = ((area, service) for area in names.areas(deployment) for service in names.services(deployment, area))
    return tuple(dict.fromkeys(recipe(deployment, configs, area, service) for area, service in found))


def recipe(deployment: Deployment, configs: Path, area: str, service: str) -> Recipe:
    """Return what the image of a service in an area is made from."""
    arguments = CATALOGUE[service].of_mission
    said: Mapping[str, Any] = arguments(deployment.mission(area), configs) if arguments else {}
    if not said:
        return Recipe(service=service)
    folders = (Path(value) for value in said.values() if isinstance(value, str) and value)
    files = ((folder, file) for folder in folders for file in sorted(folder.rglob("*")) if file.is_file())
    brings = digest(part for folder, file in files for part in (str(file.relative_to(folder)), file.read_bytes()))
    return Recipe(service=service, mission=area, said=json.dumps(said, sort_keys=True), brings=brings)


def number(service: str) -> int:
    """Return the number of a service's user and group; ValueError if it never runs in a container."""
    found = CATALOGUE[service].number
    if found is None:
        raise ValueError(f"{service} has no number, so it never runs in a container")
    return found


def knows_users(recipe: Recipe) -> bool:
    """Tell whether the name service of containers knows the users of the directory."""
    return CATALOGUE[recipe.service].keeps_tiers or recipe.mission is not None


NOT_MADE = "not-made"
"""The tag of an image that this machine has not made, so that a preview is possible before."""


@cache
def made_from(recipe: Recipe) -> str:
    """Return the hash of what an image is made from, but for the packages' versions."""
    service = recipe.service
    scripts = sorted(script for script in SCRIPTS.iterdir() if script.name != NAMES or knows_users(recipe))
    how = (*(script.read_text() for script in scripts), Path(oci.__file__).read_text())
    own = (*how, *TOOLS, service, CATALOGUE[service].user, str(number(service)), install_content(service))
    # Where the operator has the files is none of the image's content.
    said = {key: value for key, value in json.loads(recipe.said).items() if not str(value).startswith("/")}
    phase = (role_content(service), (PLAYBOOKS / "mission.yml").read_text())
    mission = (str(recipe.mission), json.dumps(said, sort_keys=True), recipe.brings, *phase)
    return digest([*own, *(mission if recipe.mission else ())])


def content(recipe: Recipe, software: object) -> str:
    """Return the hash of an image's content: what it was made from, and what came in with it, with versions."""
    return digest([made_from(recipe), json.dumps(software, sort_keys=True)])


def repository(recipe: Recipe) -> str:
    """Return what images are called before the colon, without a registry."""
    return f"sepp-{recipe.name}"


def config(recipe: Recipe, content: str, architecture: str) -> oci.Config:
    """Return how a container of an image runs; its command is what the role's phase `configure` says."""
    return oci.Config(
        user=f"{number(recipe.service)}:{number(recipe.service)}",
        architecture=architecture,
        labels={
            "org.opencontainers.image.title": CATALOGUE[recipe.service].title,
            "org.opencontainers.image.version": content,
            "org.opencontainers.image.revision": made_from(recipe),
        },
    )


def reference(settings: Kubernetes, recipe: Recipe, content: str | None) -> str:
    """Return what pods call an image; without a registry, nodes import it under this name."""
    return f"{place(settings, recipe) or f'localhost/{repository(recipe)}'}:{content or NOT_MADE}"


def place(settings: Kubernetes, recipe: Recipe) -> str | None:
    """Return where the registry of the settings has an image; None without a registry."""
    return f"{settings.registry}/{repository(recipe)}" if settings.registry else None
