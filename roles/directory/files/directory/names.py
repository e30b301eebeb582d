"""Which names users and groups may have."""

import grp
import pwd
import re
from pathlib import Path

from problem import USAGE, Problem

EVERYONE = "everyone"
"""The group of all users."""

_PATTERN = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 31

_RESERVED = frozenset(Path(__file__).with_name("reserved.txt").read_text(encoding="utf-8").split())
"""Accounts of the systems on which users' names are resolved. There a local account comes first: whoever had such a
name in the directory would be taken for it. The accounts of this host are refused as well."""

_SHARE = "share-"
"""What names of the shares' accounts begin with."""


def check(kind: str, name: str) -> None:
    """Raise Problem if a user or a group (`kind`) may not be called so."""
    if not _PATTERN.fullmatch(name) or len(name) < 2 or len(name) > _LONGEST:
        raise Problem(
            f"'{name}' cannot be the name of a {kind}",
            hint=f"2 to {_LONGEST} lower-case letters and digits, in words with - between, a letter first",
            code=USAGE,
        )
    if name in _RESERVED or name.startswith(_SHARE) or _is_local(name):
        raise Problem(f"'{name}' is reserved for the system", hint=f"choose another name for the {kind}", code=USAGE)


def _is_local(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall()) or any(
        entry.gr_name == name for entry in grp.getgrall()
    )
