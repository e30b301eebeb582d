"""The storage tiers of a mission (SA)."""

from collections.abc import Mapping
from typing import Any

from sepp.catalogue.service import Health, Port, Service, Size
from sepp.deployment import Context


def _variables(context: Context) -> Mapping[str, Any]:
    return {"storage_public_port": STORAGE.port("public")}


STORAGE = Service(
    name="storage",
    title="Storage Area",
    scenario="SA",
    scope="area",
    user="www-data",
    ports=(Port(name="public", number=8070, reach="core"),),
    health=Health(units=("sepp-storage-sync.timer",)),
    size=Size(cpu=0.3, memory=256 * 1024**2),
    needs=("base",),
    secrets=(),
    variables=_variables,
)
