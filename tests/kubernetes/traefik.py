"""Traefik on the tests' node: an Ingress controller that is no part of the platform, behind a load balancer.

What it is told and may do: https://doc.traefik.io/traefik/reference/install-configuration/providers/kubernetes/.
"""

from typing import Any

from tests.kubernetes.node import Node
from tests.kubernetes.programs import program

NAME = "traefik"
"""Of its namespace, of all that is in it, and of its class."""
_HTTPS, _PING = 8443, 8080
_ARGUMENTS = (
    f"--entrypoints.https.address=:{_HTTPS}",
    "--entrypoints.https.http.tls=true",
    f"--entrypoints.traefik.address=:{_PING}",
    "--ping=true",
    "--providers.kubernetesingress=true",
    f"--providers.kubernetesingress.ingressendpoint.publishedservice={NAME}/{NAME}",
    # As usual behind an Ingress: it asks pods by their addresses, for which no certificate is.
    "--serverstransport.insecureskipverify=true",
    "--global.checknewversion=false",
)
_READ = ("get", "list", "watch")
_RULES = (
    {"apiGroups": [""], "resources": ["services", "secrets", "nodes"], "verbs": _READ},
    {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": _READ},
    {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses", "ingressclasses"], "verbs": _READ},
    {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses/status"], "verbs": ["update"]},
)


def install(node: Node) -> None:
    """Have Ingresses of its class lead where they say, from a load balancer, whose address they get."""
    labels = {"app": NAME}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": NAME}
    account = {"kind": "ServiceAccount", "name": NAME, "namespace": NAME}
    container = {
        "name": NAME,
        "image": node.load_program(NAME, program(NAME)),
        "imagePullPolicy": "Never",
        "args": _ARGUMENTS,
        "readinessProbe": {"httpGet": {"path": "/ping", "port": _PING}, "periodSeconds": 1},
    }
    pod = {"serviceAccountName": NAME, "containers": [container]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    ports = [{"name": "https", "port": 443, "targetPort": _HTTPS}]
    for manifest in (
        _manifest("v1", "Namespace"),
        _manifest("v1", "ServiceAccount", NAME),
        _manifest("rbac.authorization.k8s.io/v1", "ClusterRole", rules=_RULES),
        _manifest("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", roleRef=role, subjects=[account]),
        _manifest("networking.k8s.io/v1", "IngressClass", spec={"controller": "traefik.io/ingress-controller"}),
        _manifest("v1", "Service", NAME, spec={"type": "LoadBalancer", "selector": labels, "ports": ports}),
        _manifest("apps/v1", "Deployment", NAME, spec={"selector": {"matchLabels": labels}, "template": template}),
    ):
        node.server.apply(manifest)
    node.ready("Deployment", NAME, NAME)


def _manifest(version: str, kind: str, namespace: str = "", **what: Any) -> dict[str, Any]:
    place = {"namespace": namespace} if namespace else {}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": NAME, **place}, **what}
