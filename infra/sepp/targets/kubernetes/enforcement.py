"""Whether the cluster's network enforces policies, tried from a pod of each host of a mission."""

from collections.abc import Iterator

from sepp.catalogue.portal import PORTAL
from sepp.catalogue.proxy import PROXY
from sepp.deployment import Deployment
from sepp.verify.access import Hosts
from sepp.verify.result import CheckError, Result, check

_TRIES = """
import socket, sys
for address in sys.argv[1:]:
    name, port = address.rsplit(":", 1)
    try:
        socket.create_connection((name, int(port)), timeout=3).close()
        print("open")
    except OSError as error:
        print(type(error).__name__)
"""
_REFUSED = ("TimeoutError", "ConnectionRefusedError")


def checks(deployment: Deployment, hosts: Hosts) -> Iterator[Result]:
    """Check that the entrance is reached, as everybody may, and the portal behind it is not."""
    for host in (host.name for host in deployment.hosts if host.area != "core"):
        yield check("network", f"{host}: policies are enforced", lambda host=host: _enforced(deployment, hosts, host))


def _enforced(deployment: Deployment, hosts: Hosts, host: str) -> str:
    entrance = f"{hosts.name_of('core', PROXY.name)}:{deployment.platform.port}"
    portal = f"{hosts.name_of('core', PORTAL.name)}:{PORTAL.port('http')}"
    open_, closed = hosts.output(host, "python3", "-c", _TRIES, entrance, portal).split()
    if open_ != "open":
        raise CheckError(f"{entrance} is not reached, as the plan allows: {open_}")
    if closed not in _REFUSED:
        raise CheckError(f"{portal}, which no mission may reach: {closed}; the cluster's network enforces no policies")
    return f"{portal} is refused"
