"""Where the outside finds the entrance, as the cluster says."""

from collections.abc import Iterator
from typing import Any

from sepp.config.kubernetes import Gateway, Kubernetes
from sepp.deployment import Deployment
from sepp.engine.errors import EngineError
from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.entrance import ENTRANCE, GATEWAYS
from sepp.targets.kubernetes.reading import Api, connected, gateway

_PREFERRED = ("ExternalIP", "InternalIP")
_KINDS = {"ingress": "ingress", "gateway": "httproute"}
"""What gets the address, where it is not the entrance's Service."""


class _RefusedError(Exception):
    """What leads to the entrance says that it does not."""


def address(deployment: Deployment, settings: Kubernetes) -> str:
    """Return an address or a name at which the entrance is reached; with `node_port` that of one of the nodes.

    EngineError if the cluster has given it none yet, or its Gateway does not lead to it.
    """
    namespace, kind = names.namespace(deployment, settings, "core"), settings.entrance.kind
    why = "the cluster has given the entrance no address yet"
    with connected(settings) as api:
        try:
            found = next(_found(api, settings, namespace), "")
        except _RefusedError as error:
            found, why = "", f"the Gateway does not lead to the entrance: {error}"
    if not found:
        described = f"{_KINDS.get(kind, 'service')} {ENTRANCE}"
        raise EngineError(why, f"kubectl --context '{settings.context}' --namespace {namespace} describe {described}")
    return found


def _found(api: Api, settings: Kubernetes, namespace: str) -> Iterator[str]:
    if settings.entrance.gateway:
        return _of_gateway(api, settings.entrance.gateway, namespace)
    if settings.entrance.kind == "node_port":
        return _of_nodes(api)
    return _given(api, settings, namespace)


def _of_nodes(api: Api) -> Iterator[str]:
    addresses: list[dict[str, str]] = [
        each for node in api.items("/api/v1/nodes").values() for each in node["status"].get("addresses") or ()
    ]
    yield from (each["address"] for kind in _PREFERRED for each in addresses if each["type"] == kind)


def _of_gateway(api: Api, named: Gateway, namespace: str) -> Iterator[str]:
    """Give what the Gateway got, once it has taken the route to the entrance."""
    route = api.items(f"/apis/{GATEWAYS}/v1/namespaces/{namespace}/httproutes").get(ENTRANCE, {})
    parents: list[dict[str, Any]] = route.get("status", {}).get("parents") or []
    refusals = [said for each in parents for said in each["conditions"] if said["status"] == "False"]
    if refusals:
        # Some say nothing more than the reason.
        raise _RefusedError("; ".join(f"{said['reason']} {said['message']}".strip() for said in refusals))
    if parents:
        given: list[dict[str, str]] = (gateway(api, named) or {}).get("status", {}).get("addresses") or []
        yield from (each["value"] for each in given)


def _given(api: Api, settings: Kubernetes, namespace: str) -> Iterator[str]:
    """Give what the load balancer or the Ingress got."""
    services = f"/api/v1/namespaces/{namespace}/services"
    ingresses = f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses"
    found = api.items(ingresses if settings.entrance.kind == "ingress" else services).get(ENTRANCE, {})
    given: list[dict[str, Any]] = found.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    yield from (each.get("ip") or each["hostname"] for each in given)
