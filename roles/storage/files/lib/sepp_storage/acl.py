"""POSIX ACLs of open files, in the kernel's own format: no path is resolved twice, no program is started."""

import errno
import os
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

_ACCESS = "system.posix_acl_access"
_DEFAULT = "system.posix_acl_default"
_VERSION = 2
_NOBODY = 0xFFFFFFFF
_USER_OBJ, _USER, _GROUP_OBJ, _GROUP, _MASK, _OTHER = 1, 2, 4, 8, 16, 32


@dataclass(frozen=True, kw_only=True)
class Acl:
    """Who may do what, as in `ls -l` (7 is rwx), with named users and groups by number."""

    owner: int = 7
    group: int = 0
    other: int = 0
    users: Mapping[int, int] = field(default_factory=dict[int, int])
    groups: Mapping[int, int] = field(default_factory=dict[int, int])

    @property
    def named(self) -> bool:
        """Whether it says more than the nine permission bits can."""
        return bool(self.users or self.groups)

    @property
    def mask(self) -> int:
        """The most that any named user or group may do."""
        mask = self.group
        for permissions in (*self.users.values(), *self.groups.values()):
            mask |= permissions
        return mask

    @property
    def mode(self) -> int:
        """The permission bits that the kernel shows for it."""
        return self.owner << 6 | (self.mask if self.named else self.group) << 3 | self.other

    def encode(self) -> bytes:
        """Write it as the kernel keeps it."""
        entries = [(_USER_OBJ, self.owner, _NOBODY)]
        entries += [(_USER, permissions, uid) for uid, permissions in sorted(self.users.items())]
        entries += [(_GROUP_OBJ, self.group, _NOBODY)]
        entries += [(_GROUP, permissions, gid) for gid, permissions in sorted(self.groups.items())]
        if self.named:
            entries += [(_MASK, self.mask, _NOBODY)]
        entries += [(_OTHER, self.other, _NOBODY)]
        return struct.pack("<I", _VERSION) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def apply(fd: int, acl: Acl, *, special: int = 0, inherit: bool = False) -> bool:
    """Give an open file this ACL and say whether that changed anything.

    `special` holds setuid, setgid and sticky bits; with `inherit` all that is made in the folder gets the ACL too.
    """
    changed = _apply(fd, _ACCESS, acl.encode() if acl.named else None)
    changed |= _apply(fd, _DEFAULT, acl.encode() if inherit else None)
    if stat.S_IMODE(os.fstat(fd).st_mode) != acl.mode | special:
        os.fchmod(fd, acl.mode | special)
        changed = True
    return changed


def pass_on(fd: int, acl: Acl) -> bool:
    """Let all that is in an open folder, and all that is made there, have this ACL; say whether that changed anything.

    Cheap where the folder itself has it, which gets it last. No link is followed, and no file becomes more open.
    """
    if _get(fd, _DEFAULT) == acl.encode():
        return apply(fd, acl, special=stat.S_ISGID, inherit=True)
    for _, _, names, folder in os.fwalk(".", topdown=False, dir_fd=fd):
        for name in names:
            _pass_on(folder, name, acl)
        apply(folder, acl, special=stat.S_ISGID, inherit=True)
    return True


def _pass_on(folder: int, name: str, acl: Acl) -> None:
    mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    if not stat.S_ISREG(mode):
        return
    most = mode >> 3 & 7
    own = replace(
        acl,
        owner=mode >> 6 & 7,
        group=acl.group & most,
        other=mode & 7,
        users={uid: permissions & most for uid, permissions in acl.users.items()},
        groups={gid: permissions & most for gid, permissions in acl.groups.items()},
    )
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode):
            apply(fd, own, special=stat.S_IMODE(mode) & ~0o777)
    finally:
        os.close(fd)


def _apply(fd: int, name: str, wanted: bytes | None) -> bool:
    if _get(fd, name) == wanted:
        return False
    if wanted is None:
        os.removexattr(fd, name)
    else:
        os.setxattr(fd, name, wanted)
    return True


def _get(fd: int, name: str) -> bytes | None:
    try:
        return os.getxattr(fd, name)
    except OSError as error:
        if error.errno == errno.ENODATA:
            return None
        raise
