"""What a platform on Kubernetes needs of the operator's machine, and whether it is there."""

from collections.abc import Iterator

from sepp.config.kubernetes import Kubernetes
from sepp.engine.errors import EngineError
from sepp.targets.check import Check, plugin
from sepp.targets.kubernetes.reading import connected
from sepp.targets.local.requirements import containers


def checks(settings: Kubernetes) -> Iterator[Check]:
    """Check this machine, and whether the cluster answers."""
    # Roles install services, and write their files, in containers of this machine.
    yield from containers()
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
