"""A pod of a user, as the hub would start her server: with her numbers, and the tiers of the mission."""

import json
from collections.abc import Mapping
from typing import Any

from sepp.deployment import TIER_PATHS
from sepp.targets.kubernetes import names
from tests.kubernetes.node import Node
from tests.kubernetes.waiting import wait_until

SECONDS = 180
"""Longest wait for the lists, for her folders and for what she runs."""


def numbers_of(node: Node, namespace: str, user: str) -> tuple[int, int, list[int]]:
    """Return user, group and further groups of a user, as soon as the list of users has them."""

    def listed() -> Mapping[str, str]:
        return node.server.ask("GET", f"/api/v1/namespaces/{namespace}/configmaps/users").get("data", {})

    wait_until(lambda: user in listed(), SECONDS)
    uid, gid, groups = listed()[user].split(":")
    return int(uid), int(gid), [int(group) for group in groups.split(",") if group]


def run_as(node: Node, namespace: str, mission: str, user: str, image: str, code: str) -> Any:
    """Run Python code in a pod of a user, and return what it printed, which is JSON."""
    uid, gid, groups = numbers_of(node, namespace, user)
    labels = {names.HOST: mission, names.USER: user}
    rights = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    room = {"cpu": "100m", "memory": "64Mi"}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"server-{user}", "namespace": namespace, "labels": labels},
        "spec": {
            "serviceAccountName": names.USERS_ACCOUNT,
            "automountServiceAccountToken": False,
            "restartPolicy": "Never",
            "securityContext": {
                "runAsUser": uid,
                "runAsGroup": gid,
                "supplementalGroups": groups,
                "supplementalGroupsPolicy": "Strict",
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "server",
                    "image": image,
                    "imagePullPolicy": "Never",
                    "command": ["python3", "-c", code],
                    "securityContext": rights,
                    "resources": {"limits": room, "requests": room},
                    "volumeMounts": [{"name": tier, "mountPath": path} for tier, path in TIER_PATHS.items()],
                }
            ],
            "volumes": [{"name": tier, "persistentVolumeClaim": _claim(mission, tier)} for tier in TIER_PATHS],
        },
    }
    path = node.server.path(pod)
    node.server.create(pod)
    try:

        def phase() -> str:
            return node.server.ask("GET", f"{path}/server-{user}")["status"].get("phase", "")

        wait_until(lambda: phase() in ("Succeeded", "Failed"), SECONDS, lambda: "\n".join(node.said(namespace)))
        # Each line begins with a time, the stream and a flag (https://github.com/kubernetes/design-proposals-archive).
        lines = [line.split(" ", 3)[3] for line in node.logs(namespace, f"server-{user}")]
        assert phase() == "Succeeded", lines
        return json.loads(lines[-1])
    finally:
        node.server.ask("DELETE", f"{path}/server-{user}", gracePeriodSeconds="0")


def _claim(mission: str, tier: str) -> dict[str, Any]:
    return {"claimName": f"{mission}-{tier}", "readOnly": tier == "repository"}
