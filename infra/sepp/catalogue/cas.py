"""Sign-on: Apereo CAS."""

from collections.abc import Mapping
from typing import Any

from sepp.catalogue.service import Health, Port, Service, Size
from sepp.deployment import Context


def _variables(context: Context) -> Mapping[str, Any]:
    return {"cas_port": CAS.port("http")}


CAS = Service(
    name="cas",
    title="Sign-on",
    scenario="core",
    scope="core",
    user="cas",
    ports=(Port(name="http", number=8080, reach="host"),),
    health=Health(units=("cas.service",), port="http", path="/cas/login"),
    size=Size(cpu=1, memory=768 * 1024**2),
    needs=("directory",),
    secrets=("cas-ticket-signing", "cas-ticket-encryption"),
    variables=_variables,
)
