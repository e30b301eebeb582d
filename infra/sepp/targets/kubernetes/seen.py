"""What was seen of a namespace, and what it says of those that are not ready: the cluster's own reasons. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Manifest = Mapping[str, Any]

READY = "ready"
_STARTING = ("ContainerCreating", "PodInitializing")
"""Reasons of waiting that say nothing."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a namespace has, by name; `workloads` are StatefulSets and Deployments, which have no name in common."""

    workloads: Mapping[str, Manifest] = field(default_factory=dict[str, Manifest])
    jobs: Mapping[str, Manifest] = field(default_factory=dict[str, Manifest])
    pods: Mapping[str, Manifest] = field(default_factory=dict[str, Manifest])
    claims: Mapping[str, Manifest] = field(default_factory=dict[str, Manifest])
    events: Sequence[Manifest] = ()

    def told(self, kind: str, name: str) -> str | None:
        """Return what the cluster warned of last about something; None if of nothing."""
        own = [
            event
            for event in self.events
            if (event["involvedObject"].get("kind"), event["involvedObject"].get("name")) == (kind, name)
            and event.get("type") == "Warning"
        ]
        newest = max(own, key=lambda event: event.get("lastTimestamp") or event.get("eventTime") or "", default=None)
        return f"{newest['reason']}: {newest.get('message', '').strip()}" if newest else None

    def unbound(self, claim: str) -> str | None:
        """Return what is wrong with a claim that has no volume; None if it has one."""
        found = self.claims.get(claim)
        if found is None:
            return "is not there"
        phase = found["status"].get("phase")
        told = self.told("PersistentVolumeClaim", claim)
        return None if phase == "Bound" else f"is {phase}, not bound to a volume{f': {told}' if told else ''}"


def stands(seen: Seen, name: str) -> str:
    """Return `ready` if the pods of a workload are as it says and ready, else why not."""
    workload = seen.workloads.get(name)
    if workload is None:
        return "is not there"
    if _rolled_out(workload):
        return READY
    return "; ".join(dict.fromkeys(_reasons(seen, workload))) or "starts"


def _rolled_out(workload: Manifest) -> bool:
    status: Manifest = workload.get("status") or {}
    wanted = workload["spec"]["replicas"]
    counts = {status.get(kind) for kind in ("replicas", "updatedReplicas", "readyReplicas")}
    return status.get("observedGeneration", 0) >= workload["metadata"]["generation"] and counts == {wanted}


def _reasons(seen: Seen, workload: Manifest) -> Iterator[str]:
    """Give what is said of a workload: of its pods that are to stay, then of those that it could not make."""
    wanted = workload["spec"]["selector"]["matchLabels"]
    for pod_name, pod in seen.pods.items():
        labels: Manifest = pod["metadata"].get("labels") or {}
        if wanted.items() <= labels.items() and "deletionTimestamp" not in pod["metadata"]:
            yield from (f"{pod_name}: {said}" for said in _of_pod(seen, pod_name, pod))
    yield from (
        each["message"]
        for each in workload.get("status", {}).get("conditions") or ()
        if (each["type"], each["status"]) == ("ReplicaFailure", "True")
    )
    told = seen.told("StatefulSet", workload["metadata"]["name"])
    if told:
        yield told


def _of_pod(seen: Seen, name: str, pod: Manifest) -> Iterator[str]:
    status: Manifest = pod.get("status") or {}
    volumes: Sequence[Manifest] = pod.get("spec", {}).get("volumes") or ()
    claims: list[str] = [
        each["persistentVolumeClaim"]["claimName"] for each in volumes if "persistentVolumeClaim" in each
    ]
    for claim in claims:
        if told := seen.unbound(claim):
            yield f"its claim {claim} {told}"
    for each in status.get("conditions") or ():
        if (each["type"], each["status"]) == ("PodScheduled", "False"):
            yield f"finds no place: {each.get('message') or each.get('reason')}"
    containers: Sequence[Manifest] = status.get("containerStatuses") or ()
    yield from (said for each in containers for said in _of_container(each))
    told = seen.told("Pod", name)
    if told and not all(each.get("ready") for each in containers or ({},)):
        yield told


def _of_container(status: Manifest) -> Iterator[str]:
    waiting: Manifest = status.get("state", {}).get("waiting") or {}
    ended: Manifest = status.get("lastState", {}).get("terminated") or status["state"].get("terminated") or {}
    if waiting and waiting.get("reason") not in _STARTING:
        yield f"{status['name']} waits: {waiting.get('reason')}: {waiting.get('message', '')}".rstrip(": ")
    if ended and not status.get("ready"):
        yield f"{status['name']} ended with exit code {ended.get('exitCode')} ({ended.get('reason')})"
