"""Traefik on the tests' node: a controller of Ingresses and Gateways, no part of the platform, behind a load balancer.

What it is told and may do: https://doc.traefik.io/traefik/reference/install-configuration/providers/kubernetes/.
"""

from typing import Any

from tests.kubernetes import gateway_api
from tests.kubernetes.node import Node
from tests.kubernetes.programs import program

NAME = "traefik"
"""Of its namespace, of all that is in it, and of its class."""
GATEWAY = {"namespace": NAME, "name": NAME, "listener": "https"}
"""Its Gateway, as settings of platforms name it."""
_HTTPS, _PING = 8443, 8080
_ARGUMENTS = (
    f"--entrypoints.https.address=:{_HTTPS}",
    "--entrypoints.https.http.tls=true",
    f"--entrypoints.traefik.address=:{_PING}",
    "--ping=true",
    "--providers.kubernetesingress=true",
    f"--providers.kubernetesingress.ingressendpoint.publishedservice={NAME}/{NAME}",
    "--providers.kubernetesgateway=true",
    f"--providers.kubernetesgateway.statusaddress.service.namespace={NAME}",
    f"--providers.kubernetesgateway.statusaddress.service.name={NAME}",
    # As usual for Ingresses: it asks pods by their addresses, for which no certificate is.
    "--serverstransport.insecureskipverify=true",
    "--global.checknewversion=false",
)
_READ = ("get", "list", "watch")
_RULES = (
    {"apiGroups": [""], "resources": ["configmaps", "namespaces", "nodes", "secrets", "services"], "verbs": _READ},
    {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": _READ},
    {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses", "ingressclasses"], "verbs": _READ},
    {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses/status"], "verbs": ["update"]},
    {"apiGroups": [gateway_api.GROUP], "resources": ["*"], "verbs": _READ},
    {"apiGroups": [gateway_api.GROUP], "resources": ["*/status"], "verbs": ["update"]},
)


def install(node: Node, secret: str) -> None:
    """Have its Ingresses and its Gateway lead where is said, from a load balancer, whose address they get.

    `secret` is that of its namespace with the Gateway's certificate.
    """
    gateway_api.define(node.server)
    tls = {"certificateRefs": [{"name": secret}]}
    allowed = {"namespaces": {"from": "All"}}
    listener = {"name": GATEWAY["listener"], "protocol": "HTTPS", "port": _HTTPS, "tls": tls, "allowedRoutes": allowed}
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
        _manifest(gateway_api.VERSION, "GatewayClass", spec={"controllerName": "traefik.io/gateway-controller"}),
        _manifest(gateway_api.VERSION, "Gateway", NAME, spec={"gatewayClassName": NAME, "listeners": [listener]}),
        _manifest("v1", "Service", NAME, spec={"type": "LoadBalancer", "selector": labels, "ports": ports}),
        _manifest("apps/v1", "Deployment", NAME, spec={"selector": {"matchLabels": labels}, "template": template}),
    ):
        node.server.apply(manifest)
    node.ready("Deployment", NAME, NAME)


def _manifest(version: str, kind: str, namespace: str = "", **what: Any) -> dict[str, Any]:
    place = {"namespace": namespace} if namespace else {}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": NAME, **place}, **what}
