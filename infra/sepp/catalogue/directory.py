"""The directory of users and groups: OpenLDAP."""

from collections.abc import Mapping
from typing import Any

from sepp.catalogue.service import Health, Port, Service, Size
from sepp.deployment import Context


def _variables(context: Context) -> Mapping[str, Any]:
    return {
        "directory_port": DIRECTORY.port("ldaps"),
        "directory_admin_password": context.secrets["directory-admin"],
        "directory_reader_password": context.secrets["directory-reader"],
    }


DIRECTORY = Service(
    name="directory",
    title="Directory",
    scenario="core",
    scope="core",
    user="openldap",
    ports=(Port(name="ldaps", number=636, reach="platform"),),
    health=Health(units=("slapd.service",)),
    size=Size(cpu=0.2, memory=128 * 1024**2),
    needs=("base",),
    secrets=("directory-admin", "directory-reader"),
    data="/var/lib/ldap",
    variables=_variables,
)
