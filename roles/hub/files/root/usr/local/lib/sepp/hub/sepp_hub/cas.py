"""The CAS protocol (version 3): tickets and single logout. No network in here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.etree import ElementTree

CAS = "{http://www.yale.edu/tp/cas}"
SAML = "{urn:oasis:names:tc:SAML:2.0:protocol}"
LONGEST_MESSAGE = 16 * 1024
TICKET = re.compile(r"ST-[A-Za-z0-9._-]{1,250}")


class CasError(Exception):
    """An answer of CAS that is a refusal, or none that the protocol knows."""


@dataclass(frozen=True)
class Identity:
    """Who signed in: her name and the directory's groups that CAS told."""

    user: str
    groups: frozenset[str]


def login_url(cas: str, service: str) -> str:
    """Return where to send a browser to sign in."""
    return f"{cas}/login?{urlencode({'service': service})}"


def logout_url(cas: str, then: str) -> str:
    """Return where to send a browser to sign out everywhere."""
    return f"{cas}/logout?{urlencode({'service': then})}"


def validation_url(cas: str, service: str, ticket: str) -> str:
    """Return the address that tells whom a ticket is for."""
    return f"{cas}/p3/serviceValidate?{urlencode({'service': service, 'ticket': ticket})}"


def _parse(text: str) -> ElementTree.Element:
    # Neither message has a document type; entities in one could only be an attack.
    if len(text) > LONGEST_MESSAGE or "<!" in text.replace("<![CDATA[", ""):
        raise CasError("the message is too long or has declarations")
    try:
        return ElementTree.fromstring(text)  # noqa: S314
    except ElementTree.ParseError as error:
        raise CasError("the message is not XML") from error


def group_name(value: str) -> str:
    """Return a group's name from what a directory gives: a plain name, or a distinguished name that begins with it."""
    first, _, _ = value.partition(",")
    key, separator, name = first.partition("=")
    return name if separator and key.strip().lower() == "cn" else value


def identity(text: str, groups_attribute: str) -> Identity:
    """Read the answer to a validation; CasError if the ticket was refused."""
    root = _parse(text)
    success = root.find(f"{CAS}authenticationSuccess")
    if success is None:
        failure = root.find(f"{CAS}authenticationFailure")
        raise CasError("no answer of CAS" if failure is None else failure.get("code", "refused"))
    user = (success.findtext(f"{CAS}user") or "").strip()
    if not user:
        raise CasError("the answer names no user")
    values = success.findall(f"{CAS}attributes/{CAS}{groups_attribute}")
    return Identity(user, frozenset(group_name((value.text or "").strip()) for value in values))


def signed_out_ticket(arguments: Mapping[str, list[bytes]]) -> str:
    """Return the ticket of the sign-in that a back-channel message of CAS ends; CasError if it is none."""
    values = arguments.get("logoutRequest", [])
    if len(values) != 1:
        raise CasError("no sign-out message")
    root = _parse(values[0].decode("utf-8", "replace"))
    ticket = (root.findtext(f"{SAML}SessionIndex") or "").strip()
    if root.tag != f"{SAML}LogoutRequest" or not TICKET.fullmatch(ticket):
        raise CasError("no sign-out message")
    return ticket
