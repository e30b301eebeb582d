"""What the mission's file says about storage, as the role wrote it to the host."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONFIG = Path("/etc/sepp/storage.json")
STATE = Path("/var/lib/sepp")
EVERYONE = "everyone"
"""The group of all users of the platform."""


class StorageError(Exception):
    """Something about the storage that an operator has to see to."""


@dataclass(frozen=True, kw_only=True)
class Tier:
    """A tier in which each member of `groups` has a folder. `quota` in bytes."""

    name: str
    path: Path
    quota: int
    groups: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Share:
    """A folder in which the members of `groups` work together. `quota` in bytes, for the whole folder.

    `account` is the one of the server in which they do so in real time; empty where there is none.
    """

    name: str
    quota: int
    groups: tuple[str, ...]
    account: str


@dataclass(frozen=True, kw_only=True)
class Collection:
    """A part of the repository that the members of `groups` may read, and the shares' `accounts`.

    `path` is its folder in the source.
    """

    name: str
    path: str
    groups: tuple[str, ...]
    accounts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Config:
    """All of it. `purge_after` in seconds; `shares_path` and `repository_path` are None where there are none.

    `usage_reader` is the group of the server that tells the portal what is used. `demo` is where an image of the
    mission's has demonstration data; a host has no such folder.
    """

    mission: str
    backend: str
    tiers: tuple[Tier, ...]
    shares_path: Path | None
    shares: tuple[Share, ...]
    repository_path: Path | None
    collections: tuple[Collection, ...]
    purge_after: int | None
    usage_reader: str
    demo: Path

    def tier(self, name: str) -> Tier | None:
        """Return the tier with this name; None if the mission has none."""
        return next((tier for tier in self.tiers if tier.name == name), None)


def load(path: Path = CONFIG) -> Config:
    """Read the configuration; StorageError if it is not there."""
    try:
        return parse(json.loads(path.read_text()))
    except FileNotFoundError:
        raise StorageError(f"{path} is missing: the role storage writes it") from None


def parse(data: Mapping[str, Any]) -> Config:
    """Make the configuration from the role's data."""
    paths = {name: Path(path) for name, path in data["paths"].items()}
    return Config(
        mission=data["mission"],
        backend=data["backend"],
        tiers=tuple(
            Tier(name=item["name"], path=paths[item["name"]], quota=item["quota"], groups=tuple(item["groups"]))
            for item in data["tiers"]
        ),
        shares_path=paths.get("shares"),
        shares=tuple(
            Share(name=item["name"], quota=item["quota"], groups=tuple(item["groups"]), account=item["account"])
            for item in data["shares"]
        ),
        repository_path=paths.get("repository"),
        collections=tuple(
            Collection(
                name=item["name"],
                path=item["path"],
                groups=tuple(item["groups"]),
                accounts=tuple(item["accounts"]),
            )
            for item in data["collections"]
        ),
        purge_after=data["purge_after"] or None,
        usage_reader=data["usage_reader"],
        demo=Path(data["demo"]),
    )
