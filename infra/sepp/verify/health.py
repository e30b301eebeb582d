"""Each host and each service, from the catalogue: units that run, addresses that answer, ports that are open."""

import json
from collections.abc import Iterator

from sepp.catalogue import CATALOGUE
from sepp.catalogue.service import Service
from sepp.converge.inventory import SSH
from sepp.deployment import Deployment, Host
from sepp.verify.access import Hosts
from sepp.verify.result import CheckError, Result, check

_LOOPBACK = ("127.", "[::1]", "[::ffff:127.")


def check_hosts(deployment: Deployment, hosts: Hosts) -> Iterator[Result]:
    """Check every host: systemd without a failed unit, no port that the catalogue does not know, its mounts."""
    for host in deployment.hosts:
        yield check("hosts", f"{host.name}: all units", lambda host=host: _no_failed_unit(hosts, host))
        yield check("hosts", f"{host.name}: ports", lambda host=host: _only_known_ports(deployment, hosts, host))
        for mount in host.mounts:
            yield check(
                "hosts",
                f"{host.name}: {mount.path}",
                lambda host=host, mount=mount: _mounted(hosts, host, mount.path, mount.read_only),
            )


def check_services(deployment: Deployment, hosts: Hosts) -> Iterator[Result]:
    """Check every service on its host by its health check."""
    for host in deployment.hosts:
        for name in host.services:
            service = CATALOGUE[name]
            for unit in service.health.units:
                yield check("services", f"{host.name}: {unit}", lambda h=host, u=unit: _unit_runs(hosts, h, u))
            if service.health.path:
                yield check(
                    "services",
                    f"{host.name}: {name} answers",
                    lambda h=host, s=service: _answers(hosts, h, s, deployment),
                )


def _no_failed_unit(hosts: Hosts, host: Host) -> str:
    failed = json.loads(hosts.output(host.name, "systemctl", "list-units", "--failed", "--output=json"))
    if failed:
        raise CheckError("failed: " + ", ".join(unit["unit"] for unit in failed))
    return "no failed unit"


def _unit_runs(hosts: Hosts, host: Host, unit: str) -> str:
    state = hosts.run(host.name, "systemctl", "is-active", unit).stdout.strip()
    if state != "active":
        raise CheckError(f"{unit} is {state}")
    return "active"


def _answers(hosts: Hosts, host: Host, service: Service, deployment: Deployment) -> str:
    """Ask the service on its own host; the entrance speaks TLS with the portal's name."""
    ports = {port.name: port for port in service.ports}
    port = ports[service.health.port or ""]
    domain, number = deployment.platform.domain, port.number or deployment.platform.port
    base = f"https://{domain}:{number}" if port.number is None else f"http://127.0.0.1:{number}"
    code = hosts.output(
        host.name,
        "python3",
        "-c",
        "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=20).status)",
        f"{base}{service.health.path}",
    ).strip()
    return f"{base}{service.health.path}: {code}"


def _only_known_ports(deployment: Deployment, hosts: Hosts, host: Host) -> str:
    """Compare the sockets that listen beyond loopback with the catalogue's ports of this host."""
    known = {
        port.number or deployment.platform.port
        for name in host.services
        for port in CATALOGUE[name].ports
        if port.reach != "host"
    }
    if deployment.target != "local":
        known.add(SSH)
    sockets = [line.split()[3] for line in hosts.output(host.name, "ss", "--tcp", "--listening", "-Hn").splitlines()]
    outside = {int(name.rsplit(":", 1)[1]) for name in sockets if not name.startswith(_LOOPBACK)}
    if outside - known:
        raise CheckError(f"listening on {sorted(outside - known)}, which the catalogue does not know")
    return f"listening on {sorted(outside)}"


def _mounted(hosts: Hosts, host: Host, path: str, read_only: bool) -> str:
    options = hosts.output(host.name, "findmnt", "--noheadings", "--output", "OPTIONS", path).strip().split(",")
    if read_only and "ro" not in options:
        raise CheckError(f"{path} is not read-only")
    return "read-only" if read_only else "read and write"
