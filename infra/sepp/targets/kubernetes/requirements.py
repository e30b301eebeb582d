"""What a platform on Kubernetes needs of the operator's machine, and whether it is there."""

from collections.abc import Iterator

from sepp.config.kubernetes import Kubernetes
from sepp.engine.errors import EngineError
from sepp.targets.check import Check, installed, plugin
from sepp.targets.kubernetes.reading import connected


def checks(settings: Kubernetes) -> Iterator[Check]:
    """Check this machine, and whether the cluster answers."""
    # Roles write the services' files in containers of this machine.
    yield installed("podman", "podman", "podman")
    yield plugin("kubernetes")
    yield _cluster(settings)


def _cluster(settings: Kubernetes) -> Check:
    name = f"cluster '{settings.context}'"
    try:
        with connected(settings) as api:
            version: str = api.get("/version")["gitVersion"]
    except EngineError as error:
        return Check(name=name, state="missing", found=error.args[0], remedy=error.next_step)
    return Check(name=name, state="ok", found=f"Kubernetes {version.removeprefix('v')}")
