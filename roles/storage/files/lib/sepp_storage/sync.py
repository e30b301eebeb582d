"""Make the tiers what the mission's file and the directory want. Cheap where nothing has changed."""

import grp
import os
from collections.abc import Callable
from pathlib import Path

from sepp_storage import acl, demo, folders, repository
from sepp_storage.acl import Acl
from sepp_storage.btrfs import BtrfsVolume
from sepp_storage.config import Config, Share, StorageError, Tier
from sepp_storage.journal import Journal
from sepp_storage.members import Directory, User, account, group_number
from sepp_storage.volumes import PlainVolume, Volume
from sepp_storage.xfs import XfsVolume

BACKENDS: dict[str, Callable[[Path], Volume]] = {
    "btrfs_qgroup": BtrfsVolume,
    "xfs_project": XfsVolume,
    "loop": PlainVolume,
    "claim": PlainVolume,
}
_OWNER = "user.sepp.owner"
"""Attribute of a closed folder: the uid of the user whose it is."""
_WEB_GROUP = "www-data"
_PUBLIC = "public"


def groups(config: Config) -> frozenset[str]:
    """Return all groups that the configuration names."""
    return frozenset(group for item in (*config.tiers, *config.shares, *config.collections) for group in item.groups)


class Sync:
    """One run over all tiers. What concerns a single folder only never keeps the others from being done."""

    def __init__(self, config: Config, directory: Directory, journal: Journal) -> None:
        self._config = config
        self._directory = directory
        self._journal = journal
        self.volumes: dict[str, Volume] = {}
        """The tiers' file systems by the tier's name."""

    def run(self) -> None:
        """Do all of it; what failed is in the journal."""
        for group in self._directory.unknown:
            self._journal.problem(f"group {group} is not known here: nobody's access is closed until it is")
        for tier in self._config.tiers:
            with self._journal.catch(f"tier {tier.name}"):
                self._open(tier.name, tier.path)
                self._tier(tier)
        if self._config.shares_path is not None:
            with self._journal.catch("shares"):
                self._open("shares", self._config.shares_path)
                self._shares(self._config.shares_path)
        if self._config.repository_path is not None:
            with self._journal.catch("repository"):
                self._repository(self._config.repository_path)

    def _repository(self, root: Path) -> None:
        repository.guard(root, self._config.collections, self._directory, self._journal)
        if self._config.demo.is_dir():
            demo.install(self._config.demo, root, self._config.collections, self._journal)

    def _open(self, name: str, path: Path) -> None:
        if not path.is_mount():
            raise StorageError(f"{path} is not mounted")
        with folders.open_folder(path) as fd:
            folders.own(fd, 0, 0)
            acl.apply(fd, Acl(group=5, other=5))
        self.volumes[name] = BACKENDS[self._config.backend](path)

    def _tier(self, tier: Tier) -> None:
        users = self._directory.users(tier.groups)
        there = folders.names(tier.path)
        for user in users:
            with self._journal.catch(f"{tier.path / user.name}"):
                self._ensure(tier.name, tier.path, user.name, tier.quota, exists=user.name in there)
                self._hand_over(tier, user)
        if self._directory.knows(tier.groups):
            wanted = self._directory.names(tier.groups)
            for name in sorted({*there} - wanted):
                with self._journal.catch(f"{tier.path / name}"):
                    if not self._directory.contains(name, tier.groups):
                        self._close(tier, name)

    def _ensure(self, volume: str, root: Path, name: str, quota: int, *, exists: bool) -> None:
        """Make a folder and its limit; it stays root's until then, so that nothing is written without a limit."""
        if not exists:
            self.volumes[volume].make(name)
            self._journal.done(f"{root / name}: made")
        usage = self.volumes[volume].usage(name)
        if usage.limit != quota and not usage.whole:
            self.volumes[volume].limit(name, quota)
            self._journal.done(f"{root / name}: limited to {quota} bytes")

    def _hand_over(self, tier: Tier, user: User) -> None:
        with folders.open_folder(tier.path / user.name) as fd:
            owner = os.fstat(fd).st_uid
            before = _remembered(fd) if owner == 0 else owner
            if before not in (None, user.uid):
                raise StorageError(f"belongs to uid {before}, but {user.name} is {user.uid}: look whose data it is")
            # The mode first: nobody passes in between who may not afterwards.
            changed = acl.apply(fd, Acl(group=5, other=5) if tier.name == _PUBLIC else Acl())
            if folders.own(fd, user.uid, user.gid):
                changed = True
            if owner == 0 and before is not None:
                os.removexattr(fd, _OWNER)
        if changed:
            self._journal.done(f"{tier.path / user.name}: open to {user.name}")

    def _close(self, tier: Tier, name: str) -> None:
        """Keep the data of a user who has no right to the tier any more, and let nobody in.

        What she published stays on the public web, whose server is the one that still passes.
        """
        web = grp.getgrnam(_WEB_GROUP).gr_gid if tier.name == _PUBLIC else 0
        with folders.open_folder(tier.path / name) as fd:
            owner = os.fstat(fd).st_uid
            if owner:
                os.setxattr(fd, _OWNER, str(owner).encode())
            changed = folders.own(fd, 0, web)
            changed |= acl.apply(fd, Acl(group=5 if web else 0))
            if owner:
                # Until it was closed, she could write another one.
                os.setxattr(fd, _OWNER, str(owner).encode())
        if changed:
            self._journal.done(f"{tier.path / name}: closed, {name} has no right to it (the data is kept)")

    def _shares(self, root: Path) -> None:
        there = folders.names(root)
        for share in self._config.shares:
            with self._journal.catch(f"{root / share.name}"):
                self._ensure("shares", root, share.name, share.quota, exists=share.name in there)
                if self._directory.knows(share.groups):
                    self._open_share(root, share)
        for name in sorted({*there} - {share.name for share in self._config.shares}):
            with self._journal.catch(f"{root / name}"), folders.open_folder(root / name) as fd:
                if folders.own(fd, 0, 0) | acl.apply(fd, Acl()):
                    self._journal.done(f"{root / name}: closed, the mission has no such share (the data is kept)")

    def _open_share(self, root: Path, share: Share) -> None:
        numbers = [number for group in share.groups if (number := group_number(group)) is not None]
        accounts = [account(share.account).uid] if share.account else []
        with folders.open_folder(root / share.name) as fd:
            changed = folders.own(fd, 0, numbers[0])
            changed |= acl.pass_on(fd, Acl(group=7, groups=dict.fromkeys(numbers, 7), users=dict.fromkeys(accounts, 7)))
        if changed:
            self._journal.done(f"{root / share.name}: open to {', '.join(share.groups)}")


def _remembered(fd: int) -> int | None:
    """Return whose folder this was before it was closed; None if it never was."""
    if _OWNER not in os.listxattr(fd):
        return None
    return int(os.getxattr(fd, _OWNER))
