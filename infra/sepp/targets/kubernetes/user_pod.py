"""A pod of a user for a while, as the hub would start her server: with her numbers, and the tiers of the mission."""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, get_args

from sepp.catalogue.identity import USERS
from sepp.deployment import TIER_PATHS, Tier
from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.reading import Api
from sepp.verify.result import CheckError

CONTAINER = "code"
_SECONDS = 180
"""Longest wait for the list of users, and for the pod."""


@contextmanager
def running(api: Api, area: str, namespace: str, user: str, image: str) -> Generator[str]:
    """Yield the name of a pod of a user, which does nothing by itself; CheckError if the cluster does not run it."""
    found: dict[str, str] = {}

    def listed() -> bool:
        found.update(api.get(f"/api/v1/namespaces/{namespace}/configmaps/{USERS}").get("data") or {})
        return user in found

    _wait(listed, f"{user} is not on the list of users of {namespace}")
    made = api.items(f"/api/v1/namespaces/{namespace}/persistentvolumeclaims")
    claims = {tier: claim for tier in get_args(Tier) if (claim := f"{area}-{tier}") in made}
    name, pods = f"sepp-code-{user}", f"/api/v1/namespaces/{namespace}/pods"
    metadata = {"name": name, "labels": {names.HOST: area, names.USER: user}}
    api.call("POST", pods, manifest(metadata, image, found[user], claims))
    try:
        _wait(
            lambda: api.get(f"{pods}/{name}")["status"].get("phase") == "Running",
            f"{name} does not run in {namespace}",
        )
        yield name
    finally:
        api.call("DELETE", f"{pods}/{name}?gracePeriodSeconds=0")


def _wait(done: Callable[[], bool], message: str) -> None:
    until = time.monotonic() + _SECONDS
    while not done():
        if time.monotonic() > until:
            raise CheckError(f"{message} after {_SECONDS} s")
        time.sleep(0.5)


def manifest(metadata: Mapping[str, Any], image: str, listed: str, claims: Mapping[Tier, str]) -> dict[str, Any]:
    """Return the pod; `listed` are the user's numbers as the list has them, `claims` are by tier."""
    uid, gid, groups = listed.split(":")
    room = {"cpu": "100m", "memory": "64Mi"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {
            "serviceAccountName": names.USERS_ACCOUNT,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "restartPolicy": "Never",
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": int(uid),
                "runAsGroup": int(gid),
                "supplementalGroups": [int(group) for group in groups.split(",") if group],
                "supplementalGroupsPolicy": "Strict",
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": CONTAINER,
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["sleep", "600"],
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "resources": {"limits": room, "requests": room},
                    "volumeMounts": [{"name": tier, "mountPath": TIER_PATHS[tier]} for tier in claims],
                }
            ],
            "volumes": [
                {"name": tier, "persistentVolumeClaim": {"claimName": claim, "readOnly": tier == "repository"}}
                for tier, claim in claims.items()
            ],
        },
    }
