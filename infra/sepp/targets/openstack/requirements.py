"""What a platform on OpenStack needs of the operator's machine, and whether it is there."""

import os
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from sepp.config.openstack import OpenStack
from sepp.engine.errors import EngineError
from sepp.targets.check import Check, installed
from sepp.targets.openstack.reading import connected

_PLUGIN = "pulumi-resource-openstack"


def checks(settings: OpenStack) -> Iterator[Check]:
    """Check this machine, and whether it may sign in at the cloud."""
    yield installed("ssh", "ssh", "openssh-client")
    yield _plugin()
    yield _credentials(settings)


def _plugin() -> Check:
    """The engine fetches the plugin itself where it can reach its vendor."""
    wanted = version("pulumi-openstack")
    name = f"Pulumi's provider {wanted}"
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    fetched = home / "plugins" / f"resource-openstack-v{wanted}" / _PLUGIN
    if found := shutil.which(_PLUGIN) or (str(fetched) if fetched.exists() else None):
        return Check(name=name, state="ok", found=found)
    remedy = f"pulumi plugin install resource openstack {wanted}"
    return Check(name=name, state="poor", found="not installed: the first 'up' fetches it", remedy=remedy)


def _credentials(settings: OpenStack) -> Check:
    name = f"cloud '{settings.cloud}'"
    try:
        with connected(settings) as connection:
            project = connection.current_project_id
    except EngineError as error:
        return Check(name=name, state="missing", found=error.args[0], remedy=error.next_step)
    return Check(name=name, state="ok", found=f"project {project}")
