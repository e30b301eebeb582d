"""Folders right below a tier's root, which root alone can make, rename or replace."""

import contextlib
import os
import re
from collections.abc import Generator
from pathlib import Path

from sepp_storage import acl
from sepp_storage.acl import Acl

_NAME = re.compile(r"[a-z_][a-z0-9_.-]*")
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def is_safe(name: str) -> bool:
    """Say whether a name from the directory may be a folder's: no slash, no dot in front."""
    return _NAME.fullmatch(name) is not None


@contextlib.contextmanager
def open_folder(path: str | Path, *, within: int | None = None) -> Generator[int]:
    """Open a folder, never through a symbolic link as its last part; `within` is an open folder."""
    fd = os.open(path, _DIRECTORY, dir_fd=within)
    try:
        yield fd
    finally:
        os.close(fd)


def names(path: Path) -> tuple[str, ...]:
    """Return the folders in a tier's root, without the kit's own (with a dot) and those of file systems."""
    with os.scandir(path) as entries:
        found = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    return tuple(name for name in found if is_safe(name) and name != "lost+found")


def own(fd: int, uid: int, gid: int) -> bool:
    """Give an open file to an owner and a group, and say whether that changed anything."""
    status = os.fstat(fd)
    if (status.st_uid, status.st_gid) == (uid, gid):
        return False
    os.fchown(fd, uid, gid)
    return True


def write(path: Path, text: str, wanted: Acl) -> None:
    """Write a file with its rights, at once or not at all. `path` is in a folder of root's."""
    if path.exists() and path.read_text() == text:
        return
    new = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as file:
        acl.apply(file.fileno(), wanted)
        file.write(text)
    new.rename(path)
