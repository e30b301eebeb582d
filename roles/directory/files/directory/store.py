"""The directory as this tool sees it: entries with text values, over the local socket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ldap
import ldap.controls.readentry
import ldap.controls.simple
import ldap.filter
import ldap.sasl
from problem import Problem

SOCKET = "ldapi:///"
Values = Mapping[str, str | Sequence[str]]
"""Attributes to write; an empty list removes the attribute."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry; names of attributes in lower case."""

    dn: str
    attributes: Mapping[str, tuple[str, ...]]

    def all(self, attribute: str) -> tuple[str, ...]:
        """Return all values of an attribute."""
        return self.attributes.get(attribute.lower(), ())

    def one(self, attribute: str) -> str | None:
        """Return the value of an attribute; None if it has none."""
        values = self.all(attribute)
        return values[0] if values else None


class Store:
    """A connection to the host's directory as its administrator, which the host's root is."""

    def __init__(self) -> None:
        self._ldap = ldap.initialize(SOCKET)
        try:
            self._ldap.sasl_interactive_bind_s("", ldap.sasl.external())
        except ldap.SERVER_DOWN:
            raise Problem("the directory does not answer", hint="systemctl status slapd") from None
        [root] = self._ldap.search_s("", ldap.SCOPE_BASE, attrlist=["namingContexts"])
        self.suffix: str = root[1]["namingContexts"][0].decode()

    def dn(self, *parts: str) -> str:
        """Return the DN of these parts, which are below the suffix."""
        return ",".join((*parts, self.suffix))

    def get(self, dn: str) -> Entry | None:
        """Return the entry with all its attributes, operational ones too; None if there is none."""
        try:
            found = self._ldap.search_s(dn, ldap.SCOPE_BASE, attrlist=["*", "+"])
        except ldap.NO_SUCH_OBJECT:
            return None
        return _entry(found[0])

    def children(self, dn: str, object_class: str) -> tuple[Entry, ...]:
        """Return the entries of a class right below an entry."""
        found = self._ldap.search_s(
            dn, ldap.SCOPE_ONELEVEL, ldap.filter.filter_format("(objectClass=%s)", [object_class]), ["*", "+"]
        )
        return tuple(_entry(item) for item in found)

    def add(self, dn: str, values: Values) -> None:
        """Add an entry."""
        self._ldap.add_s(dn, [(name, encoded) for name, value in values.items() if (encoded := _encode(value))])

    def change(self, dn: str, values: Values, *, kept_by_server: bool = False) -> None:
        """Replace attributes of an entry, with `kept_by_server` also those that the server keeps for itself."""
        changes = [(ldap.MOD_REPLACE, name, _encode(value) or None) for name, value in values.items()]
        relaxed = [ldap.controls.simple.RelaxRulesControl(criticality=True)] if kept_by_server else []
        self._ldap.modify_ext_s(dn, changes, serverctrls=relaxed)

    def delete(self, dn: str) -> None:
        """Delete an entry."""
        self._ldap.delete_s(dn)

    def add_value(self, dn: str, attribute: str, value: str) -> bool:
        """Add a value to an attribute; False if it was there."""
        try:
            self._ldap.modify_s(dn, [(ldap.MOD_ADD, attribute, [value.encode()])])
        except ldap.TYPE_OR_VALUE_EXISTS:
            return False
        return True

    def delete_value(self, dn: str, attribute: str, value: str) -> bool:
        """Take a value from an attribute; False if it was not there."""
        try:
            self._ldap.modify_s(dn, [(ldap.MOD_DELETE, attribute, [value.encode()])])
        except ldap.NO_SUCH_ATTRIBUTE:
            return False
        return True

    def take_number(self, dn: str, attribute: str) -> int:
        """Return the number in an attribute and count it up, in one step that no other caller can get between."""
        before = ldap.controls.readentry.PreReadControl(criticality=True, attrList=[attribute])
        message = self._ldap.modify_ext(dn, [(ldap.MOD_INCREMENT, attribute, [b"1"])], serverctrls=[before])
        _, _, _, controls = self._ldap.result3(message)
        return int(controls[0].entry[attribute][0])


def accepts(dn: str, password: str) -> bool:
    """Say whether the directory lets this entry in with this password."""
    try:
        ldap.initialize(SOCKET).simple_bind_s(dn, password)
    except ldap.INVALID_CREDENTIALS:
        return False
    return True


def _entry(found: tuple[str, Mapping[str, Sequence[bytes]]]) -> Entry:
    dn, attributes = found
    return Entry(
        dn=dn,
        attributes={name.lower(): tuple(value.decode() for value in values) for name, values in attributes.items()},
    )


def _encode(value: str | Sequence[str]) -> list[bytes]:
    return [item.encode() for item in ([value] if isinstance(value, str) else value)]
