"""Users and groups, as the host's name service knows them: local files or the directory."""

import grp
import os
import pwd
from collections.abc import Iterable
from dataclasses import dataclass

from sepp_storage.config import StorageError
from sepp_storage.folders import is_safe

_FIRST_UID = 1000
_NOBODY = 65534


@dataclass(frozen=True, kw_only=True)
class User:
    """A user; `gid` is that of her primary group."""

    name: str
    uid: int
    gid: int


def group_members(group: str) -> frozenset[str] | None:
    """Return the names of a group's members; None if the name service does not know the group (now)."""
    try:
        return frozenset(grp.getgrnam(group).gr_mem)
    except KeyError:
        return None


def group_number(group: str) -> int | None:
    """Return the number of a group; None if the name service does not know it (now)."""
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        return None


def user(name: str) -> User | None:
    """Return a user; None if the name service does not know her (now), or if she is none but a system account."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    if not is_safe(entry.pw_name) or entry.pw_uid < _FIRST_UID or entry.pw_uid == _NOBODY:
        return None
    return User(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def account(share: str) -> User:
    """Return a share's account; StorageError if the name service does not know it (now): then nothing is changed."""
    found = user(share)
    if found is None:
        raise StorageError(f"the account {share} is not known here")
    return found


class Directory:
    """The groups that the mission names, asked once, and the users in them."""

    def __init__(self, groups: Iterable[str]) -> None:
        answers = {group: group_members(group) for group in sorted(set(groups))}
        self._members = {group: names for group, names in answers.items() if names is not None}
        self.unknown = tuple(group for group, names in answers.items() if names is None)
        """Groups that the name service did not know: missing ones, or the directory is away."""
        names = {name for names in self._members.values() for name in names}
        found = {name: user(name) for name in sorted(names)}
        self._users = {name: account for name, account in found.items() if account is not None}

    def names(self, groups: Iterable[str]) -> frozenset[str]:
        """Return the names of all members of these groups, also of those whose account is not known (now)."""
        return frozenset(name for group in groups for name in self._members.get(group, ()))

    def contains(self, name: str, groups: Iterable[str]) -> bool:
        """Say whether a user is in one of these groups, asked for the user: SSSD's lists of members can lack some."""
        account = user(name)
        if account is None:
            return False
        numbers = set(os.getgrouplist(name, account.gid))
        return any(group_number(group) in numbers for group in groups)

    def users(self, groups: Iterable[str]) -> tuple[User, ...]:
        """Return the members of these groups by name."""
        return tuple(self._users[name] for name in sorted(self.names(groups)) if name in self._users)

    def groups(self, name: str) -> tuple[str, ...]:
        """Return those of the mission's groups that a user is in."""
        return tuple(group for group, names in self._members.items() if name in names)

    def knows(self, groups: Iterable[str]) -> bool:
        """Say whether all these groups are known."""
        return not set(groups) & set(self.unknown)
