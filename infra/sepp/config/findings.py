"""What a rule finds."""

from dataclasses import dataclass

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
