"""A tier's file system and the hard limits in it, whichever way it enforces them."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sepp_storage.config import StorageError


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a folder holds and may hold, in bytes. With `whole` the numbers are those of the whole tier."""

    used: int
    limit: int | None
    whole: bool = False


class Volume(Protocol):
    """The file system of one tier."""

    def make(self, name: str) -> None:
        """Make an empty folder of root's own, mode 0700."""
        ...

    def usage(self, name: str) -> Usage:
        """Return what a folder holds and may hold."""
        ...

    def limit(self, name: str, size: int) -> None:
        """Set the hard limit of a folder in bytes."""
        ...

    def remove(self, name: str) -> None:
        """Delete a folder with all that is in it."""
        ...


class PlainVolume:
    """A file system without limits by folder: its own size is the limit (backend `loop`)."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def make(self, name: str) -> None:
        """Make an empty folder of root's own, mode 0700."""
        (self._root / name).mkdir(mode=0o700)

    def usage(self, name: str) -> Usage:
        """Return what the whole tier holds and may hold."""
        status = os.statvfs(self._root)
        used = (status.f_blocks - status.f_bfree) * status.f_frsize
        return Usage(used=used, limit=status.f_blocks * status.f_frsize, whole=True)

    def limit(self, name: str, size: int) -> None:
        """Set nothing: the target made the file system as large as the tier may be."""

    def remove(self, name: str) -> None:
        """Delete a folder with all that is in it."""
        shutil.rmtree(self._root / name)


def command(*argv: str) -> str:
    """Run a program and return what it printed; StorageError says how it failed."""
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise StorageError(f"{' '.join(argv)}: exit code {ended.returncode}: {ended.stderr.strip()}")
    return ended.stdout
