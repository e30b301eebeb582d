"""The guards of the repository: who passes the folder `.guard/<collection>` reads what is behind it.

The files themselves, which may be the operator's own, keep their owners and modes.
"""

from collections.abc import Iterable
from pathlib import Path

from sepp_storage import acl, folders
from sepp_storage.acl import Acl
from sepp_storage.config import EVERYONE, Collection, StorageError
from sepp_storage.journal import Journal
from sepp_storage.members import Directory, account, group_number

GUARD = ".guard"
DATA = "data"
_READ, _PASS = 5, 1


def guard(root: Path, collections: Iterable[Collection], directory: Directory, journal: Journal) -> None:
    """Make and set the guard of each collection and the link to what is behind it; close those of all others."""
    if not root.is_mount():
        raise StorageError(f"{root} is not mounted")
    guards = root / GUARD
    for path, others in ((root, _READ), (guards, _PASS)):
        path.mkdir(mode=0o711, exist_ok=True)
        with folders.open_folder(path) as fd:
            folders.own(fd, 0, 0)
            acl.apply(fd, Acl(group=others, other=others))
    names = set[str]()
    for collection in collections:
        names.add(collection.name)
        with journal.catch(f"collection {collection.name}"):
            _guard(guards / collection.name, collection, directory, journal)
            _link(root / collection.name, f"{GUARD}/{collection.name}/{DATA}", journal)
    for name in sorted({*folders.names(guards)} - names):
        with journal.catch(f"collection {name}"):
            _close(root, name, journal)


def _guard(path: Path, collection: Collection, directory: Directory, journal: Journal) -> None:
    path.mkdir(mode=0o700, exist_ok=True)
    if not directory.knows(collection.groups):
        return
    numbers = [number for group in collection.groups if (number := group_number(group)) is not None]
    accounts = [account(name).uid for name in collection.accounts]
    wanted = Acl(users=dict.fromkeys(accounts, _READ), groups=dict.fromkeys(numbers, _READ))
    if EVERYONE in collection.groups:
        wanted = Acl(group=_READ, other=_READ)
    with folders.open_folder(path) as fd:
        if folders.own(fd, 0, 0) | acl.apply(fd, wanted):
            journal.done(f"collection {collection.name}: read by {', '.join(collection.groups) or 'nobody'}")


def _link(path: Path, target: str, journal: Journal) -> None:
    if path.is_symlink() and str(path.readlink()) == target:
        return
    if path.exists() and not path.is_symlink():
        raise StorageError(f"{path} is in the way of the collection's link")
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.rename(path)
    journal.done(f"{path}: linked")


def _close(root: Path, name: str, journal: Journal) -> None:
    with folders.open_folder(root / GUARD / name) as fd:
        changed = folders.own(fd, 0, 0) | acl.apply(fd, Acl())
    link = root / name
    if link.is_symlink():
        link.unlink()
        changed = True
    if changed:
        journal.done(f"collection {name}: closed, the mission has none of this name (the data is kept)")
