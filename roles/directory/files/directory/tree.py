"""The entries that the platform itself needs, and groups."""

from collections.abc import Mapping, Sequence
from typing import Any

import names
from problem import USAGE, Problem, unknown
from store import Entry, Store, accepts

FIRST_NUMBER = 20000
"""The first number of users and groups; those below belong to the systems."""

_POLICY_CLASSES = ("organizationalRole", "pwdPolicy")


def user_dn(store: Store, name: str) -> str:
    """Return the DN of the user with this name."""
    return store.dn(f"uid={name}", "ou=people")


def group_dn(store: Store, name: str) -> str:
    """Return the DN of the group with this name."""
    return store.dn(f"cn={name}", "ou=groups")


def groups(store: Store) -> Mapping[str, Entry]:
    """Return all groups by name."""
    return {str(entry.one("cn")): entry for entry in store.children(store.dn("ou=groups"), "posixGroup")}


def known_groups(store: Store, wanted: Sequence[str]) -> Mapping[str, Entry]:
    """Return all groups by name; raise Problem if a wanted one does not exist."""
    found = groups(store)
    for name in wanted:
        if name not in found:
            raise unknown("group", name, found, code=USAGE)
    return found


def next_number(store: Store) -> int:
    """Take a number for a user or a group. Both share one counter that only goes up, so none is ever used again."""
    return store.take_number(_counter(store), "uidNumber")


def ensure(store: Store, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Make what is missing of the platform's own entries and groups, and say what was changed.

    `wanted` holds `organization`, `groups` (names), `shares` (accounts with their homes, by mission),
    `reader_password`, `policy` (of passwords).
    """
    changed: list[str] = []
    for dn, values in _entries(store, wanted).items():
        changed += _ensure(store, dn, values)
    if store.get(_counter(store)) is None:
        store.add(
            _counter(store),
            {"objectClass": ["organizationalRole", "extensibleObject"], "uidNumber": str(FIRST_NUMBER)},
        )
        changed.append("counter of numbers")
    reader = store.dn("cn=reader", "ou=services")
    if not accepts(reader, wanted["reader_password"]):
        store.change(reader, {"userPassword": wanted["reader_password"]})
        changed.append("reader's password")
    changed += _ensure_groups(store, (names.EVERYONE, *wanted["groups"]))
    changed += _ensure_shares(store, wanted["shares"])
    return {"changed": changed}


def _entries(store: Store, wanted: Mapping[str, Any]) -> dict[str, Mapping[str, str | Sequence[str]]]:
    first = store.suffix.split(",")[0].removeprefix("dc=")
    service_policy = store.dn("cn=services", "ou=policies")
    folders = {
        "people": "Users",
        "groups": "Groups",
        "services": "Accounts of services",
        "policies": "Password policies",
        "shares": "Accounts of shares: nobody can sign in as one",
        "retired": "Names and numbers of deleted users: their files may still exist",
    }
    return {
        store.suffix: {"objectClass": ["dcObject", "organization"], "dc": first, "o": wanted["organization"]},
        **{
            store.dn(f"ou={name}"): {"objectClass": "organizationalUnit", "description": description}
            for name, description in folders.items()
        },
        store.dn("cn=default", "ou=policies"): {
            "objectClass": _POLICY_CLASSES,
            "pwdAttribute": "userPassword",
            "pwdAllowUserChange": "TRUE",
            "pwdMustChange": "TRUE",
            "pwdCheckQuality": "2",
            "pwdLockout": "TRUE",
            **{name: str(value) for name, value in wanted["policy"].items()},
        },
        # Never locked: else anybody who reaches the directory could lock the services out.
        service_policy: {"objectClass": _POLICY_CLASSES, "pwdAttribute": "userPassword", "pwdLockout": "FALSE"},
        store.dn("cn=reader", "ou=services"): {
            "objectClass": "person",
            "sn": "reader",
            "description": "Reads users and groups",
            "pwdPolicySubentry": service_policy,
        },
    }


def _ensure(store: Store, dn: str, values: Mapping[str, str | Sequence[str]]) -> list[str]:
    entry = store.get(dn)
    if entry is None:
        store.add(dn, values)
        return [dn]
    wrong = {
        name: value
        for name, value in values.items()
        if set(entry.all(name)) != ({value} if isinstance(value, str) else set(value))
    }
    if wrong:
        store.change(dn, wrong)
        return [dn]
    return []


def _ensure_groups(store: Store, wanted: Sequence[str]) -> list[str]:
    there = groups(store)
    missing = [name for name in dict.fromkeys(wanted) if name not in there]
    for name in missing:
        names.check("group", name)
        if store.get(user_dn(store, name)) is not None:
            raise Problem(
                f"the group '{name}' has the name of a user",
                hint="a user has a private group of her name: rename the group in the mission's file",
            )
        store.add(
            group_dn(store, name),
            {"objectClass": ["groupOfEntries", "posixGroup"], "gidNumber": str(next_number(store))},
        )
    return [f"group {name}" for name in missing]


def _ensure_shares(store: Store, wanted: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Make the accounts of shares: without a password, in no group, and below what the sign-on never looks at."""
    missing: list[str] = []
    for mission, accounts in wanted.items():
        folder = store.dn(f"ou={mission}", "ou=shares")
        missing += _ensure(store, folder, {"objectClass": "organizationalUnit"})
        for name, home in accounts.items():
            dn = f"uid={name},{folder}"
            if store.get(dn) is None:
                number = str(next_number(store))
                store.add(
                    dn,
                    {
                        "objectClass": ["account", "posixAccount"],
                        "uid": name,
                        "cn": name,
                        "uidNumber": number,
                        "gidNumber": number,
                        "homeDirectory": home,
                        "loginShell": "/usr/sbin/nologin",
                    },
                )
                missing.append(dn)
    return missing


def _counter(store: Store) -> str:
    return store.dn("cn=numbers", "ou=policies")
