"""How resources of a platform are called in the cloud, and how they are marked as the platform's."""

from sepp.deployment import Deployment

PLATFORM = "sepp-platform"
MISSION = "sepp-mission"
"""Keys of the marks: the platform's name, and `core` or the mission."""


def cloud_name(deployment: Deployment, name: str) -> str:
    """Return a resource's name in the cloud."""
    return f"sepp-{deployment.name}-{name}"


def marks(deployment: Deployment, area: str) -> dict[str, str]:
    """Return the metadata by which a resource is known as the platform's and its area's."""
    return {PLATFORM: deployment.name, MISSION: area}


def tags(deployment: Deployment, area: str) -> list[str]:
    """Return the same as tags, for resources without metadata."""
    return [f"{key}={value}" for key, value in marks(deployment, area).items()]
