"""Makes volumes for claims on the tests' node, as a cluster's storage does: as folders of the node.

A volume grows in name only, as folders have no size; one whose claim is gone goes, with what is in it.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from sepp.targets.local.podman import podman
from tests.kubernetes.repeating import repeated
from tests.kubernetes.server import Server

CLASSES = ("shared", "block")
VOLUMES = "/var/lib/volumes"
"""Where the node keeps what is claimed."""
COLLECTIONS = ("maps", "simulations")
"""What the mission's archive has put into its repository, where the kit guards it."""
_CLAIMS, _VOLUMES = "/api/v1/persistentvolumeclaims", "/api/v1/persistentvolumes"
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


def _follow(server: Server, node: str) -> None:
    claims, volumes = (server.ask("GET", path)["items"] for path in (_CLAIMS, _VOLUMES))
    there = {volume["metadata"]["name"]: volume for volume in volumes}
    for claim in claims:
        name = f"{claim['metadata']['namespace']}-{claim['metadata']['name']}"
        if name not in there and claim["spec"].get("storageClassName") in CLASSES:
            _make(server, node, name, claim)
        elif name in there and claim["status"].get("phase") == "Bound":
            _grow(server, there[name], claim)
    for name, volume in there.items():
        if volume["status"].get("phase") == "Released":
            podman("exec", node, "rm", "--recursive", "--force", volume["spec"]["local"]["path"])
            server.ask("DELETE", f"{_VOLUMES}/{name}")


def _make(server: Server, node: str, name: str, claim: Mapping[str, Any]) -> None:
    spec, path = claim["spec"], f"{VOLUMES}/{claim['metadata']['name']}"
    folders = [f"{path}/.guard/{each}/data" for each in (COLLECTIONS if path.endswith("-repository") else ())]
    podman("exec", node, "mkdir", "--parents", path, *folders)
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
