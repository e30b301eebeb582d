"""The services of a small OpenStack project by HTTP, as their API references document the answers."""

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SERVICES = {
    "identity": "identity/v3",
    "compute": "compute/v2.1",
    "network": "network",
    "image": "image",
    "block-storage": "volume/v3/p1",
    "dns": "dns",
}
"""Where services are, by their type in the catalogue; the project's id is `p1`."""

NETWORK_QUOTAS = ("network", "subnet", "router", "port", "floatingip", "security_group", "security_group_rule")
MINE: dict[str, Any] = {"tags": ["sepp-platform=demo"], "project_id": "p1"}
OTHERS: dict[str, Any] = {"tags": [], "project_id": "p2"}
MARKS = {"sepp-platform": "demo"}


def answers(base: str) -> dict[str, Any]:
    """Return what a GET of each path answers."""
    return {**_versions(base), **_compute(), **_network(), **_storage()}


def _versions(base: str) -> dict[str, Any]:
    def version(name: str, path: str) -> dict[str, Any]:
        return {"id": name, "status": "CURRENT", "links": [{"rel": "self", "href": f"{base}/{path}/"}]}

    return {
        "/identity/v3": {"version": version("v3.14", "identity/v3")},
        "/compute/v2.1": {"version": version("v2.1", "compute/v2.1") | {"version": "2.96", "min_version": "2.1"}},
        "/network": {"versions": [version("v2.0", "network/v2.0")]},
        "/image": {"versions": [version("v2.15", "image/v2")]},
        "/dns": {"versions": {"values": [version("v2", "dns/v2")]}},
    }


def _compute() -> dict[str, Any]:
    fault = {"code": 500, "message": "No valid host was found."}
    small = {"vcpus": 2, "ram": 4096}
    core = {"id": "i1", "name": "sepp-demo-core", "status": "ERROR", "metadata": MARKS, "flavor": small, "fault": fault}
    gone = {"id": "i3", "name": "sepp-demo-jump", "status": "DELETED", "metadata": MARKS, "flavor": small}
    other = {"id": "i2", "name": "other", "status": "ACTIVE", "metadata": {}, "flavor": small}
    used = {"totalInstancesUsed": 2, "totalCoresUsed": 4, "totalRAMUsed": 8192}
    most = {"maxTotalInstances": 10, "maxTotalCores": -1, "maxTotalRAMSize": 51200}
    return {
        "/compute/v2.1/flavors/detail": {"flavors": [{"id": "f1", "name": "m1.small", "disk": 20, **small}]},
        "/compute/v2.1/limits": {"limits": {"rate": [], "absolute": {**used, **most}}},
        "/compute/v2.1/os-availability-zone": {"availabilityZoneInfo": [_zone("nova")]},
        "/compute/v2.1/servers/detail": {"servers": [core, gone, other]},
        "/image/v2/images": {"images": [{"id": "g1", "name": "debian-13", "status": "active"}]},
        "/dns/v2/zones": {"zones": [{"id": "z1", "name": "sepp.site.example."}]},
    }


def _network() -> dict[str, Any]:
    base = "/network/v2.0"
    outside = {"id": "n1", "name": "public", "router:external": True, **OTHERS}
    inside = {"id": "n2", "name": "sepp-demo", "router:external": False, **MINE}
    group = {"id": "k1", "name": "sepp-demo-core", "security_group_rules": [{"id": "a"}, {"id": "b"}], **MINE}
    details = {name: {"used": 3, "limit": 10, "reserved": 1} for name in NETWORK_QUOTAS}
    subnets = [
        {"id": "s1", "name": "sepp-demo", "cidr": "10.90.16.0/20", "ip_version": 4, **MINE},
        {"id": "s2", "name": "public", "cidr": "192.0.2.0/24", "ip_version": 4, **OTHERS},
    ]
    of_router = {"name": "", "tags": [], "project_id": "p1", "device_owner": "network:router_interface"}
    ports = [
        {"id": "o1", "name": "sepp-demo-core", "device_owner": "compute:nova", "network_id": "n2", **MINE},
        {"id": "o2", "network_id": "n2", **of_router},
        {"id": "o3", "network_id": "n3", **of_router},
    ]
    return {
        f"{base}/networks": {"networks": [outside, inside]},
        f"{base}/subnets": {"subnets": subnets},
        f"{base}/routers": {"routers": [{"id": "r1", "name": "sepp-demo", **MINE}]},
        f"{base}/ports": {"ports": ports},
        f"{base}/floatingips": {
            "floatingips": [{"id": "a1", "floating_ip_address": "192.0.2.7", "port_id": "o1", **MINE}]
        },
        f"{base}/security-groups": {"security_groups": [group]},
        f"{base}/quotas/p1/details": {"quota": details},
    }


def _storage() -> dict[str, Any]:
    base = "/volume/v3/p1"
    used = {"totalVolumesUsed": 1, "totalGigabytesUsed": 100}
    most = {"maxTotalVolumes": 10, "maxTotalVolumeGigabytes": 1000}
    kept = {"id": "v1", "name": "sepp-demo-planck-persistent", "size": 100, "metadata": MARKS}
    kept |= {"attachments": [{"server_id": "i1"}], "volume_type": "ssd", "status": "in-use"}
    return {
        f"{base}/types": {"volume_types": [{"id": "t1", "name": "ssd"}]},
        f"{base}/os-availability-zone": {"availabilityZoneInfo": [_zone("az1")]},
        f"{base}/limits": {"limits": {"rate": [], "absolute": {**used, **most}}},
        f"{base}/volumes/detail": {"volumes": [kept]},
    }


def _zone(name: str) -> dict[str, Any]:
    return {"zoneName": name, "zoneState": {"available": True}}


def _token(base: str) -> dict[str, Any]:
    domain = {"id": "default", "name": "Default"}
    catalogue = [
        {
            "type": kind,
            "name": kind,
            "id": kind,
            "endpoints": [{"id": kind, "interface": "public", "region": "RegionOne", "url": f"{base}/{path}"}],
        }
        for kind, path in SERVICES.items()
    ]
    times = {"issued_at": "2026-01-01T00:00:00.000000Z", "expires_at": "2099-01-01T00:00:00.000000Z"}
    user = {"id": "u1", "name": "operator", "domain": domain}
    project = {"id": "p1", "name": "site", "domain": domain}
    return {"token": {"methods": ["password"], "user": user, "project": project, "catalog": catalogue, **times}}


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked["auth"]["identity"]["password"]["user"]["password"] != "right":
            self._reply(401, {"error": {"code": 401, "message": "The request you have made requires authentication."}})
            return
        self._reply(201, _token(self._base), {"X-Subject-Token": "token"})

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        found = answers(self._base).get(address.path.rstrip("/"))
        if found is None:
            self._reply(404, {})
            return
        wanted = dict(parse_qsl(address.query))
        self._reply(200, {name: _matching(each, wanted) for name, each in found.items()})

    @property
    def _base(self) -> str:
        host, port = self.server.server_address[:2]
        return f"http://{host}:{port}"

    def _reply(self, status: int, data: Any, headers: Mapping[str, str] | None = None) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _matching(found: Any, wanted: Mapping[str, str]) -> Any:
    """Filter a list as services do: by each key of the query that its entries have."""
    if not isinstance(found, list):
        return found
    return [each for each in found if all(text in _texts(each[key]) for key, text in wanted.items() if key in each)]


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


@contextlib.contextmanager
def project() -> Iterator[str]:
    """Serve the project on loopback; gives the address of its sign-on, where the password is `right`."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/identity/v3"
        server.shutdown()
