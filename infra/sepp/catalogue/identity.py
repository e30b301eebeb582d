"""Who there is, for clusters, whose pods have no SSSD."""

from collections.abc import Mapping
from typing import Any

from sepp.catalogue.directory import directory_uri
from sepp.catalogue.service import Health, Port, Service, Size
from sepp.config.units import MIB
from sepp.deployment import Context, share_accounts
from sepp.directory import layout

USERS = "users"
"""The list of users with their numbers, by which a policy of the cluster judges pods."""
NAMES = "names"
"""The list that the name service in pods reads."""


def _variables(context: Context) -> Mapping[str, Any]:
    domain, mission = context.deployment.platform.domain, context.mission
    return {
        "identity_address": context.own_address,
        "identity_port": IDENTITY.port("http"),
        "identity_directory_uri": directory_uri(context),
        "identity_people": layout.people(domain),
        "identity_groups": layout.groups(domain),
        "identity_shares": layout.shares(domain, mission.mission) if share_accounts(mission) else "",
        "identity_reader_dn": layout.reader(domain),
        "identity_reader_password": context.secrets["directory-reader"],
        "identity_members_of": sorted({group for actor in mission.actors.values() for group in actor.groups}),
        "identity_users_list": USERS,
        "identity_names_list": NAMES,
        "identity_first_number": layout.FIRST_NUMBER,
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
