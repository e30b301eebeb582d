"""The public portal and the signed-in user page."""

from collections.abc import Mapping
from typing import Any

from sepp.catalogue.service import Health, Port, Service, Size
from sepp.deployment import Context


def _variables(context: Context) -> Mapping[str, Any]:
    return {"portal_port": PORTAL.port("http")}


PORTAL = Service(
    name="portal",
    title="Portal",
    scenario="core",
    scope="core",
    user="portal",
    ports=(Port(name="http", number=8090, reach="host"),),
    health=Health(units=("sepp-portal.service",), port="http", path="/"),
    size=Size(cpu=0.2, memory=128 * 1024**2),
    needs=("directory",),
    secrets=(),
    variables=_variables,
)
