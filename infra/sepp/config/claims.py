"""Who claims which folder, so that nobody claims one inside another's."""

from typing import Generic, TypeVar

Steps = tuple[str, ...]
_Owner = TypeVar("_Owner")


class Claims(Generic[_Owner]):
    """Folders as tuples of names, each with its owner; the time for a claim does not grow with their number."""

    def __init__(self) -> None:
        self._claimed: dict[Steps, _Owner] = {}
        self._around: dict[Steps, _Owner] = {}

    def claim(self, steps: Steps, owner: _Owner) -> _Owner | None:
        """Claim a folder; returns who claimed it, one around it, or one inside it before, None if nobody did."""
        above = [steps[:length] for length in range(len(steps) + 1)]
        before = next((self._claimed[step] for step in above if step in self._claimed), self._around.get(steps))
        self._claimed.setdefault(steps, owner)
        for step in above:
            self._around.setdefault(step, owner)
        return before
