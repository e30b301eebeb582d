"""Waits for what comes a moment later."""

import time
from collections.abc import Callable


def wait_until(met: Callable[[], object], seconds: float, told: Callable[[], str] = str, *, every: float = 0.2) -> None:
    """Ask until something is so (all in seconds); AssertionError with what is told then if it is not in time."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, told()
        time.sleep(every)
