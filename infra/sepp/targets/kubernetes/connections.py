"""Which connections pods may open and receive, from the plan's rules. Pure.

What none of them allows is refused, in both directions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from sepp.catalogue.hub import HUB, SERVERS_PORT
from sepp.catalogue.proxy import PROXY
from sepp.config.kubernetes import ApiServer, Dns, Kubernetes
from sepp.deployment import Deployment, Rule
from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.accounts import RIGHTS
from sepp.targets.marks import PLATFORM

Port = tuple[Literal["TCP", "UDP"], int | str]
"""The protocol, and the number or the name of a port of the pod's."""

DNS = "dns"
HTTPS = 443
_ANYWHERE = ("0.0.0.0/0", "::/0")
_DNS_PORTS: tuple[Port, ...] = (("UDP", 53), ("TCP", 53), ("UDP", "dns"), ("TCP", "dns-tcp"))
"""Behind the Service of the cluster's DNS its pods may listen on other ports, of these names."""


@dataclass(frozen=True, kw_only=True)
class Pods:
    """Pods with these labels, where None stands for any value, in namespaces with those labels."""

    namespaces: Mapping[str, str]
    labels: Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True)
class Connection:
    """What pods of an area may receive (`in`) or open (`out`): from or to others, or the networks of `ranges`.

    `pods` are those with these labels, where None stands for any value. Without `peers` and `ranges` it is anybody.
    """

    area: str
    name: str
    way: Literal["in", "out"]
    pods: Mapping[str, str | None]
    ports: tuple[Port, ...]
    peers: tuple[Pods, ...] = ()
    ranges: tuple[str, ...] = ()


def connections(deployment: Deployment, settings: Kubernetes) -> tuple[Connection, ...]:
    """Return all connections, by area."""
    found = [
        *(_dns(area, settings.dns) for area in names.areas(deployment)),
        *(each for rule in deployment.rules for each in _of_rule(deployment, settings, rule)),
        *_sign_on(deployment),
        *_acme(deployment),
        *_api_server(deployment, settings.api),
        *(each for area in names.areas(deployment) for each in _servers(deployment, settings, area)),
    ]
    return tuple(sorted(found, key=lambda each: (each.area != "core", each.area, each.name)))


def _of_rule(deployment: Deployment, settings: Kubernetes, rule: Rule) -> Iterator[Connection]:
    """Give both ends of a connection of the plan."""
    area = deployment.host(rule.host).area
    target: dict[str, str | None] = {names.HOST: rule.host, names.SERVICE: rule.service}
    ports: tuple[Port, ...] = (("TCP", rule.port),)
    inside = {"kubernetes.io/metadata.name": names.namespace(deployment, settings, area)}
    from_hosts: Mapping[str, str | None] = {}
    if rule.source == "outside":
        sources, peers = names.areas(deployment), ()
    elif rule.source == "platform":
        sources = names.areas(deployment)
        peers = (Pods(namespaces={PLATFORM: deployment.name}, labels={}),)
    else:
        sources, from_hosts = (deployment.host(rule.source).area,), {names.HOST: rule.source}
        home = {"kubernetes.io/metadata.name": names.namespace(deployment, settings, sources[0])}
        peers = (Pods(namespaces=home, labels=from_hosts),)
    yield Connection(
        area=area,
        name=f"{rule.source}-reaches-{rule.service}-{rule.port}",
        way="in",
        pods=target,
        ports=ports,
        peers=peers,
    )
    for source in sources:
        yield Connection(
            area=source,
            name=f"{rule.source}-to-{rule.host}-{rule.service}-{rule.port}",
            way="out",
            pods=from_hosts,
            ports=ports,
            peers=(Pods(namespaces=inside, labels=target),),
        )


def _dns(area: str, dns: Dns) -> Connection:
    return Connection(
        area=area,
        name=DNS,
        way="out",
        pods={},
        ports=_DNS_PORTS,
        peers=(Pods(namespaces={"kubernetes.io/metadata.name": dns.namespace}, labels=dict(dns.labels)),),
        ranges=(f"{dns.address}/32",) if dns.address else (),
    )


def _api_server(deployment: Deployment, api: ApiServer) -> Iterator[Connection]:
    """Services that have rights in the cluster reach its API server, which is no pod."""
    for area in names.areas(deployment):
        for service in (service for service in names.services(deployment, area) if service in RIGHTS):
            yield Connection(
                area=area,
                name=f"{service}-to-api-server",
                way="out",
                pods={names.SERVICE: service},
                # Whether the cluster's own address or what is behind it counts is the network's choice.
                ports=tuple(("TCP", port) for port in sorted({HTTPS, api.port})),
                ranges=api.networks,
            )


def _servers(deployment: Deployment, settings: Kubernetes, area: str) -> Iterator[Connection]:
    """The hub and its proxy reach servers of users."""
    if not names.has_users(deployment, area):
        return
    home = {"kubernetes.io/metadata.name": names.namespace(deployment, settings, area)}
    hub: dict[str, str | None] = {names.SERVICE: HUB.name}
    servers: dict[str, str | None] = {names.USER: None}
    ports: tuple[Port, ...] = (("TCP", SERVERS_PORT),)
    way_in = Pods(namespaces=home, labels=hub)
    yield Connection(area=area, name="hub-reaches-servers", way="in", pods=servers, ports=ports, peers=(way_in,))
    way_out = Pods(namespaces=home, labels=servers)
    yield Connection(area=area, name="hub-to-servers", way="out", pods=hub, ports=ports, peers=(way_out,))


def _sign_on(deployment: Deployment) -> Iterator[Connection]:
    """Services reach the site's own sign-on, wherever that is; servers of users do not."""
    if deployment.platform.cas is None:
        return
    for area in names.areas(deployment):
        pods: Mapping[str, str | None] = {names.SERVICE: None}
        yield _to_outside(area, "services-to-sign-on", pods, deployment.platform.cas.url)


def _acme(deployment: Deployment) -> Iterator[Connection]:
    """The entrance orders its certificates, wherever the authority is."""
    acme = deployment.platform.tls.acme
    if acme is not None:
        yield _to_outside("core", f"{PROXY.name}-to-authority", {names.SERVICE: PROXY.name}, acme.directory)


def _to_outside(area: str, name: str, pods: Mapping[str, str | None], url: str) -> Connection:
    """Return what reaches a service on the web: policies know no names, so it is its port everywhere."""
    port = urlsplit(url).port or HTTPS
    return Connection(area=area, name=name, way="out", pods=pods, ports=(("TCP", port),), ranges=_ANYWHERE)
