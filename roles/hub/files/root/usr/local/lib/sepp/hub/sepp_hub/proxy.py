"""The hub's proxy is a unit of its own, which can be restarted without the hub's knowledge."""

from typing import Any

from jupyterhub.proxy import ConfigurableHTTPProxy
from tornado.ioloop import PeriodicCallback

RESTORE_SECONDS = 5
"""How often the proxy's routes are compared with the servers that run."""


class RestoredProxy(ConfigurableHTTPProxy):
    """Gets its routes again within seconds after a restart: the hub itself looks only when it counts activity."""

    _comparison: PeriodicCallback | None = None

    async def check_routes(
        self, user_dict: dict[Any, Any], service_dict: dict[str, Any], routes: dict[str, Any] | None = None
    ) -> None:
        """Compare the routes, and go on doing so from the first time on, when the hub has started."""
        await super().check_routes(user_dict, service_dict, routes)
        if self._comparison is None:
            self._comparison = PeriodicCallback(
                lambda: super(RestoredProxy, self).check_routes(user_dict, service_dict), 1000 * RESTORE_SECONDS
            )
            self._comparison.start()
