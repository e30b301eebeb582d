"""Interactive analysis of a mission: JupyterHub (IA)."""

from collections.abc import Mapping
from typing import Any

from sepp.catalogue.service import Health, Port, Service, Size
from sepp.deployment import Context


def _variables(context: Context) -> Mapping[str, Any]:
    return {"hub_port": HUB.port("http")}


HUB = Service(
    name="hub",
    title="Interactive Analysis",
    scenario="IA",
    scope="area",
    user="jupyterhub",
    ports=(
        Port(name="http", number=8000, reach="core"),
        Port(name="api", number=8081, reach="host"),
        Port(name="proxy-api", number=8001, reach="host"),
    ),
    health=Health(units=("jupyterhub.service", "jupyterhub-proxy.service"), port="http", path="/hub/health"),
    size=Size(cpu=0.5, memory=512 * 1024**2),
    needs=("storage",),
    secrets=("hub-proxy-token", "hub-cookie"),
    data="/var/lib/jupyterhub",
    variables=_variables,
)
