"""Delete files of the scratch tier that nobody read or wrote for long. Users own the trees: nothing is believed.

The walk goes from folder to folder by open descriptors and never follows a link; it holds one descriptor for each
level, therefore it enters no more than `DEEPEST` levels.
"""

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from sepp_storage import folders
from sepp_storage.config import StorageError

DEEPEST = 200
_GONE = {errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ELOOP}
"""What the owner's own work meanwhile looks like: the entry is gone, filled or another one."""


@dataclass(kw_only=True)
class Purged:
    """What was deleted of one user: files (count) and their size (bytes); `left` counts folders that are too deep."""

    files: int = 0
    size: int = 0
    left: int = 0


def last_use(status: os.stat_result) -> float:
    """Return when a file was last read, written or put there, in seconds since 1970.

    The time of the last change of its inode counts as well: a copy that kept the old times of its original
    (`cp -p`, an archive) is not old.
    """
    return max(status.st_atime, status.st_mtime, status.st_ctime)


def purge(folder: Path, before: float, *, dry_run: bool = False) -> Purged:
    """Delete what was last used before a time (seconds since 1970) below a user's folder, which itself stays."""
    with folders.open_folder(folder) as fd:
        if os.fstatvfs(fd).f_flag & os.ST_NOATIME:
            raise StorageError(f"{folder} is mounted with noatime: nobody can tell which files were read")
        walk = _Walk(before, dry_run)
        walk.folder(fd, depth=1)
    return walk.purged


class _Walk:
    def __init__(self, before: float, dry_run: bool) -> None:
        self._before = before
        self._dry_run = dry_run
        self.purged = Purged()

    def folder(self, fd: int, *, depth: int) -> None:
        for name in os.listdir(fd):
            try:
                self._entry(fd, name, depth)
            except OSError as error:
                if error.errno not in _GONE:
                    raise

    def _entry(self, parent: int, name: str, depth: int) -> None:
        status = os.stat(name, dir_fd=parent, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            self._subfolder(parent, name, status, depth)
        elif last_use(status) < self._before:
            if not self._dry_run:
                os.unlink(name, dir_fd=parent)
            self.purged.files += 1
            self.purged.size += status.st_blocks * 512

    def _subfolder(self, parent: int, name: str, status: os.stat_result, depth: int) -> None:
        if depth >= DEEPEST:
            self.purged.left += 1
            return
        with folders.open_folder(name, within=parent) as fd:
            self.folder(fd, depth=depth + 1)
        # Judged by the times before the walk, which may just have emptied the folder.
        if max(status.st_mtime, status.st_ctime) < self._before and not self._dry_run:
            os.rmdir(name, dir_fd=parent)
