"""Backend `xfs_project`: a project of XFS for each folder. The folder itself remembers its project's number."""

import fcntl
import shutil
import struct
from collections.abc import Mapping
from pathlib import Path

from sepp_storage import folders
from sepp_storage.volumes import Usage, command

_GET_ATTRIBUTES = 0x801C581F
_BLOCK = 1024
_FIRST_PROJECT = 1000


def parse(text: str) -> Mapping[int, Usage]:
    """Read what `xfs_quota -x -c 'report -p -b -n -N'` printed: usage by project."""
    rows = (line.split() for line in text.splitlines() if line.startswith("#"))
    return {
        int(row[0].removeprefix("#")): Usage(used=int(row[1]) * _BLOCK, limit=int(row[3]) * _BLOCK or None)
        for row in rows
    }


class XfsVolume:
    """An XFS file system, mounted with `prjquota`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._report: Mapping[int, Usage] | None = None

    def make(self, name: str) -> None:
        """Make an empty folder of root's own, mode 0700."""
        (self._root / name).mkdir(mode=0o700)

    def usage(self, name: str) -> Usage:
        """Return what a folder holds and may hold."""
        return self._table().get(self._project(name), Usage(used=0, limit=None))

    def limit(self, name: str, size: int) -> None:
        """Set the hard limit of a folder in bytes (whole KiB)."""
        project = self._project(name)
        if not project:
            project = self._next_project()
            self._quota(f"project -s -p {self._root / name} {project}")
        self._quota(f"limit -p bhard={size // _BLOCK}k {project}")
        self._report = None

    def remove(self, name: str) -> None:
        """Delete a folder with all that is in it, and its limit."""
        project = self._project(name)
        shutil.rmtree(self._root / name)
        if project:
            self._quota(f"limit -p bhard=0 {project}")
        self._report = None

    def _table(self) -> Mapping[int, Usage]:
        if self._report is None:
            self._report = parse(self._quota("report -p -b -n -N"))
        return self._report

    def _quota(self, words: str) -> str:
        return command("xfs_quota", "-x", "-c", words, str(self._root))

    def _next_project(self) -> int:
        used = (self._project(name) for name in folders.names(self._root))
        return max((*used, *self._table(), _FIRST_PROJECT)) + 1

    def _project(self, name: str) -> int:
        with folders.open_folder(self._root / name) as fd:
            return struct.unpack_from("<12xI", fcntl.ioctl(fd, _GET_ATTRIBUTES, bytes(28)))[0]
