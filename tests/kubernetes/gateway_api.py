"""The kinds of the Gateway API as its own release defines them."""

import yaml

from tests.kubernetes.programs import Release
from tests.kubernetes.server import Server
from tests.kubernetes.waiting import wait_until

GROUP = "gateway.networking.k8s.io"
VERSION = f"{GROUP}/v1"
_RELEASE = Release(module="sigs.k8s.io/gateway-api@v1.4.0", sum="h1:ZwlNM6zOHq0h3WUX2gfByPs2yAEsy/EenYJB78jpQfQ=")
_KINDS = ("backendtlspolicies", "gatewayclasses", "gateways", "httproutes")


def define(server: Server) -> None:
    """Have a cluster know them."""
    for file in (_RELEASE.folder() / "config/crd/standard").glob("*.yaml"):
        server.apply(yaml.safe_load(file.read_text()))
    wait_until(lambda: server.knows(VERSION, *_KINDS), 30)
