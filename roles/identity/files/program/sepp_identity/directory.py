"""The directory, by LDAP over TLS."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import ldap

from sepp_identity.settings import Directory
from sepp_identity.who import Account, Group, Who, by_name

TRUST = "/etc/ssl/certs/ca-certificates.crt"
"""The authorities that this system trusts, the platform's own among them."""
TIMEOUT = 10
"""Seconds that the directory has for its answer."""

_FOR_EVER = "000001010000Z"
"""The time of a lock that never ends (draft-behera-ldap-password-policy, section 5.3.3)."""


class DirectoryError(Exception):
    """The directory does not answer as it should."""


def read(settings: Directory) -> Who:
    """Ask who there is; DirectoryError if it does not answer, or has no groups: then it is another one."""
    try:
        with _connection(settings) as connection:
            users = list(_accounts(connection, settings.people))
            shares = list(_accounts(connection, settings.shares)) if settings.shares else []
            groups = list(_groups(connection, settings))
    except ldap.LDAPError as error:
        raise DirectoryError(f"the directory {settings.uri} does not answer: {_words(error)}") from None
    if not groups:
        raise DirectoryError(f"the directory {settings.uri} has no groups")
    first = settings.first_number
    return Who(
        users=by_name(users, first_number=first),
        shares=by_name(shares, first_number=first),
        groups=by_name(groups, first_number=first),
    )


def _accounts(connection: Any, base: str) -> Iterator[Account]:
    attributes = ["uid", "uidNumber", "homeDirectory", "loginShell", "pwdAccountLockedTime"]
    for entry in _search(connection, base, "(objectClass=posixAccount)", attributes):
        yield Account(
            name=_one(entry, "uid"),
            number=int(_one(entry, "uidNumber")),
            home=_one(entry, "homeDirectory"),
            shell=_one(entry, "loginShell"),
            enabled=_one(entry, "pwdAccountLockedTime") != _FOR_EVER,
        )


def _groups(connection: Any, settings: Directory) -> Iterator[Group]:
    for entry in _search(connection, settings.groups, "(objectClass=posixGroup)", ["cn", "gidNumber", "member"]):
        yield Group(
            name=_one(entry, "cn"),
            number=int(_one(entry, "gidNumber")),
            members=tuple(sorted(_names(entry.get("member", ()), settings.people))),
        )


def _search(connection: Any, base: str, wanted: str, attributes: list[str]) -> Iterator[Mapping[str, list[bytes]]]:
    for _, entry in connection.search_s(base, ldap.SCOPE_ONELEVEL, wanted, attributes):
        yield entry


def _one(entry: Mapping[str, list[bytes]], attribute: str) -> str:
    return entry.get(attribute, [b""])[0].decode()


def _names(members: Sequence[bytes], people: str) -> Iterator[str]:
    for dn in (member.decode() for member in members):
        if dn.startswith("uid=") and dn.endswith(f",{people}"):
            yield dn.removeprefix("uid=").removesuffix(f",{people}")


def _words(error: ldap.LDAPError) -> str:
    said = error.args[0] if error.args else {}
    return ", ".join(str(said[key]) for key in ("desc", "info") if said.get(key)) or type(error).__name__


@contextmanager
def _connection(settings: Directory) -> Iterator[Any]:
    connection = ldap.initialize(settings.uri)
    connection.set_option(ldap.OPT_NETWORK_TIMEOUT, TIMEOUT)
    connection.set_option(ldap.OPT_TIMEOUT, TIMEOUT)
    connection.set_option(ldap.OPT_X_TLS_CACERTFILE, TRUST)
    connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    connection.simple_bind_s(settings.reader_dn, settings.reader_password)
    try:
        yield connection
    finally:
        connection.unbind_s()
