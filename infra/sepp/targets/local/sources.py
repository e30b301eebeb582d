"""What a new host takes from this machine: package sources, further certificate authorities, the way out."""

import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path

RELEASE = "trixie"
DEBIAN = "http://deb.debian.org/debian"
SECURITY = "http://deb.debian.org/debian-security"

_APT = Path("/etc/apt")
_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
_PACKAGED = Path("/usr/share/ca-certificates")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy")
_INSIDE = ("localhost", "127.0.0.1", "::1", ".localhost", "core")
"""Names of a platform that no proxy can reach."""


def apt_sources() -> tuple[str, ...]:
    """Return the lines of a host's sources.list, with the updates that the mirrors serve now."""
    main, security = mirrors()
    lines = [f"deb {main} {RELEASE} main"]
    for uri, suite in ((main, f"{RELEASE}-updates"), (security, f"{RELEASE}-security")):
        if _is_served(uri, suite):
            lines.append(f"deb {uri} {suite} main")
    return tuple(lines)


@cache
def mirrors() -> tuple[str, str]:
    """Return the mirrors of Debian and of its security updates: the machine's own where it is a Debian."""
    lines = (line.partition("=") for line in Path("/etc/os-release").read_text().splitlines())
    release = {name: value for name, _, value in lines}
    codename = release.get("VERSION_CODENAME", "")
    if release.get("ID") != "debian" or not codename:
        return DEBIAN, SECURITY
    found = dict(reversed([(suite, uri) for uri, suites in _entries() for suite in suites]))
    return found.get(codename, DEBIAN), found.get(f"{codename}-security", SECURITY)


def _entries() -> Iterator[tuple[str, list[str]]]:
    """Give address and suites of each of the machine's package sources, in both of apt's formats."""
    for file in sorted([_APT / "sources.list", *_APT.glob("sources.list.d/*")]):
        if file.suffix == ".list" and file.exists():
            for line in file.read_text().splitlines():
                if match := re.match(r"deb\s+(?:\[[^\]]*\]\s+)?(https?://\S+?)/?\s+(\S+)\s", line):
                    yield match[1], [match[2]]
        if file.suffix == ".sources":
            for block in re.split(r"\n\s*\n", file.read_text()):
                fields = dict(re.findall(r"^(Types|URIs|Suites):\s*(.+?)\s*$", block, re.MULTILINE))
                uris = [uri.rstrip("/") for uri in fields.get("URIs", "").split() if uri.startswith("http")]
                if uris and "deb" in fields.get("Types", "").split():
                    yield uris[0], fields.get("Suites", "").split()


def _is_served(uri: str, suite: str) -> bool:
    """Tell whether a mirror has a suite; what cannot be reached now is left out."""
    try:
        with urllib.request.urlopen(f"{uri}/dists/{suite}/InRelease", timeout=20) as answer:  # noqa: S310
            return answer.status == 200
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


@cache
def extra_authorities() -> tuple[str, ...]:
    """Return the certificates of authorities that this machine trusts beyond those of its distribution."""
    if not _BUNDLE.exists() or not _PACKAGED.is_dir():
        return ()
    packaged = {found for file in _PACKAGED.rglob("*.crt") for found in _certificates(file)}
    return tuple(sorted(_certificates(_BUNDLE) - packaged)) if packaged else ()


def _certificates(file: Path) -> set[str]:
    return {match.strip() + "\n" for match in _CERTIFICATE.findall(file.read_text(errors="replace"))}


def environment() -> dict[str, str]:
    """Return the variables of every login and service of a host: the machine's proxies, its authorities."""
    result: dict[str, str] = {}
    for name in _PROXIES:
        if value := os.environ.get(name) or os.environ.get(name.upper()):
            result |= {name: value, name.upper(): value}
    if result:
        own = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
        direct = ",".join(dict.fromkeys([*filter(None, own.split(",")), *_INSIDE]))
        result |= {"no_proxy": direct, "NO_PROXY": direct}
    if extra_authorities():
        names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")
        result |= dict.fromkeys(names, str(_BUNDLE))
    return result
