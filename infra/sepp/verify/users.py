"""Users that exist as long as the checks run."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from sepp.verify.access import Hosts
from sepp.verify.result import CheckError

PREFIX = "verify-"
"""Names of the checks' users begin so; nobody else's may."""
STORAGE_LIMIT = 90
"""Longest wait for a user's folders (seconds)."""


@dataclass(frozen=True, kw_only=True)
class User:
    """A user of the checks. The password never leaves the process."""

    name: str
    password: str = field(repr=False)
    groups: tuple[str, ...]
