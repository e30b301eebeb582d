"""Gives the cluster what the program registers, in place of the engine and its provider."""

from typing import Any

from pulumi.runtime import rpc

from tests.cluster import KIND, objects
from tests.graph import Graph
from tests.kubernetes.server import Server

_FIRST = (KIND["Namespace"], KIND["PriorityClass"], KIND["ServiceAccount"], KIND["Role"])


def manifests(graph: Graph) -> list[dict[str, Any]]:
    """Return what the cluster gets, each after what it needs."""
    found = sorted(objects(graph).items(), key=lambda item: item[0][0] not in _FIRST)
    found.sort(key=lambda item: item[0][0] != KIND["Namespace"])
    return [whole(manifest) for _, manifest in found]


def make(server: Server, graph: Graph) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Apply everything; return each manifest beside what the cluster made of it."""
    return [(manifest, server.apply(manifest)) for manifest in manifests(graph)]


def count_quotas(server: Server, graph: Graph) -> None:
    """Say that nothing of the quotas is used yet, as the controller would that is not there."""
    for manifest in manifests(graph):
        if manifest["kind"] == "ResourceQuota":
            hard = manifest["spec"]["hard"]
            path = f"{server.path(manifest)}/{manifest['metadata']['name']}/status"
            status = {"status": {"hard": hard, "used": dict.fromkeys(hard, "0")}}
            server.ask("PATCH", path, status, "application/merge-patch+json")


def whole(value: Any) -> Any:
    """Return a value as the provider gets it: no secret is wrapped, and whole numbers are such."""
    if rpc.is_rpc_secret(value):
        return whole(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
