"""The Kubernetes target: namespaces of a cluster, with what guards them."""

from sepp.config.kubernetes import Kubernetes
from sepp.deployment import Deployment


def settings_of(deployment: Deployment) -> Kubernetes:
    """Return the target's settings, which a deployment on Kubernetes has."""
    settings = deployment.platform.kubernetes
    assert settings is not None  # noqa: S101  # the plan refuses a platform without them
    return settings
