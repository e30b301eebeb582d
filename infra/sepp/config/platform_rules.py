"""What has to hold for a platform, between missions, and between a platform and its missions."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path as FilePath
from pathlib import PurePosixPath

from sepp.config import kubernetes_rules, openstack_rules
from sepp.config.claims import Claims
from sepp.config.errors import hint
from sepp.config.findings import Finding, unknown_keys
from sepp.config.mission import Mission
from sepp.config.networks import read_network
from sepp.config.platform import Platform
from sepp.config.tree import Path

_LONGEST_LABEL = 63
_SMALLEST_NETWORK = 24
_HTTPS = 443
CORE_PORTS = (636, 8080, 8090)
"""Ports of the core's own services, which share the entrance's host (a test holds them against the catalogue)."""

_SETTINGS_OF = {"openstack": "cloud, image and network", "kubernetes": "context of the kubeconfig"}
"""Targets that need settings of their own, with what these say."""


def of_platform(platform: Platform, file: FilePath) -> Iterator[Finding]:
    """Judge a platform by itself; its stack file is in the target's folder, and has the platform's name."""
    target = file.parent.name
    yield from _domain(platform.domain)
    if platform.port in CORE_PORTS:
        yield Finding(("port",), f"{platform.port} is a port of the core's own services: take another, like 8443")
    yield from _tls(platform)
    yield from _subnet(("local", "subnet"), platform.local.subnet)
    if platform.openstack is not None:
        yield from _subnet(("openstack", "subnet"), platform.openstack.subnet)
        yield from openstack_rules.of_platform(platform, platform.openstack)
    if platform.kubernetes is not None:
        name = file.stem.removeprefix("Pulumi.")
        yield from kubernetes_rules.of_platform(platform, platform.kubernetes, name)
    if target in _SETTINGS_OF and getattr(platform, target) is None:
        yield Finding((), f"the key 'sepp:{target}' is missing: it says which {_SETTINGS_OF[target]} to use")
    try:
        ipaddress.IPv4Address(platform.local.address)
    except ValueError:
        yield Finding(("local", "address"), f"'{platform.local.address}' is not an address: each number is at most 255")


def of_members(platform: Platform, missions: Mapping[str, Mission], known: Iterable[str]) -> Iterator[Finding]:
    """Judge a platform by its missions; `known` names the mission files that there are, faulty ones too."""
    known = list(known)
    for index, name in enumerate(platform.missions):
        if name not in known:
            words = hint(name, known, "there is no mission file")
            yield Finding(("missions", index), f"unknown mission '{name}' {words}")
    if len(missions) == len(platform.missions):
        hosts = list(_hosts(missions.values()))
        yield from unknown_keys(("sizes",), platform.sizes, hosts, "host")
        if platform.openstack is not None:
            yield from openstack_rules.of_members(platform.openstack, missions, hosts)
        if platform.kubernetes is not None:
            yield from kubernetes_rules.of_members(platform, platform.kubernetes, missions)


def of_missions(missions: Mapping[str, Mission]) -> Iterator[tuple[str, Finding]]:
    """Judge missions together; with each finding comes the key of the mission that it is about."""
    yield from _sources(missions)
    yield from _authorities(missions)


def _domain(domain: str) -> Iterator[Finding]:
    labels = domain.split(".")
    if labels[-1].isdigit():
        yield Finding(("domain",), f"'{domain}' is an address: names below it are needed, like 'login.<domain>'")
    for label in labels:
        if len(label) > _LONGEST_LABEL:
            message = f"a part of a domain has at most {_LONGEST_LABEL} characters, '{label[:20]}...' has {len(label)}"
            yield Finding(("domain",), message)


def _tls(platform: Platform) -> Iterator[Finding]:
    given, acme = platform.tls.given, platform.tls.acme
    if given and acme:
        yield Finding(("tls",), "'given' and 'acme' exclude each other: keep one of them", at_key=True)
    if given and given.certificate == given.key:
        yield Finding(("tls", "given", "key"), "the certificate and its key are two files")
    if acme and platform.domain.endswith((".localhost", ".local", ".internal", ".example", ".test")):
        message = f"no authority certifies '{platform.domain}', which is not a public domain: leave out 'acme'"
        yield Finding(("tls", "acme"), message, (("domain",),), at_key=True)
    if acme and platform.port != _HTTPS:
        message = (
            f"an authority proves names on port {_HTTPS} only (RFC 8737), not on {platform.port}: leave out 'port'"
        )
        yield Finding(("tls", "acme"), message, (("port",),), at_key=True)


def _subnet(path: Path, text: str) -> Iterator[Finding]:
    network = read_network(path, text)
    if isinstance(network, Finding):
        yield network
    elif network.prefixlen > _SMALLEST_NETWORK:
        yield Finding(
            path, f"a network /{network.prefixlen} is too small: at least /{_SMALLEST_NETWORK} (256 addresses)"
        )
    elif not network.is_private or network.is_loopback or network.is_link_local or network.prefixlen < 8:
        yield Finding(
            path, f"'{text}' is not a private network: take a part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
        )


def _hosts(missions: Iterable[Mission]) -> Iterator[str]:
    yield "core"
    for mission in missions:
        if mission.storage:
            yield f"{mission.mission}-storage"
        if mission.interactive:
            yield mission.mission


def _sources(missions: Mapping[str, Mission]) -> Iterator[tuple[str, Finding]]:
    """No two missions claim one place of data, and none a place inside another's."""
    claims = Claims[tuple[str, str]]()
    for key, mission in missions.items():
        for kind, place in _places(mission):
            steps = (kind, *PurePosixPath(place.replace(":", "/")).parts)
            if owner := claims.claim(steps, (mission.mission, place)):
                relation = "this" if owner[1] == place else f"'{owner[1]}', which is inside or around this,"
                message = f"the mission '{owner[0]}' claims {relation} already: a place belongs to one mission"
                yield key, Finding(("storage", "repository", "source", kind), message)


def _places(mission: Mission) -> Iterator[tuple[str, str]]:
    repository = mission.storage.repository if mission.storage else None
    for kind in ("directory", "nfs", "volume") if repository else ():
        place = getattr(repository.source, kind) if repository else None
        if place is not None:
            yield kind, place


def _authorities(missions: Mapping[str, Mission]) -> Iterator[tuple[str, Finding]]:
    """No two missions publish under one naming authority."""
    owners: dict[str, str] = {}
    for key, mission in missions.items():
        if mission.vo is None:
            continue
        owner = owners.setdefault(mission.vo.authority, mission.mission)
        if owner != mission.mission:
            message = f"the mission '{owner}' publishes under '{mission.vo.authority}' already: choose another"
            yield key, Finding(("vo", "authority"), message)
