"""By what everything of a platform is known as its own, wherever the platform runs."""

from sepp.deployment import Deployment

PLATFORM = "sepp-platform"
MISSION = "sepp-mission"
"""Keys of the marks: the platform's name, and `core` or the mission."""


def marks(deployment: Deployment, area: str) -> dict[str, str]:
    """Return the marks of something of an area."""
    return {PLATFORM: deployment.name, MISSION: area}
