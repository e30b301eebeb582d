"""Backend `btrfs_qgroup`: a subvolume for each folder, limited by a group of quotas of its own.

Users can make subvolumes inside theirs. With simple quotas (Linux 6.7) these join the quota groups of the one that
they are in; therefore the limit is on a group of level 1 above the folder's subvolume, and they count in it.
"""

import fcntl
import json
import os
import struct
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sepp_storage import folders
from sepp_storage.config import StorageError
from sepp_storage.volumes import Usage, command

_INO_LOOKUP = 0xD0009412
_FS_INFO = 0x8400941F
_ROOT_INODE = 256
_SYSFS = Path("/sys/fs/btrfs")


@dataclass(frozen=True, kw_only=True)
class Group:
    """A quota group. `limit` in bytes, None for no limit."""

    used: int
    limit: int | None
    parents: tuple[str, ...]


def parse(text: str) -> Mapping[str, Group]:
    """Read what `btrfs --format json qgroup show --raw -r -p` printed: the groups by id."""
    return {
        item["qgroupid"]: Group(
            used=item["referenced"],
            limit=None if item["max_referenced"] == "none" else item["max_referenced"],
            parents=tuple(item["parents"]),
        )
        for item in json.loads(text)["qgroup-show"]
    }


class BtrfsVolume:
    """A btrfs file system with simple quotas, mounted at its top."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._groups: Mapping[str, Group] | None = None
        self._enable()

    def make(self, name: str) -> None:
        """Make an empty subvolume of root's own, mode 0700."""
        command("btrfs", "--quiet", "subvolume", "create", str(self._root / name))
        with folders.open_folder(self._root / name) as fd:
            os.fchmod(fd, 0o700)
        self._groups = None

    def usage(self, name: str) -> Usage:
        """Return what a folder and the subvolumes in it hold and may hold."""
        own, above = self._ids(name)
        groups = self._table()
        if above not in groups or above not in groups[own].parents:
            return Usage(used=groups[own].used, limit=None)
        return Usage(used=groups[above].used, limit=groups[above].limit)

    def limit(self, name: str, size: int) -> None:
        """Set the hard limit of a folder in bytes; it holds at once, whether larger or smaller."""
        own, above = self._ids(name)
        groups = self._table()
        if above not in groups:
            command("btrfs", "qgroup", "create", above, str(self._root))
        if above not in groups[own].parents:
            command("btrfs", "qgroup", "assign", own, above, str(self._root))
        command("btrfs", "qgroup", "limit", str(size), above, str(self._root))
        self._groups = None

    def remove(self, name: str) -> None:
        """Delete a folder with the subvolumes in it. The group above stays, empty: its number never comes back."""
        command("btrfs", "--quiet", "subvolume", "delete", "--recursive", str(self._root / name))
        self._groups = None

    def _table(self) -> Mapping[str, Group]:
        if self._groups is None:
            self._groups = parse(
                command("btrfs", "--format", "json", "qgroup", "show", "--raw", "-r", "-p", str(self._root))
            )
        return self._groups

    def _ids(self, name: str) -> tuple[str, str]:
        """Return the ids of a folder's own quota group and of the one above it."""
        with folders.open_folder(self._root / name) as fd:
            if os.fstat(fd).st_ino != _ROOT_INODE:
                raise StorageError(f"{self._root / name} is no subvolume: move it aside, sync, and move its files in")
            answer = bytearray(struct.pack("<QQ4080x", 0, _ROOT_INODE))
            fcntl.ioctl(fd, _INO_LOOKUP, answer)
        number = struct.unpack_from("<Q", answer)[0]
        if f"0/{number}" not in self._table():
            raise StorageError(f"{self._root / name} has no quota group in btrfs")
        return f"0/{number}", f"1/{number}"

    def _enable(self) -> None:
        mode = self._mode()
        if mode == "squota":
            return
        if mode == "qgroup" and folders.names(self._root):
            raise StorageError(f"{self._root} holds data under btrfs's full quotas, and needs simple ones")
        if mode == "qgroup":
            command("btrfs", "quota", "disable", str(self._root))
        command("btrfs", "quota", "enable", "--simple", str(self._root))

    def _mode(self) -> str:
        with folders.open_folder(self._root) as fd:
            answer = fcntl.ioctl(fd, _FS_INFO, bytes(1024))
        mode = _SYSFS / str(uuid.UUID(bytes=answer[16:32])) / "qgroups/mode"
        return mode.read_text().strip() if mode.exists() else "disabled"
