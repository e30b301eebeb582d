"""What the role says, in `/etc/sepp/identity`."""

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("/etc/sepp/identity")


@dataclass(frozen=True, kw_only=True)
class Directory:
    """Where the directory is, and what users and groups are below; `shares` is empty for a mission without any."""

    uri: str
    people: str
    groups: str
    shares: str
    reader: str
    password: str


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of one mission. `users` and `names` are what the lists are called in the cluster; `every` is in seconds.

    Members of `groups` may run as themselves.
    """

    directory: Directory
    groups: frozenset[str]
    users: str
    names: str
    first_number: int
    every: int
    address: str
    port: int


def load(folder: Path = FOLDER) -> Settings:
    """Read the settings; OSError, ValueError or TypeError if they are not there or not right."""
    data = json.loads((folder / "settings.json").read_text())
    password = (folder / "reader-password").read_text().strip()
    directory = Directory(**data.pop("directory"), password=password)
    return Settings(directory=directory, groups=frozenset(data.pop("groups")), **data)
