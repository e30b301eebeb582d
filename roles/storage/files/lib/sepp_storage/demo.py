"""Put the demonstration data, which an unprivileged unit or an image made, behind the guards of the repository."""

import shutil
from pathlib import Path

from sepp_storage import audit
from sepp_storage.config import Collection, StorageError
from sepp_storage.journal import Journal
from sepp_storage.repository import DATA, GUARD


def install(made: Path, repository: Path, collections: tuple[Collection, ...], journal: Journal) -> None:
    """Copy each collection of which nothing is there yet, with the sums of its files; all of it or nothing."""
    for collection in collections:
        data = repository / GUARD / collection.name / DATA
        if data.is_dir() and any(data.iterdir()):
            continue
        source = made / collection.path
        if not source.is_dir():
            known = ", ".join(sorted(path.name for path in made.iterdir() if path.is_dir()))
            raise StorageError(f"collection {collection.name}: no demonstration data '{collection.path}' ({known})")
        new = data.with_name(f".{DATA}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        for name in audit.files(source):
            shutil.copyfile(source / name, new / name)
            (new / name).chmod(0o644)
        sums = {name: audit.sha256(new / name) for name in audit.files(new)}
        (new / audit.OWN_LIST).write_text(audit.write_list(sums))
        (new / audit.OWN_LIST).chmod(0o644)
        new.chmod(0o755)
        if data.exists():
            data.rmdir()
        new.rename(data)
        journal.done(f"collection {collection.name}: {len(sums)} files of demonstration data")
