"""Pods that ask the tests' API server to be let in, and the platform whose rules it judges them by."""

import copy
from typing import Any

from sepp.catalogue import CATALOGUE
from tests.graph import Graph
from tests.kubernetes.making import count_quotas, make
from tests.kubernetes.server import RefusedError, Server
from tests.kubernetes.waiting import wait_until

NAMESPACE = "sepp-judged-planck"
"""Of Planck's area, in a platform that is called `judged`."""
ALICE = {"user": 20001, "group": 20001, "groups": [20100, 20101]}
POLICY_SECONDS = 20


def settle(server: Server, graph: Graph) -> None:
    """Make the platform, with one user on the list, and wait until pods are compared with it."""
    make(server, graph)
    count_quotas(server, graph)
    groups = ",".join(map(str, ALICE["groups"]))
    server.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "users", "namespace": NAMESPACE},
            "data": {"alice": f"{ALICE['user']}:{ALICE['group']}:{groups}"},
        },
        fieldManager="sepp-identity",
    )
    await_policies(server)
    wait_until(lambda: not refusal(server, user_pod()), POLICY_SECONDS, lambda: refusal(server, user_pod()))


def await_policies(server: Server) -> None:
    """Wait until the server compares: it learns of new policies a moment later."""
    for pod in (service_pod(), user_pod()):
        wrong = changed(pod, "spec.securityContext.runAsUser", 4242)
        wait_until(lambda wrong=wrong: refusal(server, wrong), POLICY_SECONDS, lambda: "the policies do not work")


def refusal(server: Server, manifest: dict[str, Any]) -> str:
    """Return why the server would refuse something; empty if it would not."""
    try:
        server.create(manifest, dryRun="All")
    except RefusedError as error:
        return str(error)
    return ""


def pod(labels: dict[str, str], account: str, user: int, group: int, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "tried", "namespace": NAMESPACE, "labels": labels},
        "spec": {
            "serviceAccountName": account,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": user,
                "runAsGroup": group,
                "supplementalGroupsPolicy": "Strict",
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "main",
                    "image": "localhost/none:1",
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                    "resources": {"limits": {"cpu": "1", "memory": "1Gi"}},
                }
            ],
            **spec,
        },
    }


def service_pod() -> dict[str, Any]:
    number = CATALOGUE["storage"].number or 0
    labels = {"sepp-host": "planck-storage", "sepp-service": "storage"}
    volumes = [
        {"name": "scratch", "persistentVolumeClaim": {"claimName": "planck-scratch"}},
        {"name": "run", "emptyDir": {}},
        {"name": "settings", "configMap": {"name": "storage"}},
        {"name": "secrets", "secret": {"secretName": "storage"}},
    ]
    return pod(labels, "storage", number, number, volumes=volumes)


def user_pod() -> dict[str, Any]:
    volumes = [
        {"name": "home", "persistentVolumeClaim": {"claimName": "planck-persistent"}},
        {"name": "repository", "persistentVolumeClaim": {"claimName": "planck-repository", "readOnly": True}},
    ]
    made = pod({"sepp-host": "planck", "sepp-user": "alice"}, "user", ALICE["user"], ALICE["group"], volumes=volumes)
    made["spec"]["securityContext"]["supplementalGroups"] = list(ALICE["groups"])
    return made


def changed(manifest: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a manifest with another value at a path; None takes away what is there."""
    made = copy.deepcopy(manifest)
    *way, last = path.split(".")
    place: Any = made
    for step in way:
        place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
    if value is None:
        del place[last]
    elif last == "+":
        place.append(value)
    else:
        place[last] = value
    return made


def registered_pods(server: Server, graph: Graph) -> dict[str, dict[str, Any]]:
    """Return by name the pods that the cluster would make for what is registered."""
    pods = {}
    for kept in (kept for _, kept in make(server, graph) if kept["kind"] in ("CronJob", "Deployment", "StatefulSet")):
        spec = kept["spec"]["jobTemplate"]["spec"] if kept["kind"] == "CronJob" else kept["spec"]
        template, name = spec["template"], kept["metadata"]["name"]
        metadata = {**template["metadata"], "name": name, "namespace": kept["metadata"]["namespace"]}
        pods[name] = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
    return pods
