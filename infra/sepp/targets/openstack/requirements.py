"""What a platform on OpenStack needs of the operator's machine, and whether it is there."""

from collections.abc import Iterator

from sepp.config.openstack import OpenStack
from sepp.engine.errors import EngineError
from sepp.targets.check import Check, installed, plugin
from sepp.targets.openstack.reading import connected


def checks(settings: OpenStack) -> Iterator[Check]:
    """Check this machine, and whether it may sign in at the cloud."""
    yield installed("ssh", "ssh", "openssh-client")
    yield plugin("openstack")
    yield _credentials(settings)


def _credentials(settings: OpenStack) -> Check:
    name = f"cloud '{settings.cloud}'"
    try:
        with connected(settings) as connection:
            project = connection.current_project_id
    except EngineError as error:
        return Check(name=name, state="missing", found=error.args[0], remedy=error.next_step)
    return Check(name=name, state="ok", found=f"project {project}")
