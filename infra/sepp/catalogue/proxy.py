"""The one TLS entrance: Apache httpd with mod_auth_cas."""

from collections.abc import Mapping
from typing import Any

from sepp.catalogue.service import Health, Port, Service, Size
from sepp.deployment import Context


def _variables(context: Context) -> Mapping[str, Any]:
    return {"proxy_port": context.deployment.platform.port}


PROXY = Service(
    name="proxy",
    title="Entrance",
    scenario="core",
    scope="core",
    user="www-data",
    ports=(Port(name="https", number=None, reach="outside"),),
    health=Health(units=("apache2.service",), port="https", path="/"),
    size=Size(cpu=0.3, memory=128 * 1024**2),
    needs=("cas", "portal"),
    secrets=(),
    variables=_variables,
)
