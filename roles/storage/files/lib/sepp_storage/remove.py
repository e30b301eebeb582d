"""Delete what a user had who is gone. Nothing else in the kit deletes users' data, the purge of scratch aside."""

import shutil
from pathlib import Path

from sepp_storage import folders, usage
from sepp_storage.config import Config, StorageError
from sepp_storage.journal import Journal
from sepp_storage.members import Directory
from sepp_storage.sync import BACKENDS, groups
from sepp_storage.volumes import command


def remove(config: Config, name: str, journal: Journal) -> None:
    """Delete a user's folders in all tiers; StorageError if she has a right to one, or if nobody can tell."""
    if not folders.is_safe(name):
        raise StorageError(f"'{name}' is no user's name")
    _forget_cache()
    directory = Directory(groups(config))
    if directory.unknown:
        raise StorageError(f"groups are unknown, so {name} may still have rights: {', '.join(directory.unknown)}")
    for tier in config.tiers:
        if name in directory.names(tier.groups):
            raise StorageError(f"{name} has a right to the tier {tier.name}: delete the user or her groups first")
    for tier in config.tiers:
        if name in folders.names(tier.path):
            BACKENDS[config.backend](tier.path).remove(name)
            journal.done(f"{tier.path / name}: removed with its data")
    if (home := config.tier("persistent")) is not None:
        Path(home.path, usage.FOLDER, f"{name}.json").unlink(missing_ok=True)


def _forget_cache() -> None:
    """Ask the directory itself: what it said a moment ago may be over."""
    if shutil.which("sss_cache"):
        command("sss_cache", "-E")
