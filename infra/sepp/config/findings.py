"""What a rule finds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sepp.config.errors import hint
from sepp.config.tree import Path

ANY = "*"


@dataclass(frozen=True)
class Finding:
    """A fault of the value (or the key) at a path.

    `about` names what else the rule relied on (`ANY` stands for every name): where something there was taken away
    because it is faulty, the finding would only be a consequence.
    """

    path: Path
    message: str
    about: tuple[Path, ...] = ()
    at_key: bool = False


def unknown_keys(path: Path, keys: Iterable[str], known: Iterable[str], what: str) -> Iterator[Finding]:
    """Find keys of a mapping that name no host, volume or the like of the platform."""
    known = list(known)
    for key in keys:
        if key not in known:
            words = hint(key, known, "there is none")
            yield Finding((*path, key), f"unknown {what} '{key}' {words}", (("missions",),), at_key=True)
