"""Settings of platforms in a cluster, and what their programs register, as the tests look at it."""

from typing import Any

from sepp.catalogue.service import Size
from sepp.config.units import GIB
from sepp.targets.kubernetes.cluster import Cluster, Listener, StorageClass
from tests.graph import Graph

AREAS = ("core", "planck")
"""Areas of a platform with the mission of the tests, Planck."""

KUBERNETES: dict[str, Any] = {"context": "site", "storage_class": "shared", "data_class": "block"}
GATEWAY = {"kind": "gateway", "gateway": {"namespace": "gateways", "name": "public", "listener": "https"}}
"""An entrance behind a Gateway of the cluster."""

_GROUPS = {
    "apps/v1": ("Deployment", "StatefulSet"),
    "batch/v1": ("CronJob",),
    "cert-manager.io/v1": ("Certificate",),
    "core/v1": (
        "ConfigMap",
        "LimitRange",
        "Namespace",
        "PersistentVolumeClaim",
        "ResourceQuota",
        "Secret",
        "Service",
        "ServiceAccount",
    ),
    "gateway.networking.k8s.io/v1": ("BackendTLSPolicy", "HTTPRoute"),
    "networking.k8s.io/v1": ("Ingress", "NetworkPolicy"),
    "rbac.authorization.k8s.io/v1": ("Role", "RoleBinding"),
    "scheduling.k8s.io/v1": ("PriorityClass",),
    "admissionregistration.k8s.io/v1": ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
}
KIND = {kind: f"kubernetes:{group}:{kind}" for group, kinds in _GROUPS.items() for kind in kinds}
"""The engine's types by the cluster's kinds."""


def objects(graph: Graph) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what the cluster gets, by type and name, in the order in which the program registered it."""
    return {key: inputs for key, inputs in graph.mocks.inputs.items() if key[0].startswith("kubernetes:")}


def made_of(graph: Graph, kind: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the objects of a kind by namespace and name."""
    return {
        (manifest["metadata"].get("namespace", ""), manifest["metadata"]["name"]): manifest
        for manifest in graph.of_kind(KIND[kind]).values()
    }


CLUSTER = Cluster(
    version=(1, 34),
    admission=frozenset({"validatingadmissionpolicies", "validatingadmissionpolicybindings"}),
    storage_classes={"shared": StorageClass(default=True, grows=True), "block": StorageClass()},
    ingress_classes=frozenset({"nginx"}),
    gateway_kinds=frozenset({"backendtlspolicies", "gateways", "httproutes"}),
    listeners={"https": Listener(protocol="HTTPS", routes="Selector")},
    issuers=frozenset({"site"}),
    nodes=(Size(cpu=32, memory=128 * GIB), Size(cpu=16, memory=64 * GIB)),
    dns_pods=2,
)
"""A cluster that has all that the platforms of the tests need."""
