"""What every host has: identity, time, journal, updates, firewall."""

from collections.abc import Mapping
from typing import Any

from sepp.catalogue.service import Health, Service, Size
from sepp.deployment import Context


def _variables(context: Context) -> Mapping[str, Any]:
    return {}


BASE = Service(
    name="base",
    title="Base system",
    scenario="core",
    scope="host",
    user="root",
    ports=(),
    health=Health(units=("nftables.service",)),
    size=Size(cpu=0.1, memory=64 * 1024**2),
    needs=(),
    secrets=(),
    variables=_variables,
)
