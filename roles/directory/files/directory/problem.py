"""What can go wrong in a way that the operator can mend."""

import difflib
from collections.abc import Iterable

FAILED = 1
USAGE = 2


class Problem(Exception):  # noqa: N818 - it is told to a person, and is no fault of the program
    """A refusal with its reason; `hint` says how to go on, `code` is the exit code (1 failed, 2 wrong usage)."""

    def __init__(self, message: str, *, hint: str = "", code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


def unknown(kind: str, name: str, known: Iterable[str], *, code: int = FAILED) -> Problem:
    """Make the refusal of a name that does not exist, with the nearest one that does, or with all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        hint = f"did you mean '{near[0]}'?"
    elif names and len(names) <= 50:
        hint = f"known: {', '.join(names)}"
    else:
        hint = ""
    return Problem(f"unknown {kind} '{name}'", hint=hint, code=code)
