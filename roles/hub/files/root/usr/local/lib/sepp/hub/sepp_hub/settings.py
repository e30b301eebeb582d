"""What the role tells the hub, in `/etc/sepp/hub/settings.json`."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATH = Path("/etc/sepp/hub/settings.json")
EVERYONE = "everyone"


@dataclass(frozen=True, kw_only=True)
class Share:
    """A folder in which the members of groups work together; its server runs as `account`."""

    name: str
    account: str
    groups: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What somebody of an actor may use: cores of a server, its memory in bytes, servers at a time."""

    groups: tuple[str, ...]
    cpu: float
    memory: int
    servers: int


@dataclass(frozen=True, kw_only=True)
class Pods:
    """Servers as pods of a cluster.

    `host` is the plan's host in whose place they are; `claims` are the volumes by path, of which `read_only` are only
    read; `numbers` is the folder of the list of users (`user:group:further groups` by name), `names` the ConfigMap
    that the name service reads at `names_at`; `trusted` is the ConfigMap, key and path of the authorities that they
    believe; `public_names` are by the address at which they are found.
    """

    image: str
    namespace: str
    account: str
    priority: str
    host_label: str
    host: str
    user_label: str
    claims: Mapping[str, str]
    read_only: tuple[str, ...]
    numbers: str
    names: str
    names_at: str
    public_names: Mapping[str, Sequence[str]]
    trusted: tuple[str, str, str]
    port: int
    actors: tuple[Limits, ...]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of one mission's hub. Addresses have no slash at the end; `idle_after` is in seconds."""

    title: str
    platform_title: str
    portal_url: str
    public_url: str
    cas_url: str
    cas_groups_attribute: str
    ca_file: str
    groups: tuple[str, ...]
    """Members of these groups may sign in."""
    servers: int
    """The most servers that any user may have."""
    shares: tuple[Share, ...]
    idle_after: int
    port: int
    api_port: int
    proxy_api_port: int
    proxy_token: str
    cookie_secret: str
    admin_token: str
    listens: str
    """Where the hub listens for its proxy and for servers."""
    server_host: str
    """Where proxy and servers find the hub."""
    proxy_host: str
    """Where the hub finds its proxy."""
    pods: Pods | None
    """What servers are in a cluster; None where they are units of this host."""
    state: str
    """The folder of its data, from systemd."""
    spawn_socket: str = "/run/sepp/spawn.socket"
    assets: str = "/usr/local/lib/sepp/hub"

    @property
    def service_url(self) -> str:
        """The address that CAS sends users back to, and that it tells of sign-outs."""
        return f"{self.public_url}/hub/login"


def load(path: Path = PATH) -> Settings:
    """Read the settings; OSError, KeyError, ValueError or TypeError if they are not there or not right."""
    data = json.loads(path.read_text())
    shares = (
        Share(name=name, account=share["account"], groups=tuple(share["groups"]))
        for name, share in data["shares"].items()
    )
    read = {
        "groups": tuple(data["groups"]),
        "shares": tuple(shares),
        "pods": _pods(**data["pods"]) if data["pods"] else None,
    }
    return Settings(**{**data, **read}, state=os.environ["STATE_DIRECTORY"])


def _pods(*, actors: list[dict[str, Any]], read_only: list[str], trusted: list[str], **data: Any) -> Pods:
    config_map, key, path = trusted
    return Pods(
        **data,
        actors=tuple(Limits(**{**actor, "groups": tuple(actor["groups"])}) for actor in actors),
        read_only=tuple(read_only),
        trusted=(config_map, key, path),
    )
