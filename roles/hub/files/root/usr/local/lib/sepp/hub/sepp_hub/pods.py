"""Servers as pods of a cluster, each with the numbers of its user: a policy of the cluster refuses all others."""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from kubernetes_asyncio.client.rest import ApiException
from kubespawner import KubeSpawner

from sepp_hub.settings import EVERYONE, Limits, Pods, Share
from sepp_hub.spawner import VARIABLES, NotStartedError, UnknownUserError

SERVE = "/usr/local/lib/sepp/spawn/serve"
RUNTIME = "/run/server"
TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108
SURE_CORES, SURE_BYTES = 0.1, 256 * 1024 * 1024
"""What a server always gets; up to its limits it has what others leave, as on hosts."""
LISTED_WITHIN = 120
"""Seconds that a cluster may take to bring a new user's name into the hub's pod."""
_REFUSED = 403


class PodSpawner(KubeSpawner):
    """Starts a pod for each server."""

    pods: ClassVar[Pods]
    shares: ClassVar[Mapping[str, Share]]

    @classmethod
    def configured(cls, pods: Pods, shares: Sequence[Share]) -> type["PodSpawner"]:
        """Return the spawner of one hub."""
        return type("PodSpawner", (cls,), {"pods": pods, "shares": {share.account: share for share in shares}})

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        pods = self.pods
        self.namespace, self.image, self.image_pull_policy = pods.namespace, pods.image, "IfNotPresent"
        self.cmd, self.pod_name_template = [SERVE], "server-{user_server}"
        self.port = pods.port
        self.service_account, self.automount_service_account_token = pods.account, False
        self.priority_class_name = pods.priority
        self.extra_labels = {pods.host_label: pods.host, pods.user_label: self.user.name if self.user else ""}
        self.allow_privilege_escalation = False
        self.container_security_context = {"capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
        self.extra_pod_config = {
            "enableServiceLinks": False,
            "restartPolicy": "Never",
            "hostAliases": [{"ip": address, "hostnames": names} for address, names in pods.public_names.items()],
        }
        self.cpu_guarantee, self.mem_guarantee = SURE_CORES, SURE_BYTES
        # Servers have the mission's claims, and none of their own.
        self.delete_pvc = False
        volumes = [*_volumes(pods)]
        self.volumes = [volume for volume, _ in volumes]
        self.volume_mounts = [mount for _, mounts in volumes for mount in mounts]

    async def start(self) -> Any:
        """Start the server; NotStartedError says why the cluster does not want it."""
        uid, gid, groups = await self._numbers()
        limits = self._limits()
        if sum(spawner.active for spawner in self.user.spawners.values()) > limits.servers:
            raise NotStartedError(f"You have {limits.servers} running server(s) already, which is your limit.")
        self.cpu_limit, self.mem_limit = limits.cpu, limits.memory
        self.pod_security_context = {
            "runAsNonRoot": True,
            "runAsUser": uid,
            "runAsGroup": gid,
            "supplementalGroups": groups,
            "supplementalGroupsPolicy": "Strict",
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        try:
            return await super().start()
        except ApiException as error:
            if error.status != _REFUSED:
                raise
            message = json.loads(error.body).get("message", "no reason is given")
            raise NotStartedError(f"Your server was not started: the cluster says: {message}") from error

    def get_env(self) -> dict[str, str]:
        """Return what the hub says, and what the helper says on hosts."""
        share = self.shares.get(self.user.name)
        home = f"/share/{share.name}" if share else f"/home/{self.user.name}"
        limits = self._limits()
        said = {name: value for name, value in super().get_env().items() if name.startswith(VARIABLES)}
        return {
            **said,
            "CPU_LIMIT": str(limits.cpu),
            "MEM_LIMIT": str(limits.memory),
            "OMP_NUM_THREADS": str(max(1, int(limits.cpu))),
            "LANG": "C.UTF-8",
            "HOME": home,
            "USER": self.user.name,
            "LOGNAME": self.user.name,
            "JUPYTER_RUNTIME_DIR": f"{RUNTIME}/runtime",
            **({"SEPP_SHARE": home} if share else {}),
        }

    async def _numbers(self) -> tuple[int, int, list[int]]:
        """Return user, group and further groups, as the list says by which the cluster judges the pod."""
        file = Path(self.pods.numbers) / self.user.name
        until = time.monotonic() + LISTED_WITHIN
        while not file.exists():
            if time.monotonic() > until:
                raise UnknownUserError("You may not use this mission, or your account is not known here yet.")
            await asyncio.sleep(2)
        uid, gid, groups = file.read_text().split(":")
        return int(uid), int(gid), [int(group) for group in groups.split(",") if group]

    def _limits(self) -> Limits:
        """Return the widest limits of the actors that the user is, or of those who work in the share."""
        share = self.shares.get(self.user.name)
        groups = {*share.groups} if share else {group.name for group in self.user.groups}
        mine = [actor for actor in self.pods.actors if {EVERYONE, *groups} & {*actor.groups}]
        if not mine:
            raise NotStartedError("You are in no group that may use this mission.")
        return Limits(
            groups=tuple(sorted(groups)),
            cpu=max(actor.cpu for actor in mine),
            memory=max(actor.memory for actor in mine),
            servers=1 if share else max(actor.servers for actor in mine),
        )


def _volumes(pods: Pods) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Give each volume with where it is mounted."""
    for path, claim in pods.claims.items():
        only_read = path in pods.read_only
        source = {"claimName": claim, "readOnly": only_read}
        yield (
            {"name": claim, "persistentVolumeClaim": source},
            [{"name": claim, "mountPath": path, "readOnly": only_read}],
        )
    for name, paths in {"runtime": (RUNTIME,), "temporary": TEMPORARY}.items():
        yield {"name": name, "emptyDir": {}}, [{"name": name, "mountPath": path} for path in paths]
    mount = {"name": "names", "mountPath": pods.names_at, "readOnly": True}
    yield {"name": "names", "configMap": {"name": pods.names}}, [mount]
    config_map, key, path = pods.trusted
    mount = {"name": "trusted", "mountPath": path, "subPath": key, "readOnly": True}
    yield {"name": "trusted", "configMap": {"name": config_map, "items": [{"key": key, "path": key}]}}, [mount]
