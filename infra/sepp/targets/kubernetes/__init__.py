"""The Kubernetes target: namespaces of a cluster, with what guards them."""

from sepp.config.kubernetes import Kubernetes
from sepp.deployment import Deployment
from sepp.engine.errors import EngineError


def settings_of(deployment: Deployment) -> Kubernetes:
    """Return the target's settings, which a deployment on Kubernetes has."""
    settings = deployment.platform.kubernetes
    assert settings is not None  # noqa: S101  # the plan refuses a platform without them
    return settings


def refuse_to_make(platform: str) -> None:
    """Refuse to make a platform: nothing would run in it. EngineError."""
    raise EngineError(
        "this version plans platforms on Kubernetes and does not make them: it starts no services there yet",
        f"./sepp plan {platform} shows what the cluster lacks; the same missions run on local and openstack",
    )
