"""What every host has: identity, time, journal, updates, firewall."""

from collections.abc import Mapping
from typing import Any

from sepp.catalogue.directory import directory_access
from sepp.catalogue.service import Health, Service, Size
from sepp.config.units import MIB
from sepp.deployment import Context


def _variables(context: Context) -> Mapping[str, Any]:
    """Give all but the rules and names, which the inventory derives from the deployment."""
    directory = {} if context.host.area == "core" else {"base_directory": directory_access(context)}
    return {
        "base_authority": context.authority,
        "base_container": context.deployment.target == "local",
        **directory,
    }


BASE = Service(
    name="base",
    title="Base system",
    scenario="core",
    scope="host",
    user="root",
    ports=(),
    health=Health(units=("nftables.service", "sepp-base.service")),
    size=Size(cpu=0.1, memory=64 * MIB),
    needs=(),
    targets=frozenset({"local", "hosts", "openstack"}),
    variables=_variables,
)
