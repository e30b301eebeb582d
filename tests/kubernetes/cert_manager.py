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
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def define(server: Server) -> None:
    """Have a cluster know them."""
    for kind in _KINDS:
        name = f"{kind}.cert-manager.io"
        server.apply(yaml.safe_load((_module() / f"deploy/crds/cert-manager.io_{kind}.yaml").read_text()))
        wait_until(lambda name=name: _is_known(server, name), 30)


def _is_known(server: Server, name: str) -> bool:
    conditions = server.ask("GET", f"{_DEFINITIONS}/{name}").get("status", {}).get("conditions", ())
    return any((each["type"], each["status"]) == ("Established", "True") for each in conditions)


def _module() -> Path:
    """Return the folder of the release's Go module."""
    # The sum is compared here, so that no other service has to be asked for it.
    environment = {**os.environ, "GOFLAGS": "", "GOSUMDB": "off", "GOWORK": "off"}
    asked = ["go", "mod", "download", "-json", _MODULE]
    found = json.loads(subprocess.run(asked, env=environment, check=True, capture_output=True, cwd="/").stdout)
    assert found["Sum"] == _SUM, found
    return Path(found["Dir"])
