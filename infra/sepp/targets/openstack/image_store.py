"""The kit's images in a project's Glance: uploaded where they are absent, removed by request."""

from collections.abc import Iterable

from sepp.config.openstack import OpenStack
from sepp.targets.openstack.bakery import ImageFile
from sepp.targets.openstack.cloud import Image
from sepp.targets.openstack.images import MADE_FROM
from sepp.targets.openstack.reading import connected
from sepp.targets.openstack.volume import gibibytes

_SECONDS = 3600
"""How long an upload may take."""


def upload(settings: OpenStack, disk: ImageFile) -> bool:
    """Bring a disk into the project; tell whether it was not there yet. EngineError if the cloud refuses."""
    with connected(settings) as connection:
        mine = {"owner": connection.current_project_id, "name": disk.name, "status": "active"}
        if any(connection.image.images(**mine)):
            return False
        connection.create_image(
            disk.name,
            filename=str(disk.file),
            disk_format="qcow2",
            container_format="bare",
            visibility="private",
            min_disk=gibibytes(disk.size),
            wait=True,
            timeout=_SECONDS,
            architecture="x86_64",
            os_distro="debian",
            os_version="13",
            **{MADE_FROM: disk.made_from},
        )
    return True


def remove(settings: OpenStack, images: Iterable[Image]) -> None:
    """Remove images from the project; EngineError if the cloud refuses."""
    with connected(settings) as connection:
        for image in images:
            connection.image.delete_image(image.id)
