"""What a rule finds."""

from dataclasses import dataclass

from sepp.config.tree import Path


@dataclass(frozen=True)
class Finding:
    """A fault of the value (or the key) at a path; `about` names what else the rule looked at."""

    path: Path
    message: str
    about: tuple[Path, ...] = ()
    at_key: bool = False
