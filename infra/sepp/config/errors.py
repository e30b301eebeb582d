"""Faults of configuration files: what is wrong, where, and what to do about it."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

_WIDTH = 110
"""Characters of a source line that are shown."""


@dataclass(frozen=True, kw_only=True, order=True)
class ConfigError:
    """One fault. `line` and `column` count from 1; `path` is the setting's, empty for the file as a whole."""

    file: str
    line: int
    column: int
    path: str
    message: str
    source_line: str = ""

    def __str__(self) -> str:
        """Write `file:line:column: path: message`, then the source line with a caret."""
        head = f"{self.file}:{self.line}:{self.column}: {self.path + ': ' if self.path else ''}{self.message}"
        if not self.source_line.strip():
            return head
        start = max(0, self.column - _WIDTH + 20)
        shown = visible(self.source_line.replace("\t", " "))[start : start + _WIDTH].rstrip()
        return f"{head}\n    {shown}\n    {' ' * (self.column - 1 - start)}^"


class ConfigErrors(Exception):  # noqa: N818 - the plural says that it holds all of them
    """All faults of all files of one reading, in the order of files and lines."""

    def __init__(self, errors: Iterable[ConfigError]) -> None:
        self.errors = tuple(sorted(set(errors)))
        super().__init__(str(self))

    def __str__(self) -> str:
        """Write all faults and their number."""
        files = len({error.file for error in self.errors})
        count = f"{len(self.errors)} error{'s' if len(self.errors) > 1 else ''}"
        return "\n".join((*map(str, self.errors), f"{count} in {files} file{'s' if files > 1 else ''}"))

    def __iter__(self) -> Iterator[ConfigError]:
        return iter(self.errors)

    def as_data(self) -> list[dict[str, str | int]]:
        """Return the faults as plain data, the same that the text says."""
        return [asdict(error) for error in self.errors]


def visible(text: str) -> str:
    """Replace characters that a terminal would obey or hide by a question mark, one for one."""
    return "".join(character if character.isprintable() else "?" for character in text)


def quoted(value: object) -> str:
    """Show what somebody wrote in a message: short, in quotes, without control characters."""
    text = visible(str(value))
    return f"'{text if len(text) <= 50 else text[:47] + '...'}'"


def suggestion(wrong: str, valid: Iterable[str]) -> str | None:
    """Find the valid word that was probably meant; None if no one is close."""
    folded = {word.casefold().replace("_", "-"): word for word in valid}
    close = difflib.get_close_matches(wrong[:60].casefold().replace("_", "-"), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def hint(wrong: str, valid: Iterable[str], none: str) -> str:
    """Say what was probably meant, or else what is valid; `none` is said where nothing is."""
    words = list(dict.fromkeys(valid))
    meant = suggestion(wrong, words)
    if meant is not None:
        return f"(did you mean '{meant}'?)"
    return f"(valid: {listed(words)})" if words else f"({none})"


def listed(words: Iterable[str], limit: int = 20) -> str:
    """Join words for a message, the first ones of many."""
    words = list(words)
    more = f" and {len(words) - limit} more" if len(words) > limit else ""
    return ", ".join(words[:limit]) + more
