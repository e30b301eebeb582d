"""What the operator does with users."""

import secrets
import syslog
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import names
from problem import USAGE, Problem, unknown
from store import Entry, Store
from tree import group_dn, groups, known_groups, next_number, user_dn

DISABLED = "000001010000Z"
"""The time of a lock that never ends."""

INVITE = "invite"
HASHES = ("{ARGON2}", "{SSHA512}", "{CRYPT}")
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, kw_only=True)
class User:
    """A user as the operator sees her; times as in LDAP (UTC, `20260131120000Z`)."""

    name: str
    full_name: str
    mail: str | None
    number: int
    groups: tuple[str, ...]
    disabled: bool
    locked_since: str | None
    must_change: bool
    last_sign_in: str | None


def users(store: Store) -> tuple[User, ...]:
    """Return all users by number."""
    found = (_user(entry) for entry in store.children(store.dn("ou=people"), "posixAccount"))
    return tuple(sorted(found, key=lambda user: user.number))


def user(store: Store, name: str) -> User:
    """Return the user with this name; raise Problem if there is none."""
    names.check("user", name)
    entry = store.get(user_dn(store, name))
    if entry is None:
        raise unknown("user", name, (user.name for user in users(store)))
    return _user(entry)


def add(store: Store, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Add a user: `name`, `full_name`, `mail`, `groups`, `password` (None makes a one-time password)."""
    name, wanted_groups = wanted["name"], wanted.get("groups", ())
    names.check("user", name)
    _check_free(store, name)
    known_groups(store, wanted_groups)
    password = wanted.get("password")
    invitation = None if password else _one_time_password()
    _check_quality(store, name, password)
    full_name = wanted.get("full_name") or name
    number = str(next_number(store))
    store.add(
        user_dn(store, name),
        {
            "objectClass": ["inetOrgPerson", "posixAccount"],
            "uid": name,
            "cn": full_name,
            "sn": full_name.split()[-1],
            "mail": wanted.get("mail") or [],
            "uidNumber": number,
            "gidNumber": number,
            "homeDirectory": f"/home/{name}",
            "loginShell": "/bin/bash",
            "userPassword": password or invitation or [],
            "pwdReset": "TRUE" if invitation else [],
        },
    )
    # Hosts find users by `everyone`: whoever is found there has all of her groups already.
    _join(store, name, (*wanted_groups, names.EVERYONE))
    _log(f"added user {name} with number {number}")
    return {"user": asdict(user(store, name)), "one_time_password": invitation}


def passwd(store: Store, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Set the password of a user: `name`, `password` (None makes a one-time password)."""
    name, password = wanted["name"], wanted.get("password")
    before = user(store, name)
    invitation = None if password else _one_time_password()
    _check_quality(store, name, password)
    store.change(user_dn(store, name), {"userPassword": password or invitation or []})
    store.change(
        user_dn(store, name),
        {"pwdReset": "TRUE" if invitation else [], "pwdAccountLockedTime": DISABLED if before.disabled else []},
    )
    _log(f"set the password of user {name}")
    return {"user": asdict(user(store, name)), "one_time_password": invitation, "end_sessions": [name]}


def change_groups(store: Store, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Let a user join and leave groups: `name`, `add`, `remove`."""
    name, joins, leaves = wanted["name"], wanted.get("add", ()), wanted.get("remove", ())
    user(store, name)
    known_groups(store, (*joins, *leaves))
    if names.EVERYONE in leaves:
        raise Problem(f"all users are in {names.EVERYONE}", hint="`disable` keeps a user out", code=USAGE)
    _join(store, name, joins)
    _leave(store, name, leaves)
    return {"user": asdict(user(store, name)), "end_sessions": [name] if leaves else []}


def disable(store: Store, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Keep a user out until she is enabled: `name`."""
    name = wanted["name"]
    user(store, name)
    store.change(user_dn(store, name), {"pwdAccountLockedTime": DISABLED})
    _log(f"disabled user {name}")
    return {"user": asdict(user(store, name)), "end_sessions": [name]}


def enable(store: Store, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Let a user in again who was disabled, or locked after wrong passwords: `name`."""
    name = wanted["name"]
    user(store, name)
    store.change(user_dn(store, name), {"pwdAccountLockedTime": [], "pwdFailureTime": []}, kept_by_server=True)
    _log(f"enabled user {name}")
    return {"user": asdict(user(store, name))}


def delete(store: Store, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Delete a user: `name`, `forget`. Her number is never given to anybody else.

    Nor is her name, because her files stay, unless `forget` says that they are gone.
    """
    name = wanted["name"]
    number = user(store, name).number
    if not wanted.get("forget"):
        store.add(
            _retired_dn(store, name),
            {"objectClass": ["organizationalRole", "extensibleObject"], "uidNumber": str(number)},
        )
    store.delete(user_dn(store, name))
    _log(f"deleted user {name} with number {number}")
    return {"deleted": name, "number": number, "end_sessions": [name]}


def apply(store: Store, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Make users be as in `users`: by name `full_name`, `mail`, `groups`, `password` (None for a one-time password).

    Users who are not named stay as they are. A password is set for new users only: later it is the user's own.
    """
    there = {user.name: user for user in users(store)}
    known_groups(store, [group for values in wanted["users"].values() for group in values["groups"]])
    for name, values in wanted["users"].items():
        names.check("user", name)
        if name not in there:
            _check_free(store, name)
            _check_quality(store, name, values["password"])
    result: dict[str, Any] = {"added": [], "changed": [], "one_time_passwords": {}, "end_sessions": []}
    for name, values in wanted["users"].items():
        if name not in there:
            added = add(store, {"name": name, **values})
            result["added"].append(name)
            if added["one_time_password"]:
                result["one_time_passwords"][name] = added["one_time_password"]
        elif _update(store, there[name], values, result["end_sessions"]):
            result["changed"].append(name)
    return result


def _update(store: Store, before: User, values: Mapping[str, Any], end_sessions: list[str]) -> bool:
    full_name = values["full_name"] or before.full_name
    renamed = (full_name, values["mail"]) != (before.full_name, before.mail)
    if renamed:
        store.change(
            user_dn(store, before.name),
            {"cn": full_name, "sn": full_name.split()[-1], "mail": values["mail"] or []},
        )
    joined = _join(store, before.name, (names.EVERYONE, *values["groups"]))
    left = _leave(store, before.name, sorted({*before.groups} - {names.EVERYONE, *values["groups"]}))
    if left:
        end_sessions.append(before.name)
    return bool(renamed or joined or left)


def _user(entry: Entry) -> User:
    locked = entry.one("pwdAccountLockedTime")
    return User(
        name=str(entry.one("uid")),
        full_name=str(entry.one("cn")),
        mail=entry.one("mail"),
        number=int(str(entry.one("uidNumber"))),
        groups=tuple(sorted(dn.split(",")[0].removeprefix("cn=") for dn in entry.all("memberOf"))),
        disabled=locked == DISABLED,
        locked_since=None if locked == DISABLED else locked,
        must_change=entry.one("pwdReset") == "TRUE",
        last_sign_in=entry.one("pwdLastSuccess"),
    )


def _check_free(store: Store, name: str) -> None:
    if store.get(user_dn(store, name)) is not None:
        raise Problem(f"the user '{name}' exists already", hint=f"./sepp user show {name}")
    retired = store.get(_retired_dn(store, name))
    if retired is not None:
        raise Problem(
            f"'{name}' was the name of a deleted user (number {retired.one('uidNumber')}), whose files may still exist",
            hint="choose another name",
        )
    if name in groups(store):
        raise Problem(f"'{name}' is the name of a group", hint="choose another name")


def _check_quality(store: Store, name: str, password: str | None) -> None:
    """Raise Problem if the policy refuses a password; slapd does not ask it for what the administrator sets."""
    if password is None or password.startswith(HASHES):
        return
    policy = store.get(store.dn("cn=default", "ou=policies"))
    shortest = int(policy.one("pwdMinLength") or 0) if policy else 0
    if len(password) < shortest:
        raise Problem(f"the password of '{name}' is too short", hint=f"at least {shortest} characters", code=USAGE)


def _join(store: Store, name: str, wanted: Sequence[str]) -> list[str]:
    """Let a user join groups; return those that she was not in."""
    joined = [group for group in wanted if store.add_value(group_dn(store, group), "member", user_dn(store, name))]
    if joined:
        _log(f"user {name} joined {', '.join(joined)}")
    return joined


def _leave(store: Store, name: str, wanted: Sequence[str]) -> list[str]:
    """Let a user leave groups; return those that she was in."""
    left = [group for group in wanted if store.delete_value(group_dn(store, group), "member", user_dn(store, name))]
    if left:
        _log(f"user {name} left {', '.join(left)}")
    return left


def _one_time_password() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


def _retired_dn(store: Store, name: str) -> str:
    return store.dn(f"cn={name}", "ou=retired")


def _log(message: str) -> None:
    syslog.syslog(syslog.LOG_AUTH | syslog.LOG_INFO, message)
