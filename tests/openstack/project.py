"""The platform `openstack/test`: the kit's commands in a folder of their own, and its project as the cloud sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.kit import Kit, kit_folder
from tests.openstack.stand_in import connect, set_quotas

NAME = "openstack/test"


class Project(Kit):
    """The platform, not made yet, and its project."""

    def __init__(self, folder: Path, clouds: Path) -> None:
        super().__init__(
            folder,
            NAME,
            {"domain": "sepp.site.example", "port": 443, "missions": ["planck"]},
            {
                "cloud": "sepp",
                "image": "debian-13",
                "external_network": "outside",
                "operators": ["192.0.2.0/24"],
            },
        )
        self.cloud = connect(clouds, "sepp")

    def server(self, name: str) -> Any:
        """Return a server by its host's name, if there is one."""
        return self.cloud.get_server(f"sepp-test-{name}")

    def volumes(self) -> dict[str, str]:
        """Return the ids of the volumes by name."""
        return {volume.name: volume.id for volume in self.cloud.block_storage.volumes()}

    def attached_to(self, volume: str) -> list[str]:
        """Return the ids of the servers that have a volume."""
        return [each["server_id"] for each in self.cloud.get_volume(volume).attachments]


@contextmanager
def project(clouds: Path, program: Path) -> Iterator[Project]:
    """Give a project with room enough for a platform, which a program of this file makes."""
    with kit_folder("openstack", program) as folder, pytest.MonkeyPatch.context() as patch:
        made = Project(folder, clouds)
        set_quotas(connect(clouds, "admin"), made.cloud.current_project_id)
        patch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds))
        yield made
