"""The preservation audit: are the files of the repository still those that were put there?

The list of a collection is in the form of `sha256sum`. It is the collection's own file SHA256SUMS where it brings one,
else one that the kit keeps beside the guards: the first audit begins it, later ones add what is new.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sepp_storage import folders
from sepp_storage.acl import Acl
from sepp_storage.repository import DATA, GUARD

LISTS = ".audit"
OWN_LIST = "SHA256SUMS"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What differs from the list: names of files. Added ones are no damage."""

    checked: int
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether every file of the list is as it was."""
        return not self.changed and not self.missing


def audit(repository: Path, collection: str, *, accept: bool = False) -> Finding:
    """Compare a collection with its list. With `accept` the kit's own list becomes what the collection is now."""
    data = repository / GUARD / collection / DATA
    own_list = data / OWN_LIST
    kept = repository / GUARD / LISTS / f"{collection}.sha256"
    listed = read_list(own_list) if own_list.exists() else read_list(kept) if kept.exists() else {}
    sums = {name: sha256(data / name) for name in sorted(files(data)) if name != OWN_LIST}
    finding = compare(listed, sums)
    if not own_list.exists() and (accept or finding.added):
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        new = sums if accept else {**listed, **{name: sums[name] for name in finding.added}}
        folders.write(kept, write_list(new), Acl(owner=6))
    return finding


def compare(listed: Mapping[str, str], sums: Mapping[str, str]) -> Finding:
    """Compare the sums that were listed with those that are."""
    return Finding(
        checked=len(sums),
        changed=tuple(name for name, value in listed.items() if name in sums and sums[name] != value),
        missing=tuple(name for name in listed if name not in sums),
        added=tuple(name for name in sums if name not in listed),
    )


def files(folder: Path) -> Iterator[str]:
    """Give the files below a folder, links too, by their path in it."""
    for path, _, names in os.walk(folder, onerror=_fail):
        for name in names:
            yield str((Path(path) / name).relative_to(folder))


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, or of a symbolic link's target."""
    if path.is_symlink():
        return hashlib.sha256(os.fsencode(path.readlink())).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_list(path: Path) -> dict[str, str]:
    """Read a list as `sha256sum` writes it: the sums by file."""
    lines = (line.partition("  ") for line in path.read_text().splitlines() if line)
    return {name: value for value, _, name in lines}


def write_list(sums: Mapping[str, str]) -> str:
    """Write a list that `sha256sum --check` reads."""
    return "".join(f"{value}  {name}\n" for name, value in sorted(sums.items()))


def _fail(error: OSError) -> None:
    raise error
