"""The kit's images in a registry: pushed where they are absent. podman signs in there, by its own file.

The interface of registries (OCI distribution-spec 1.1) lets them refuse removals, and podman has no command for one.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sepp.config.kubernetes import Kubernetes
from sepp.deployment import Deployment
from sepp.engine.errors import EngineError
from sepp.engine.paths import MISSIONS
from sepp.targets.kubernetes.bakery import Archive, archives, newest
from sepp.targets.kubernetes.images import Recipe, place, recipes, repository
from sepp.targets.local.podman import podman

_SECONDS = 3600
"""How long a push may take."""
_MOST = 10000
"""How many images of a service are looked at."""
_ABSENT = ("name unknown", "404 (Not Found)")
"""How podman says, in its versions, that a registry has nothing of a service yet."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """An image of a service; `made` and `size` (bytes) are those of the archive on this machine, if there is one.

    `current` tells that new pods get it, `stored` that the registry has it.
    """

    name: str
    made: str | None = None
    size: int | None = None
    current: bool = False
    stored: bool


def known(deployment: Deployment, settings: Kubernetes) -> list[Known]:
    """Return the images of a deployment, here and in the registry; EngineError if that does not tell."""
    return [image for recipe in recipes(deployment, MISSIONS) for image in _known(settings, recipe)]


def _known(settings: Kubernetes, recipe: Recipe) -> list[Known]:
    here, there, current = archives(recipe), stored(settings, recipe), newest(recipe)
    found = [
        Known(
            name=archive.name,
            made=datetime.fromtimestamp(archive.file.stat().st_mtime, UTC).isoformat(timespec="seconds"),
            size=archive.file.stat().st_size,
            current=archive == current,
            stored=archive.name in there,
        )
        for archive in here
    ]
    only_there = sorted({*there} - {archive.name for archive in here})
    return [*found, *(Known(name=name, stored=True) for name in only_there)]


def stored(settings: Kubernetes, recipe: Recipe) -> tuple[str, ...]:
    """Return the names of the images of a recipe that the registry has; EngineError if it does not tell."""
    repository_there = place(settings, recipe)
    if repository_there is None:
        return ()
    command = ("search", "--list-tags", "--format", "json", "--limit", str(_MOST), repository_there)
    try:
        found: list[dict[str, Any]] = json.loads(podman(*command))
    except EngineError as error:
        if any(words in str(error) for words in _ABSENT):
            return ()
        raise _unanswered(settings, error) from None
    return tuple(f"{repository(recipe)}:{tag}" for each in found for tag in each["Tags"])


def push(settings: Kubernetes, archive: Archive) -> bool:
    """Bring an image into the registry; tell whether it was not there yet. EngineError if the registry refuses."""
    if archive.name in stored(settings, archive.recipe):
        return False
    image = podman("pull", "--quiet", f"oci-archive:{archive.file}", timeout=_SECONDS).split()[-1]
    try:
        destination = f"docker://{place(settings, archive.recipe)}:{archive.content}"
        podman("push", "--quiet", "--format", "oci", image, destination, timeout=_SECONDS)
    except EngineError as error:
        raise _unanswered(settings, error) from None
    finally:
        podman("image", "rm", "--force", image)
    return True


def _unanswered(settings: Kubernetes, error: EngineError) -> EngineError:
    host = str(settings.registry).partition("/")[0]
    return EngineError(f"the registry '{settings.registry}': {error}", f"podman login {host}, if it wants a password")
