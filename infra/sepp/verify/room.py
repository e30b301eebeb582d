"""Room on the volumes that hold a platform's data."""

from collections.abc import Iterator

from sepp.catalogue.storage import STORAGE
from sepp.deployment import Deployment, Volume
from sepp.verify.access import Hosts
from sepp.verify.result import CheckError, Result, check

_FULL = 95
"""Percent of a volume or of its files' numbers, beyond which somebody has to make room: services stop when none is."""


def check_room(deployment: Deployment, hosts: Hosts) -> Iterator[Result]:
    """Check that no volume is full, or nearly so, but for repositories: an archive fills them as it likes."""
    for volume in (each for each in deployment.volumes if each.tier != "repository"):
        yield check("room", volume.name, lambda volume=volume: _has_room(deployment, hosts, volume))


def _has_room(deployment: Deployment, hosts: Hosts, volume: Volume) -> str:
    keeper = volume.service or STORAGE.name
    host = next(each for each in deployment.hosts if each.area == volume.area and keeper in each.services)
    path = next(mount.path for mount in host.mounts if mount.volume == volume.name)
    printed = hosts.output(host.name, "df", "--output=pcent,ipcent", path)
    # A file system that makes numbers as it needs them has a dash.
    shares = [share.rstrip("%") for share in printed.splitlines()[-1].split()]
    used = max(int(share) for share in shares if share.isdecimal())
    if used > _FULL:
        raise CheckError(f"{path} is full by {used} %: make room there, or make the volume larger in the settings")
    return f"{used} % used"
