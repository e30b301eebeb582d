"""The OpenStack target: servers, volumes and networks of a project."""

from sepp.config.openstack import OpenStack
from sepp.deployment import Deployment


def settings_of(deployment: Deployment) -> OpenStack:
    """Return the target's settings, which a deployment on OpenStack has."""
    settings = deployment.platform.openstack
    assert settings is not None  # noqa: S101  # the plan refuses a platform without them
    return settings
