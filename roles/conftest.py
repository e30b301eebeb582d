"""What the Testinfra tests of all scenarios share."""

import os
from pathlib import Path


def pytest_collection_modifyitems(config, items):
    """Leave out, after the reboot, the tests marked `once`; tests/molecule/side_effect.yml notes the reboot."""
    if not Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "rebooted").exists():
        return
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("once")])
    items[:] = [item for item in items if not item.get_closest_marker("once")]
