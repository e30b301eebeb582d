"""What the programs of the storage host say: each thing once, with the priority that systemd's journal reads."""

import contextlib
import sys
from collections.abc import Generator
from pathlib import Path

from sepp_storage.config import StorageError

_ERROR, _NOTICE = "<3>", "<5>"


class Journal:
    """Lines for the journal. A problem that was there on the last run already is not written again.

    `memory` is the file that remembers the problems between runs.
    """

    def __init__(self, memory: Path | None = None) -> None:
        self._memory = memory
        self.problems: list[str] = []

    def done(self, text: str) -> None:
        """Write what was done."""
        print(f"{_NOTICE}{text}", flush=True)

    def problem(self, text: str) -> None:
        """Keep what an operator has to see to, for the end of the run."""
        self.problems.append(" ".join(text.split()))

    @contextlib.contextmanager
    def catch(self, what: str) -> Generator[None]:
        """Turn an error into a problem of `what`, so that the rest is still done."""
        try:
            yield
        except (OSError, StorageError) as error:
            self.problem(f"{what}: {error}")

    def close(self) -> int:
        """Write the problems that are new and those that have gone; return the exit code."""
        before: set[str] = set()
        if self._memory is not None:
            before = set(self._memory.read_text().splitlines()) if self._memory.exists() else set()
            self._memory.write_text("".join(f"{problem}\n" for problem in self.problems))
        for problem in self.problems:
            if problem not in before:
                print(f"{_ERROR}{problem}", file=sys.stderr, flush=True)
        for problem in sorted(before - set(self.problems)):
            self.done(f"settled: {problem}")
        return 1 if self.problems else 0
