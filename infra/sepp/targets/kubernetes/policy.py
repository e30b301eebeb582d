"""What no platform on Kubernetes may have, whoever changes the program."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sepp.catalogue.proxy import PROXY
from sepp.targets.kubernetes.claim import CLAIM
from sepp.targets.kubernetes.entrance import ENTRANCE
from sepp.targets.kubernetes.names import SERVICE
from sepp.targets.kubernetes.namespace import BASELINE, ENFORCE, NAMESPACE, RESTRICTED
from sepp.targets.marks import MISSION
from sepp.targets.registered import Registered

HOLDS_DATA = {CLAIM, NAMESPACE}
"""Types of what cannot be made again: with a namespace its claims go."""

_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
_INWARD = ("NodePort", "LoadBalancer")
_RIGHTS = ("apiGroups", "resources", "verbs")


def unrestricted_namespaces(resource: Registered) -> Iterator[str]:
    """Find namespaces whose pods may be more than restricted; the policies of identities are stricter in missions'."""
    if resource.kind == NAMESPACE:
        labels = _part(resource.properties, "metadata", "labels")
        levels = (RESTRICTED,) if labels.get(MISSION, "core") == "core" else (RESTRICTED, BASELINE)
        if labels.get(ENFORCE) not in levels or labels.get(f"{ENFORCE}-version") != "latest":
            yield f"has not the label {ENFORCE}: {RESTRICTED}, with the latest version"


def open_policies(resource: Registered) -> Iterator[str]:
    """Find policies that let everybody in to others than the proxy, or others to all ports."""
    if resource.kind != _POLICY:
        return
    spec = _part(resource.properties, "spec")
    whose = _part(spec, "podSelector", "matchLabels")
    inward, outward = _rules(spec, "ingress"), _rules(spec, "egress")
    if whose.get(SERVICE) != PROXY.name and any(_everywhere(rule) for rule in inward):
        yield "lets everybody in to another service than the proxy"
    if any(not rule.get("ports") for rule in (*inward, *outward)):
        yield "is for all ports"


def wide_rights(resource: Registered) -> Iterator[str]:
    """Find rights in the whole cluster, and rights to everything."""
    kind = resource.kind.rpartition(":")[2]
    if kind in ("ClusterRole", "ClusterRoleBinding"):
        yield "gives rights in the whole cluster"
    if kind == "Role":
        for rule in _rules(resource.properties, "rules"):
            yield from (f"gives rights to all {key}" for key in _RIGHTS if "*" in (rule.get(key) or ()))


def mounted_tokens(resource: Registered) -> Iterator[str]:
    """Find service accounts whose pods get a token unasked."""
    mounted = resource.properties.get("automountServiceAccountToken") is not False
    if resource.kind == "kubernetes:core/v1:ServiceAccount" and mounted:
        yield "gives its pods a token that none of them asked for"


def ways_in(resource: Registered) -> Iterator[str]:
    """Find ways in from outside but the entrance."""
    kind = resource.kind.rpartition(":")[2]
    outward = kind == "Service" and _part(resource.properties, "spec").get("type") in _INWARD
    if (outward or kind == "Ingress" or kind.endswith("Route")) and resource.name != ENTRANCE:
        yield "is a way in from outside, which only the entrance may be"


def marks_of(resource: Registered) -> set[str] | None:
    """Return the marks that a resource carries; None if it can have none."""
    if not resource.kind.startswith("kubernetes:"):
        return None
    return {*_part(resource.properties, "metadata", "labels")}


def _everywhere(rule: Mapping[str, Any]) -> bool:
    peers = _rules(rule, "from")
    return not peers or any(_part(peer, "ipBlock").get("cidr", "").endswith("/0") for peer in peers)


def _part(manifest: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """Return the mapping at a path of a manifest, an empty one where there is none."""
    for key in path:
        manifest = manifest.get(key) or {}
    return manifest


def _rules(manifest: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    return manifest.get(key) or ()


RULES = (unrestricted_namespaces, open_policies, wide_rights, mounted_tokens, ways_in)
