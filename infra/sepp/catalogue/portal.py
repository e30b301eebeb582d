"""The public portal and the signed-in user page."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sepp import catalogue
from sepp.catalogue.cas import CAS, cas_url
from sepp.catalogue.directory import directory_uri
from sepp.catalogue.service import Health, Port, Service, Size
from sepp.catalogue.storage import STORAGE
from sepp.config.mission import Mission
from sepp.config.units import MIB
from sepp.deployment import Context, Host, share_accounts
from sepp.directory import layout
from sepp.report.adoption import LEGEND, LETTERS, adoption
from sepp.report.roadmap import roadmap

_PAGES = (".md", ".ipynb")


def _variables(context: Context) -> Mapping[str, Any]:
    return {
        "portal_address": context.loopback,
        "portal_port": PORTAL.port("http"),
        "portal_site": _site(context),
        "portal_content_source": str(context.configs),
        "portal_content": {folder: _digests(context.configs / folder) for folder in _folders(context)},
        "portal_reader_password": context.secrets["directory-reader"],
        "portal_usage_token": context.secrets["storage-usage"],
    }


def _site(context: Context) -> Mapping[str, Any]:
    """Give everything that the pages are made from; its shape is `sepp_portal.site.Site`."""
    deployment = context.deployment
    domain = deployment.platform.domain
    known = context.known or deployment.missions
    return {
        "title": deployment.platform.title,
        "url": deployment.url(),
        "login_url": cas_url(deployment),
        "files_url": deployment.url("files"),
        "missions": [_mission(mission) for mission in deployment.missions],
        "hubs": {
            mission.mission: deployment.url(mission.mission) for mission in deployment.missions if mission.interactive
        },
        "together": {
            mission.mission: {
                share: f"{deployment.url(mission.mission)}/hub/spawn/{account}"
                for share, account in share_accounts(mission).items()
            }
            for mission in deployment.missions
        },
        "roadmap": [asdict(milestone) for milestone in roadmap(known, _delivered())],
        "adoption": [asdict(row) for row in adoption(known)],
        "legend": LEGEND,
        "letters": LETTERS,
        "probes": list(_probes(context)),
        "usage": {
            host.area: f"http://{context.address(host.area, STORAGE.name)}:{STORAGE.port('usage')}"
            for host in deployment.hosts
            if STORAGE.name in host.services
        },
        "directory": {
            "uri": directory_uri(context),
            "people": layout.people(domain),
            "groups": layout.groups(domain),
            "reader": layout.reader(domain),
        },
    }


def _mission(mission: Mission) -> Mapping[str, Any]:
    """Give of a mission's file what is for everybody."""
    sections = {"mission", "title", "use_case", "contact", "adoption", "actors", "storage", "interactive", "portal"}
    return mission.model_dump(include=sections, exclude={"storage": {"repository": {"source"}}}, exclude_none=True)


def _delivered() -> frozenset[str]:
    """Return the scenarios for which this version has a service."""
    return frozenset(service.scenario for service in catalogue.CATALOGUE.values())


def _probes(context: Context) -> Iterator[Mapping[str, Any]]:
    """Give for each service that the portal can reach how to see that it works."""
    deployment = context.deployment
    for host in deployment.hosts:
        for name in host.services:
            service = catalogue.CATALOGUE[name]
            if service is not PORTAL and (probe := _probe(context, host, service)):
                yield {"name": f"{host.name}/{name}", "title": service.title, "area": _area(context, host), **probe}
    if deployment.platform.cas:
        address = urlsplit(deployment.platform.cas.url)
        yield {
            "name": "cas",
            "title": CAS.title,
            "area": "Core",
            "kind": "http",
            "host": address.hostname,
            "port": address.port or 443,
            "path": f"{address.path}/login",
            "server_name": address.hostname,
        }


def _probe(context: Context, host: Host, service: Service) -> Mapping[str, Any] | None:
    """Return how to ask a service over the internal network; None if it does not listen there."""
    wanted = service.health.port
    port = next((port for port in service.ports if wanted in (None, port.name)), None)
    if port is None:
        return None
    here = host.name == context.host.name
    probe = {
        "kind": "http" if wanted else "tcp",
        "host": context.beside(service.name)
        if here and port.reach == "host"
        else context.address(host.area, service.name),
        "port": port.number or context.deployment.platform.port,
        "path": service.health.path or "/",
    }
    if port.reach == "outside":
        return {**probe, "server_name": context.deployment.platform.domain}
    return probe


def _area(context: Context, host: Host) -> str:
    return "Core" if host.area == "core" else context.deployment.mission(host.area).title


def _folders(context: Context) -> Iterable[str]:
    """Return the missions' folders of pages, each once."""
    for mission in context.deployment.missions:
        if mission.portal and mission.portal.faq:
            yield mission.portal.faq
        if mission.interactive and mission.interactive.examples:
            yield mission.interactive.examples


def _digests(folder: Path) -> Mapping[str, str]:
    """Return the pages of a folder, each with its hash: a changed page is a changed variable."""
    return {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*"))
        if path.suffix in _PAGES and path.stem != "README"
    }


PORTAL = Service(
    name="portal",
    title="Portal",
    scenario="core",
    scope="core",
    user="portal",
    number=10003,
    ports=(Port(name="http", number=8090, reach="host"),),
    health=Health(units=("sepp-portal.service",), port="http", path="/"),
    size=Size(cpu=0.2, memory=128 * MIB),
    needs=("directory",),
    variables=_variables,
)
