"""The directory of users and groups: OpenLDAP."""

from collections.abc import Mapping
from typing import Any

from sepp.catalogue.service import Health, Port, Service, Size
from sepp.config.units import MIB
from sepp.deployment import TIER_PATHS, Context, actor_groups, share_accounts
from sepp.directory import layout


def directory_uri(context: Context) -> str:
    """Return where the directory is, by the name in its certificate."""
    return f"ldaps://{context.name('core', 'directory')}:{DIRECTORY.port('ldaps')}"


def directory_access(context: Context) -> Mapping[str, Any]:
    """Return how users, groups and accounts of shares are read for the area that the context's host is in."""
    domain = context.deployment.platform.domain
    mission = context.mission
    accounts = {"shares": layout.shares(domain, mission.mission)} if share_accounts(mission) else {}
    return {
        **accounts,
        "uri": directory_uri(context),
        "people": layout.people(domain),
        "groups": layout.groups(domain),
        "reader_dn": layout.reader(domain),
        "reader_password": context.secrets["directory-reader"],
        "first_number": layout.FIRST_NUMBER,
    }


def _variables(context: Context) -> Mapping[str, Any]:
    platform = context.deployment.platform
    certificate = context.certificates["directory"]
    groups = {group for mission in context.deployment.missions for group in actor_groups(mission)}
    return {
        "directory_address": context.own_address,
        "directory_port": DIRECTORY.port("ldaps"),
        "directory_data": DIRECTORY.data,
        "directory_suffix": layout.suffix(platform.domain),
        "directory_title": platform.title,
        "directory_certificate": certificate.certificate,
        "directory_key": certificate.key,
        "directory_reader_dn": layout.reader(platform.domain),
        "directory_reader_password": context.secrets["directory-reader"],
        # Alone in a pod there is no root.
        "directory_administrators": [DIRECTORY.number if context.services else 0],
        "directory_groups": sorted(groups),
        "directory_shares": {
            mission.mission: {account: f"{TIER_PATHS['shares']}/{share}" for share, account in accounts.items()}
            for mission in context.deployment.missions
            if (accounts := share_accounts(mission))
        },
    }


DIRECTORY = Service(
    name="directory",
    title="Directory",
    scenario="core",
    scope="core",
    user="openldap",
    number=10001,
    ports=(Port(name="ldaps", number=636, reach="platform", tls=True),),
    health=Health(units=("slapd.service",)),
    size=Size(cpu=0.2, memory=128 * MIB),
    needs=("base",),
    secrets={"directory-reader": "everybody has to sign in again, which nobody can for about a minute"},
    data="/var/lib/ldap",
    variables=_variables,
)
