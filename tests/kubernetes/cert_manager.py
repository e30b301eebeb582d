"""The kinds of cert-manager as its own release defines them, without the program behind them, which no registry has."""

import yaml

from tests.kubernetes.programs import Release
from tests.kubernetes.server import Server
from tests.kubernetes.waiting import wait_until

_RELEASE = Release(
    module="github.com/cert-manager/cert-manager@v1.21.2", sum="h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68="
)
_KINDS = ("certificates", "clusterissuers")
_VERSION = "cert-manager.io/v1"


def define(server: Server) -> None:
    """Have a cluster know them."""
    for kind in _KINDS:
        server.apply(yaml.safe_load((_RELEASE.folder() / f"deploy/crds/cert-manager.io_{kind}.yaml").read_text()))
    wait_until(lambda: server.knows(_VERSION, *_KINDS), 30)
