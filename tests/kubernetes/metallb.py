"""MetalLB on the tests' node, by the manifests of its own release: it gives load balancers their addresses."""

import time
from typing import Any

import yaml

from tests.kubernetes.node import Node
from tests.kubernetes.programs import program, source
from tests.kubernetes.server import RefusedError
from tests.kubernetes.waiting import wait_until

ADDRESSES = tuple(f"10.94.0.{number}" for number in range(100, 104))
"""Of the node's network, so that this machine reaches them."""
_NAMESPACE = "metallb-system"
_VERSION = "metallb.io/v1beta1"
_KINDS = ("ipaddresspools", "l2advertisements")
_SECONDS = 180
"""Its webhook answers once the Secret with its certificate, which it makes itself, has come to its pod."""


def install(node: Node) -> None:
    """Have load balancers of a node's cluster get addresses, at which this machine finds them (layer 2)."""
    release = source("metallb", "go.universe.tf/metallb") / "config/manifests/metallb-native.yaml"
    for manifest in filter(None, yaml.safe_load_all(release.read_text())):
        _with_images(node, manifest)
        node.server.apply(manifest)
    node.ready("Deployment", _NAMESPACE, "controller")
    wait_until(lambda: node.server.knows(_VERSION, *_KINDS), _SECONDS)
    metadata = {"name": "site", "namespace": _NAMESPACE}
    for kind, spec in (
        ("IPAddressPool", {"addresses": [f"{ADDRESSES[0]}-{ADDRESSES[-1]}"]}),
        ("L2Advertisement", {}),
    ):
        _once_it_judges(node, {"apiVersion": _VERSION, "kind": kind, "metadata": metadata, "spec": spec})


def _with_images(node: Node, manifest: Any) -> None:
    """Name our image of each program in a manifest in place of the vendor's, which no registry here has."""
    if manifest["kind"] in ("Deployment", "DaemonSet"):
        for container in manifest["spec"]["template"]["spec"]["containers"]:
            name = container["name"]
            container["image"] = node.load_program(f"metallb-{name}", program(name))


def _once_it_judges(node: Node, manifest: Any) -> None:
    """Apply a manifest of a kind that its webhook judges; RefusedError if it is still refused after minutes."""
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            node.server.apply(manifest)
        except RefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(2)
        else:
            return
