"""Makes volumes for claims on the tests' node, as a cluster's storage does.

Those of the class `block` are as large as is claimed, in memory; those of `shared` are folders, which have no size, and
grow in name only. One whose claim is gone goes, with what is in it. A class that is called `paused` makes none.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from sepp.targets.kubernetes.quantities import parse_bytes
from sepp.targets.local.podman import podman
from tests.kubernetes.repeating import repeated
from tests.kubernetes.server import Server

SHARED, BLOCK = "shared", "block"
CLASSES = (SHARED, BLOCK)
VOLUMES = "/var/lib/volumes"
"""Where the node keeps what is claimed."""
_CLAIMS, _VOLUMES = "/api/v1/persistentvolumeclaims", "/api/v1/persistentvolumes"
_CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
_PAUSED = "paused"
_MERGE = "application/merge-patch+json"


@contextmanager
def provisioned(server: Server, node: str) -> Generator[None]:
    """Give volumes to claims of these classes, on a node that is a container, until the end of the context."""
    for name in CLASSES:
        kind = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass"}
        grows = {"provisioner": "tests/folders", "allowVolumeExpansion": True}
        server.apply({**kind, "metadata": {"name": name}, **grows})
    with repeated(lambda: _follow(server, node)):
        yield


@contextmanager
def paused(server: Server, name: str) -> Generator[None]:
    """Let a class make no volume until the end of the context."""
    path = f"{_CLASSES}/{name}"
    server.ask("PATCH", path, {"metadata": {"labels": {_PAUSED: "yes"}}}, _MERGE)
    try:
        yield
    finally:
        server.ask("PATCH", path, {"metadata": {"labels": {_PAUSED: None}}}, _MERGE)


def _follow(server: Server, node: str) -> None:
    claims, volumes = (server.ask("GET", path)["items"] for path in (_CLAIMS, _VOLUMES))
    classes = {each["metadata"]["name"] for each in server.ask("GET", _CLASSES, labelSelector=f"!{_PAUSED}")["items"]}
    there = {volume["metadata"]["name"]: volume for volume in volumes}
    for claim in claims:
        name = f"{claim['metadata']['namespace']}-{claim['metadata']['name']}"
        if name not in there and claim["spec"].get("storageClassName") in classes:
            _make(server, node, name, claim)
        elif name in there and claim["status"].get("phase") == "Bound":
            _grow(server, there[name], claim)
    for name, volume in there.items():
        if volume["status"].get("phase") == "Released":
            path = volume["spec"]["local"]["path"]
            podman(
                "exec",
                node,
                "sh",
                "-c",
                f"if mountpoint --quiet {path}; then umount {path}; fi; rm --recursive --force {path}",
            )
            server.ask("DELETE", f"{_VOLUMES}/{name}")


def _make(server: Server, node: str, name: str, claim: Mapping[str, Any]) -> None:
    spec, path = claim["spec"], f"{VOLUMES}/{claim['metadata']['name']}"
    podman("exec", node, "mkdir", "--parents", path)
    if spec["storageClassName"] == BLOCK:
        size = parse_bytes(spec["resources"]["requests"]["storage"])
        podman("exec", node, "mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", path)
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
    server.apply(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name},
            "spec": {
                "capacity": spec["resources"]["requests"],
                "accessModes": spec["accessModes"],
                "storageClassName": spec["storageClassName"],
                "local": {"path": path},
                "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
                "claimRef": {key: claim["metadata"][key] for key in ("namespace", "name", "uid")},
            },
        }
    )


def _grow(server: Server, volume: Mapping[str, Any], claim: Mapping[str, Any]) -> None:
    wanted = claim["spec"]["resources"]["requests"]
    if wanted == claim["status"].get("capacity"):
        return
    server.ask("PATCH", f"{_VOLUMES}/{volume['metadata']['name']}", {"spec": {"capacity": wanted}}, _MERGE)
    path = f"{server.path({'apiVersion': 'v1', 'kind': 'PersistentVolumeClaim', **claim})}/{claim['metadata']['name']}"
    server.ask("PATCH", f"{path}/status", {"status": {"capacity": wanted}}, _MERGE)
