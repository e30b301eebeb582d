"""Who there is, for clusters, whose pods have no SSSD."""

from collections.abc import Mapping
from typing import Any

from sepp.catalogue.directory import directory_access
from sepp.catalogue.service import Health, Port, Service, Size
from sepp.config.units import MIB
from sepp.deployment import Context, groups_of

USERS = "users"
"""The list of users with their numbers, by which a policy of the cluster judges pods."""
NAMES = "names"
"""The list that the name service in pods reads."""


def _variables(context: Context) -> Mapping[str, Any]:
    return {
        "identity_address": context.own_address,
        "identity_port": IDENTITY.port("http"),
        "identity_directory": directory_access(context),
        "identity_members_of": groups_of(context.mission.actors.values()),
        "identity_users_list": USERS,
        "identity_names_list": NAMES,
    }


IDENTITY = Service(
    name="identity",
    title="Identity",
    scenario="core",
    scope="area",
    user="sepp-identity",
    number=10007,
    ports=(Port(name="http", number=8072, reach="core"),),
    health=Health(units=("sepp-identity.service",), port="http", path="/"),
    size=Size(cpu=0.1, memory=64 * MIB),
    needs=("directory",),
    targets=frozenset({"kubernetes"}),
    variables=_variables,
)
