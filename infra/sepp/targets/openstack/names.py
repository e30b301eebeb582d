"""How resources of a platform are called in the cloud, and how they are marked as the platform's."""

from sepp.deployment import Deployment
from sepp.targets.marks import marks


def cloud_name(deployment: Deployment, name: str) -> str:
    """Return a resource's name in the cloud."""
    return f"sepp-{deployment.name}-{name}"


def tags(deployment: Deployment, area: str) -> list[str]:
    """Return the marks as tags, for resources without metadata."""
    return [f"{key}={value}" for key, value in marks(deployment, area).items()]
