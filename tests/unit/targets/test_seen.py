"""What is told of services that are not ready, from what a cluster says."""

from typing import Any

import pytest

from sepp.targets.kubernetes.seen import READY, Seen, stands

LABELS = {"sepp-service": "cas", "sepp-part": "service"}


def workload(*, seen: int = 2, conditions: tuple[dict[str, str], ...] = (), **status: int) -> dict[str, Any]:
    """Return a workload of one pod, in its second form."""
    counts = {"replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, **status}
    return {
        "metadata": {"name": "cas", "generation": 2},
        "spec": {"replicas": 1, "selector": {"matchLabels": LABELS}},
        "status": {"observedGeneration": seen, **counts, "conditions": [*conditions]},
    }


def pod(*containers: dict[str, Any], conditions: tuple[dict[str, str], ...] = ()) -> dict[str, Any]:
    return {
        "metadata": {"name": "cas-0", "labels": {**LABELS, "hash": "1"}},
        "status": {"containerStatuses": [*containers], "conditions": [*conditions]},
    }


def container(ready: bool = False, state: dict[str, Any] | None = None, before: dict[str, Any] | None = None) -> Any:
    return {"name": "cas", "ready": ready, "state": state or {"running": {}}, "lastState": before or {}}


def event(kind: str, name: str, message: str, at: str = "2026-01-01T00:00:00Z", of: str = "Warning") -> dict[str, Any]:
    involved = {"kind": kind, "name": name}
    return {"involvedObject": involved, "type": of, "reason": "Failed", "message": message, "lastTimestamp": at}


def told(*events: dict[str, Any], of: dict[str, Any] | None = None, **pods: dict[str, Any]) -> str:
    return stands(Seen(workloads={"cas": of or workload(readyReplicas=0)}, pods=pods, events=events), "cas")


def test_a_workload_is_ready_once_its_pods_are_as_it_says():
    assert told(of=workload()) == READY


@pytest.mark.parametrize("status", [{"seen": 1}, {"readyReplicas": 0}, {"updatedReplicas": 0}, {"replicas": 2}])
def test_a_workload_whose_pods_are_being_replaced_is_not_ready(status):
    assert told(of=workload(**status)) == "starts"


def test_what_was_not_made_is_told():
    assert stands(Seen(), "cas") == "is not there"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (
            container(state={"waiting": {"reason": "ErrImagePull", "message": "sepp-cas:1: not found"}}),
            "pod: cas waits: ErrImagePull: sepp-cas:1: not found",
        ),
        (container(state={"waiting": {"reason": "ContainerCreating"}}), "starts"),
        (
            container(
                state={"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}},
                before={"terminated": {"exitCode": 1, "reason": "Error"}},
            ),
            "pod: cas waits: CrashLoopBackOff: back-off 10s; pod: cas ended with exit code 1 (Error)",
        ),
        (
            container(before={"terminated": {"exitCode": 137, "reason": "OOMKilled"}}),
            "pod: cas ended with exit code 137 (OOMKilled)",
        ),
        (container(), "starts"),
    ],
)
def test_what_a_container_waits_for_is_told(state, words):
    assert told(pod=pod(state)) == words


def test_a_pod_that_finds_no_place_is_told_with_the_clusters_reason():
    where = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available: pod has unbound claims."}
    assert told(pod=pod(conditions=(where,))) == f"pod: finds no place: {where['message']}"


def test_a_claim_without_a_volume_is_told_with_the_pod_that_waits_for_it():
    waits = pod()
    waits["spec"] = {"volumes": [{"name": "tmp"}, {"name": "data", "persistentVolumeClaim": {"claimName": "cas-data"}}]}
    state = Seen(
        workloads={"cas": workload(readyReplicas=0)},
        pods={"cas-0": waits},
        claims={"cas-data": {"status": {"phase": "Pending"}}},
        events=(event("PersistentVolumeClaim", "cas-data", "no room in the pool"),),
    )
    assert stands(state, "cas") == (
        "cas-0: its claim cas-data is Pending, not bound to a volume: Failed: no room in the pool"
    )
    gone = Seen(workloads=state.workloads, pods=state.pods)
    assert stands(gone, "cas") == "cas-0: its claim cas-data is not there"


def test_pods_that_the_cluster_refuses_are_told():
    refused = {"type": "ReplicaFailure", "status": "True", "message": 'pods "cas" is forbidden: exceeded quota'}
    assert told(of=workload(readyReplicas=0, conditions=(refused,))) == refused["message"]
    assert told(event("StatefulSet", "cas", "is forbidden")) == "Failed: is forbidden"


def test_the_last_warning_about_a_pod_is_told():
    events = (
        event("Pod", "pod", "later", at="2026-01-02T00:00:00Z"),
        event("Pod", "pod", "earlier"),
        event("Pod", "pod", "no warning", at="2026-01-03T00:00:00Z", of="Normal"),
        event("Pod", "other", "another's", at="2026-01-03T00:00:00Z"),
    )
    assert told(*events, pod=pod(container())) == "pod: Failed: later"
    assert told(*events, pod=pod(container(ready=True))) == "starts"


def test_pods_that_go_and_pods_of_others_say_nothing():
    waits = container(state={"waiting": {"reason": "ErrImagePull"}})
    going, other = pod(waits), pod(waits)
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    other["metadata"]["labels"]["sepp-service"] = "portal"
    assert told(going=going, other=other) == "starts"
