"""The directory of users: whose groups a user is in, and the change of her own password."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ldap
from ldap.controls import DecodeControlTuples
from ldap.controls.ppolicy import PasswordPolicyControl

from sepp_portal import site
from sepp_portal.people import RefusedError, UnavailableError

TIMEOUT = 5
"""Seconds that the directory has for its answer."""

_USER = re.compile(r"[a-z][a-z0-9._-]{0,31}")
_REASONS = {
    1: "This account is locked, because a wrong password was given too often. Try again later.",
    5: "The new password is too easy to guess. Choose another one.",
    6: "The new password is too short. A few words that do not belong together do well.",
    7: "The password was changed only a moment ago. Try again later.",
    8: "The new password is one that you had before. Choose another one.",
}
"""The errors of the password policy (draft-behera-ldap-password-policy, section 6.2) in plain words."""
_WRONG = "The user name or the present password is not right."
_REFUSED = "The directory did not take the new password. Choose another one."


class Ldap:
    """The directory by LDAP over TLS."""

    def __init__(self, settings: site.Directory, authority: Path, password: str) -> None:
        self._settings = settings
        self._authority = authority
        self._password = password

    def groups(self, user: str) -> frozenset[str]:
        """Return the groups of a user; see people.Directory."""
        if not _USER.fullmatch(user):
            return frozenset()
        try:
            with self._connection() as connection:
                connection.simple_bind_s(self._settings.reader, self._password)
                found = connection.search_s(
                    self._settings.groups, ldap.SCOPE_ONELEVEL, f"(member={self._dn(user)})", ["cn"]
                )
        except ldap.LDAPError as error:
            raise UnavailableError from error
        return frozenset(attributes["cn"][0].decode() for _, attributes in found)

    def change_password(self, user: str, old: str, new: str) -> None:
        """Change a user's own password; see people.Directory."""
        if not _USER.fullmatch(user) or not old:  # a bind without a password would be an anonymous one
            raise RefusedError(_WRONG)
        policy = PasswordPolicyControl()
        try:
            with self._connection() as connection:
                connection.simple_bind_s(self._dn(user), old, serverctrls=[policy])
                connection.passwd_s(self._dn(user), None, new, serverctrls=[policy])
        except ldap.INVALID_CREDENTIALS as error:
            raise RefusedError(_REASONS.get(_policy_error(error), _WRONG)) from None
        except (ldap.CONSTRAINT_VIOLATION, ldap.INSUFFICIENT_ACCESS, ldap.UNWILLING_TO_PERFORM) as error:
            raise RefusedError(_REASONS.get(_policy_error(error), _REFUSED)) from None
        except ldap.LDAPError as error:
            raise UnavailableError from error

    def _dn(self, user: str) -> str:
        return f"uid={user},{self._settings.people}"

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        connection = ldap.initialize(self._settings.uri)
        connection.set_option(ldap.OPT_NETWORK_TIMEOUT, TIMEOUT)
        connection.set_option(ldap.OPT_TIMEOUT, TIMEOUT)
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, str(self._authority))
        connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        try:
            yield connection
        finally:
            connection.unbind_s()


def _policy_error(error: ldap.LDAPError) -> int:
    """Return the error of the password policy that came with a refusal, or -1."""
    controls = DecodeControlTuples(error.args[0].get("ctrls", []))
    return next((control.error for control in controls if isinstance(control, PasswordPolicyControl)), -1)
