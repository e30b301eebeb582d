"""The hub's configuration, from its settings."""

import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from sepp_hub.authenticator import CasAuthenticator
from sepp_hub.proxy import RestoredProxy
from sepp_hub.settings import Settings, Share
from sepp_hub.spawner import SystemSpawner


def configure(c: Any, settings: Settings) -> None:
    """Fill the hub's configuration object."""
    _addresses(c, settings)
    _sign_on(c, settings)
    _servers(c, settings)
    _services(c, settings)
    _look(c, settings)


def _addresses(c: Any, settings: Settings) -> None:
    c.JupyterHub.public_url = f"{settings.public_url}/"
    c.JupyterHub.bind_url = f"http://:{settings.port}/"
    c.JupyterHub.hub_bind_url = f"http://{settings.listens}:{settings.api_port}"
    c.JupyterHub.hub_connect_url = f"http://{settings.server_host}:{settings.api_port}"
    c.JupyterHub.db_url = f"sqlite:///{settings.state}/jupyterhub.sqlite"
    c.JupyterHub.cookie_secret = settings.cookie_secret.encode()
    # The proxy and the users' servers are units of their own: they outlive a restart of the hub.
    c.JupyterHub.cleanup_servers = False
    c.JupyterHub.cleanup_proxy = False
    c.JupyterHub.proxy_class = RestoredProxy
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.auth_token = settings.proxy_token
    c.ConfigurableHTTPProxy.api_url = f"http://{settings.proxy_host}:{settings.proxy_api_port}"


def _sign_on(c: Any, settings: Settings) -> None:
    c.JupyterHub.authenticator_class = CasAuthenticator.configured(settings)
    c.JupyterHub.cookie_max_age_days = 1
    c.JupyterHub.tornado_settings = {"cookie_options": {"samesite": "Lax"}}


def _servers(c: Any, settings: Settings) -> None:
    if settings.pods:
        # Imported where it is used: it takes a second, and hosts have no cluster.
        from sepp_hub.pods import PodSpawner  # noqa: PLC0415

        c.JupyterHub.spawner_class = PodSpawner.configured(settings.pods, settings.shares)
    else:
        c.JupyterHub.spawner_class = type("SystemSpawner", (SystemSpawner,), {"socket": settings.spawn_socket})
        # Servers listen on sockets, and accept no other port than this beside one.
        c.Spawner.port = 8888
    c.JupyterHub.allow_named_servers = settings.servers > 1
    c.JupyterHub.named_server_limit_per_user = settings.servers - 1
    c.Spawner.default_url = "/lab"
    c.Spawner.start_timeout = 300
    c.Spawner.http_timeout = 120
    c.Spawner.poll_interval = 30
    # The hub must not end because one user's server does not start.
    c.Spawner.consecutive_failure_limit = 0


def _services(c: Any, settings: Settings) -> None:
    # The hub forgets a service's earlier tokens only together with the service: another token is another service.
    ends_sessions = f"end-sessions-{sha256(settings.admin_token.encode()).hexdigest()[:8]}"
    culler = [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={settings.idle_after}"]
    c.JupyterHub.services = [
        {"name": "idle-culler", "command": [*culler, f"--cull-every={min(300, max(10, settings.idle_after // 4))}"]},
        {"name": ends_sessions, "api_token": settings.admin_token},
    ]
    c.JupyterHub.load_roles = [
        {
            "name": "idle-culler",
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
            "services": ["idle-culler"],
        },
        {"name": "end-sessions", "scopes": ["admin:users", "admin:servers"], "services": [ends_sessions]},
        *(_members(share) for share in settings.shares),
    ]


def _members(share: Share) -> dict[str, Any]:
    """Return the role of those who work in a share: its server is theirs, and nobody else's."""
    return {
        "name": share.account,
        "scopes": [f"{scope}!user={share.account}" for scope in ("access:servers", "servers")],
        "groups": list(share.groups),
        # Makes the hub know the account.
        "users": [share.account],
    }


def _look(c: Any, settings: Settings) -> None:
    c.JupyterHub.template_paths = [str(Path(settings.assets) / "templates")]
    c.JupyterHub.logo_file = str(Path(settings.assets) / "templates" / "logo.svg")
    c.JupyterHub.template_vars = {
        "mission_title": settings.title,
        "platform_title": settings.platform_title,
        "portal_url": settings.portal_url,
        "shares": settings.shares,
    }
