"""What the role tells the hub, in `/etc/sepp/hub/settings.json`."""

import json
from dataclasses import dataclass
from pathlib import Path

PATH = Path("/etc/sepp/hub/settings.json")
EVERYONE = "everyone"


@dataclass(frozen=True, kw_only=True)
class Share:
    """A folder in which the members of groups work together; its server runs as `account`."""

    name: str
    account: str
    groups: tuple[str, ...]


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
    state: str = "/var/lib/jupyterhub"
    spawn_socket: str = "/run/sepp/spawn.socket"
    assets: str = "/usr/local/lib/sepp/hub"

    @property
    def service_url(self) -> str:
        """The address that CAS sends users back to, and that it tells of sign-outs."""
        return f"{self.public_url}/hub/login"


def load(path: Path = PATH) -> Settings:
    """Read the settings; OSError, ValueError or TypeError if they are not there or not right."""
    data = json.loads(path.read_text())
    shares = (
        Share(name=name, account=share["account"], groups=tuple(share["groups"]))
        for name, share in data["shares"].items()
    )
    return Settings(**{**data, "groups": tuple(data["groups"]), "shares": tuple(shares)})
