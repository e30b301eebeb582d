"""Who there is. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from logging import getLogger
from typing import TypeVar

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PATH = re.compile(r"/[A-Za-z0-9._/-]*")


@dataclass(frozen=True, kw_only=True)
class Account:
    """Somebody, or the account of a share: her number is also that of her own group."""

    name: str
    number: int
    home: str
    shell: str
    enabled: bool = True


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group with the names of its members."""

    name: str
    number: int
    members: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Who:
    """Everybody by name: users, accounts of the mission's shares, and groups."""

    users: Mapping[str, Account]
    shares: Mapping[str, Account]
    groups: Mapping[str, Group]


_Named = TypeVar("_Named", Account, Group)


def by_name(found: Iterable[_Named], *, first_number: int) -> dict[str, _Named]:
    """Return by name what a list can hold: no system's number, and no name or path that would be another line."""
    result: dict[str, _Named] = {}
    for each in found:
        paths = (each.home, each.shell) if isinstance(each, Account) else ()
        if each.number >= first_number and _NAME.fullmatch(each.name) and all(map(_PATH.fullmatch, paths)):
            result[each.name] = each
        else:
            _tell_once(f"left out of the lists: {each}")
    return result


@cache
def _tell_once(text: str) -> None:
    getLogger("sepp_identity").warning("%s", text)
