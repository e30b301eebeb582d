"""The kinds of cert-manager as its own release defines them, without the program behind them, which no registry has."""

import json
import os
import subprocess
from pathlib import Path

import yaml

from tests.kubernetes.server import Server
from tests.kubernetes.waiting import wait_until

_MODULE = "github.com/cert-manager/cert-manager@v1.21.2"
_SUM = "h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68="
_KINDS = ("certificates", "clusterissuers")
_VERSION = "cert-manager.io/v1"


def define(server: Server) -> None:
    """Have a cluster know them."""
    for kind in _KINDS:
        server.apply(yaml.safe_load((_module() / f"deploy/crds/cert-manager.io_{kind}.yaml").read_text()))
    wait_until(lambda: server.knows(_VERSION, *_KINDS), 30)


def _module() -> Path:
    """Return the folder of the release's Go module."""
    # The sum is compared here, so that no other service has to be asked for it.
    environment = {**os.environ, "GOFLAGS": "", "GOSUMDB": "off", "GOWORK": "off"}
    asked = ["go", "mod", "download", "-json", _MODULE]
    found = json.loads(subprocess.run(asked, env=environment, check=True, capture_output=True, cwd="/").stdout)
    assert found["Sum"] == _SUM, found
    return Path(found["Dir"])
