"""The forms of text that settings may have: names, paths, addresses. Each pattern comes with words for people."""

from typing import Annotated

from pydantic import Field, StringConstraints

WANTED: dict[str, str] = {}
"""What a text has to look like, in words, by the pattern that checks it."""


def form(pattern: str, wanted: str) -> str:
    """Register the words for a pattern, which the whole text has to match, and return it as a regular expression.

    `$` alone also matches before a line break at the end, which no name, path or address may have.
    """
    expression = rf"^(?:{pattern})$(?!\n)"
    WANTED[expression] = wanted
    return expression


NAME = form(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", "lower-case letters, digits and single hyphens, starting with a letter")
"""The form of names of missions, groups, collections and the like."""

_COMPONENT = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9._][A-Za-z0-9._-]*"
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"

_LINE = form(r"[^\x00-\x1f\x7f]+", "text of one line, not empty")

Line = Annotated[str, StringConstraints(strip_whitespace=True), Field(pattern=_LINE, max_length=500)]
"""A line of text."""

Title = Annotated[str, StringConstraints(strip_whitespace=True), Field(pattern=_LINE, max_length=120)]
"""A name for people."""

Text = Annotated[str, StringConstraints(strip_whitespace=True), Field(min_length=1)]
"""One or more lines of text for people."""

Name = Annotated[str, Field(pattern=NAME, min_length=2, max_length=20, examples=["planck"])]
"""A lower-case name that is safe in host names, paths, groups and addresses."""

Group = Annotated[str, Field(pattern=NAME, min_length=2, max_length=31)]
"""The name of a group of the directory."""

RelativePath = Annotated[
    str,
    Field(
        pattern=form(
            rf"{_COMPONENT}(?:/{_COMPONENT})*",
            "a relative path like 'examples/planck': letters, digits, '.', '_' and '-' between single slashes, no '..'",
        ),
        max_length=200,
    ),
]
"""A path below a folder."""

CollectionPath = Annotated[
    str,
    Field(
        pattern=form(
            rf"\.|{_COMPONENT}(?:/{_COMPONENT})*",
            "a folder below the source like 'maps/2018' without '..' and without a slash at either end, or '.' for all",
        ),
        max_length=200,
    ),
]
"""A folder below the repository's source."""

AbsolutePath = Annotated[
    str,
    Field(
        pattern=form(
            rf"(?:/{_COMPONENT})+",
            "an absolute path like '/srv/missions': letters, digits, '.', '_' and '-' between single slashes, no '..', "
            "and no slash at the end",
        ),
        max_length=200,
    ),
]
"""A path from the root of a machine."""

Sha256 = Annotated[
    str, Field(pattern=form(r"[0-9a-f]{64}", "a SHA-256 checksum: 64 digits and letters a to f, as sha256sum prints"))
]
"""A checksum."""

_SITE = rf"https://{_HOST}(?::\d{{1,5}})?"
_URL_CHARACTERS = r"A-Za-z0-9._~:/?#@!$&()*+,;=%-"
Url = Annotated[
    str,
    Field(
        pattern=form(
            rf"{_SITE}(?:/[{_URL_CHARACTERS}]*)?", "an address that starts with 'https://', without spaces or quotes"
        ),
        max_length=500,
    ),
]
"""An address of the web, by HTTPS."""

ServiceUrl = Annotated[
    str,
    Field(
        pattern=form(
            rf"{_SITE}(?:/[A-Za-z0-9._~-]+)*",
            "an address like 'https://sso.site.example/cas', without a slash at the end",
        ),
        max_length=500,
    ),
]
"""The address of a service, to which paths are appended."""

Email = Annotated[
    str,
    Field(pattern=form(rf"[A-Za-z0-9._%+-]+@{_HOST}", "an e-mail address like 'help@mission.example'"), max_length=200),
]
"""An e-mail address."""

DebianPackage = Annotated[
    str, Field(pattern=form(r"[a-z0-9][a-z0-9+.-]+", "the name of a Debian package, like 'libcfitsio-dev'"))
]
"""The name of a Debian package."""

_VERSION = r"(?:==|~=|>=|<=|!=|<|>) ?[A-Za-z0-9][A-Za-z0-9.*+!-]*"
PythonPackage = Annotated[
    str,
    Field(
        pattern=form(
            rf"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\[[A-Za-z0-9._,-]+\])? ?(?:{_VERSION}(?:, ?{_VERSION})*)?",
            "the name of a Python package with, if need be, a version, like 'healpy' or 'healpy==1.18.1'",
        ),
        max_length=200,
    ),
]
"""A package of the Python registry, with an optional version."""

Nfs = Annotated[
    str, Field(pattern=form(rf"{_HOST}:(?:/{_COMPONENT})+", "an NFS export as host:/path, like 'nas:/planck'"))
]
"""An NFS export."""

Price = Annotated[
    str,
    Field(pattern=form(r"[0-9]{1,9}(?:\.[0-9]{1,6})? [A-Z]{3}", "an amount and a currency, like '61.50 EUR'")),
]
"""An amount of money, with its currency (ISO 4217)."""

CloudName = Annotated[
    str,
    Field(
        pattern=form(
            r"[A-Za-z0-9][A-Za-z0-9._-]*",
            "a name or id of the cloud's: letters, digits, '.', '_' and '-', and a letter or digit at the start",
        ),
        max_length=200,
    ),
]
"""The name or id of something in a cloud."""

_DNS_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_LABEL_KEY = rf"(?:{_DNS_LABEL}(?:\.{_DNS_LABEL})*/)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"

Label = Annotated[
    str,
    Field(
        pattern=form(_DNS_LABEL, "lower-case letters, digits and hyphens, with a letter or digit at both ends"),
        max_length=63,
    ),
]
"""One part of a domain (RFC 1123), as Kubernetes wants the names of namespaces."""

ClusterName = Annotated[
    str,
    Field(
        pattern=form(
            rf"{_DNS_LABEL}(?:\.{_DNS_LABEL})*",
            "a name of the cluster's: lower-case letters, digits, '-' and '.', with a letter or digit at both ends",
        ),
        max_length=253,
    ),
]
"""The name of something in a Kubernetes cluster."""

Registry = Annotated[
    str,
    Field(
        pattern=form(
            rf"{_HOST}(?::\d{{1,5}})?(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*",
            "a registry like 'registry.site.example/sepp', without 'https://' and without a slash at the end",
        ),
        max_length=200,
    ),
]
"""A registry of images, with the path below which they are."""

LabelKey = Annotated[
    str,
    Field(
        pattern=form(_LABEL_KEY, "the key of a label or annotation, like 'k8s-app' or 'app.kubernetes.io/name'"),
        max_length=200,
    ),
]
"""The key of a label or of an annotation in a Kubernetes cluster."""

LabelValue = Annotated[
    str,
    Field(
        pattern=form(
            r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?",
            "the value of a label: letters, digits, '.', '_' and '-', with a letter or digit at both ends",
        ),
        max_length=63,
    ),
]
"""The value of a label in a Kubernetes cluster."""

LicenceServer = Annotated[
    str, Field(pattern=form(rf"\d{{1,5}}@{_HOST}", "a licence server as port@host, like '27000@licences'"))
]
"""Where licences come from."""

Calendar = Annotated[
    str,
    Field(
        pattern=form(
            r"[A-Za-z0-9*][A-Za-z0-9*:,./ ~-]*", "a systemd calendar expression, like 'daily' or 'Mon *-*-* 03:00'"
        ),
        max_length=100,
    ),
]
"""When something runs by itself."""

Authority = Annotated[
    str,
    Field(
        pattern=form(
            r"[a-z0-9][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+", "a naming authority like 'planck.mission.example'"
        ),
        max_length=200,
    ),
]
"""An IVOA naming authority."""

Variable = Annotated[
    str,
    Field(
        pattern=form(r"[a-z_][a-z0-9_]*", "the name of a variable: lower-case letters, digits and '_'"), max_length=60
    ),
]
"""The name of a role's argument."""

UseCase = Annotated[
    str,
    Field(
        pattern=form(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*", "the id of a use case in capital letters, like 'PLA-CRA'"),
        max_length=40,
    ),
]
"""The id of a use case."""

Domain = Annotated[
    str,
    Field(
        pattern=form(
            r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+",
            "a domain of two or more parts in lower case, like 'sepp.site.example'",
        ),
        max_length=200,
    ),
]
"""A domain of the internet."""

HostKey = Annotated[
    str,
    Field(
        pattern=form(
            r"(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]{40,}={0,2}",
            "an ssh host key of two words like 'ssh-ed25519 AAAA...'",
        ),
        max_length=2000,
    ),
]
"""A host's public ssh key."""

UserName = Annotated[
    str,
    Field(
        pattern=form(
            r"[a-z_][a-z0-9_-]*", "a user's name: lower-case letters, digits, '_' and '-', a letter or '_' first"
        ),
        max_length=31,
    ),
]
"""A user of a machine."""

Address = Annotated[
    str, Field(pattern=form(r"\d{1,3}(?:\.\d{1,3}){3}", "an IPv4 address of the machine, like '127.0.0.1'"))
]
"""An IPv4 address; whether it is a good one is a rule's question."""

Subnet = Annotated[
    str, Field(pattern=form(r"\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}", "a network as address/length, like '10.89.16.0/20'"))
]
"""An IPv4 network; whether it is a good one is a rule's question."""
