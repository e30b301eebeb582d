"""Where the outside finds the entrance, as the cluster says."""

from collections.abc import Iterator
from typing import Any

from sepp.config.kubernetes import Kubernetes
from sepp.deployment import Deployment
from sepp.engine.errors import EngineError
from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.entrance import ENTRANCE
from sepp.targets.kubernetes.reading import Api, connected

_PREFERRED = ("ExternalIP", "InternalIP")


def address(deployment: Deployment, settings: Kubernetes) -> str:
    """Return an address or a name at which the entrance is reached; with `node_port` that of one of the nodes.

    EngineError if the cluster has given it none yet.
    """
    with connected(settings) as api:
        found = next(_of_nodes(api) if settings.entrance.kind == "node_port" else _given(api, deployment, settings), "")
    if not found:
        kind = "ingress" if settings.entrance.kind == "ingress" else "service"
        namespace = names.namespace(deployment, settings, "core")
        raise EngineError(
            "the cluster has given the entrance no address yet",
            f"kubectl --context '{settings.context}' --namespace {namespace} describe {kind} {ENTRANCE}",
        )
    return found


def _of_nodes(api: Api) -> Iterator[str]:
    addresses: list[dict[str, str]] = [
        each for node in api.items("/api/v1/nodes").values() for each in node["status"].get("addresses") or ()
    ]
    yield from (each["address"] for kind in _PREFERRED for each in addresses if each["type"] == kind)


def _given(api: Api, deployment: Deployment, settings: Kubernetes) -> Iterator[str]:
    """Give what the load balancer or the Ingress got."""
    namespace = names.namespace(deployment, settings, "core")
    services = f"/api/v1/namespaces/{namespace}/services"
    ingresses = f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses"
    found = api.items(ingresses if settings.entrance.kind == "ingress" else services).get(ENTRANCE, {})
    given: list[dict[str, Any]] = found.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    yield from (each.get("ip") or each["hostname"] for each in given)
