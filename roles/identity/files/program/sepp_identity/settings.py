"""What the role says, in `/etc/sepp/identity`."""

import json
from dataclasses import dataclass
from pathlib import Path

PATH = Path("/etc/sepp/identity/settings.json")


@dataclass(frozen=True, kw_only=True)
class Directory:
    """Where the directory is, what users and groups are below, and who reads it; without `shares` there are none.

    Users and groups with a number below `first_number` are the systems'.
    """

    uri: str
    people: str
    groups: str
    reader_dn: str
    reader_password: str
    first_number: int
    shares: str = ""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of one mission. `users` and `names` are what the lists are called in the cluster; `every` is in seconds.

    Members of `groups` may run as themselves.
    """

    directory: Directory
    groups: frozenset[str]
    users: str
    names: str
    every: int
    address: str
    port: int


def load(path: Path = PATH) -> Settings:
    """Read the settings; OSError, ValueError or TypeError if they are not there or not right."""
    data = json.loads(path.read_text())
    return Settings(**{**data, "directory": Directory(**data["directory"]), "groups": frozenset(data["groups"])})
