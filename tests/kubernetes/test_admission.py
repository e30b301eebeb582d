"""What a real API server lets into the platform's namespaces: pods as whom the lists name, and within their quotas."""

from dataclasses import replace
from typing import Any

import pytest

from sepp.catalogue import CATALOGUE
from tests.kubernetes.admission import (
    NAMESPACE,
    POLICY_SECONDS,
    await_policies,
    changed,
    pod,
    refusal,
    registered_pods,
    service_pod,
    user_pod,
)
from tests.kubernetes.making import make, manifests
from tests.kubernetes.server import RefusedError
from tests.kubernetes.waiting import wait_until


def test_pods_as_they_are_on_the_lists_are_let_in(server, judged):
    assert refusal(server, service_pod()) == ""
    assert refusal(server, user_pod()) == ""


def test_pods_of_services_are_let_in_as_they_are_registered(server, judged):
    pods = registered_pods(server, judged)
    services = {"cas", "directory", "hub", "hub-server", "identity", "portal", "proxy", "storage"}
    assert set(pods) == {*services, "storage-audit", "storage-purge"}
    assert {refusal(server, made) for made in pods.values()} == {""}


def test_only_a_services_own_data_are_given_to_its_group(server, judged):
    directory, other = registered_pods(server, judged)["directory"], CATALOGUE["portal"].number
    assert "fsGroup is for" in refusal(server, changed(directory, f"{OWN}.fsGroup", other))
    assert "fsGroup is for" in refusal(server, changed(service_pod(), f"{OWN}.fsGroup", CATALOGUE["storage"].number))


OWN = "spec.securityContext"
CONTAINER = "spec.containers.0"
MORE = {"name": "more", "image": "localhost/none:1", **user_pod()["spec"]["containers"][0]}
HOST_PATH = {"name": "more", "hostPath": {"path": "/srv"}}
TOKEN = {"name": "more", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}


@pytest.mark.parametrize("make_pod", [service_pod, user_pod])
@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{OWN}.runAsUser", 0),
        (f"{OWN}.runAsUser", 20002),
        (f"{OWN}.runAsUser", None),
        (f"{OWN}.runAsGroup", 20101),
        (f"{OWN}.runAsGroup", None),
        (f"{OWN}.supplementalGroups", [20102]),
        (f"{OWN}.supplementalGroupsPolicy", "Merge"),
        (f"{OWN}.supplementalGroupsPolicy", None),
        (f"{OWN}.supplementalGroups", [20100, 0]),
        (f"{OWN}.fsGroup", 20100),
        (f"{CONTAINER}.securityContext.runAsUser", 20002),
        (f"{CONTAINER}.securityContext.runAsGroup", 20002),
        (f"{CONTAINER}.securityContext.runAsGroup", 0),
        (f"{CONTAINER}.securityContext.allowPrivilegeEscalation", True),
        (f"{CONTAINER}.securityContext.allowPrivilegeEscalation", None),
        (f"{CONTAINER}.securityContext.capabilities", None),
        (f"{CONTAINER}.securityContext.capabilities.drop", ["CHOWN"]),
        (f"{CONTAINER}.securityContext.capabilities.add", ["DAC_OVERRIDE"]),
        (f"{CONTAINER}.securityContext.seccompProfile", {"type": "Unconfined"}),
        (f"{OWN}.seccompProfile", None),
        ("spec.initContainers", [{**MORE, "securityContext": {**MORE["securityContext"], "runAsUser": 20002}}]),
        (OWN, None),
        ("metadata.labels", None),
        ("metadata.labels", {}),
        ("spec.serviceAccountName", "hub"),
        ("spec.volumes.+", HOST_PATH),
        ("spec.volumes.+", TOKEN),
        ("spec.volumes.+", {"name": "more", "nfs": {"server": "10.0.0.1", "path": "/"}}),
        ("spec.volumes.+", {"name": "more", "csi": {"driver": "secrets-store.csi.k8s.io"}}),
        ("spec.hostNetwork", True),
        (f"{CONTAINER}.securityContext.privileged", True),
    ],
)
def test_who_asks_to_be_somebody_else_or_for_more_is_refused(server, judged, make_pod, path, value):
    assert refusal(server, changed(make_pod(), path, value))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("metadata.labels.sepp-user", "bob", "names nobody of this namespace"),
        ("metadata.labels.sepp-service", "hub", "the label of the mission's host, and of no service"),
        ("metadata.labels.sepp-host", "planck-storage", "the label of the mission's host, and of no service"),
        ("spec.volumes.0.persistentVolumeClaim.claimName", "planck-hub", "a claim that is no tier"),
        ("spec.volumes.1.persistentVolumeClaim.readOnly", None, "has the repository not read-only"),
        ("spec.volumes.+", {"name": "more", "secret": {"secretName": "hub"}}, "a volume of another kind"),
        (f"{CONTAINER}.envFrom", [{"secretRef": {"name": "hub"}}], "reads a secret"),
        (
            f"{CONTAINER}.env",
            [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "token"}}}],
            "reads a secret",
        ),
    ],
)
def test_a_users_server_gets_no_more_than_her_own(server, judged, path, value, words):
    assert words in refusal(server, changed(user_pod(), path, value))


def test_only_a_service_with_rights_may_speak_to_the_cluster(server, judged):
    number = CATALOGUE["hub"].number or 0
    hub = pod({"sepp-host": "planck", "sepp-service": "hub"}, "hub", number, number, automountServiceAccountToken=True)
    assert refusal(server, hub) == ""
    assert "a volume of another kind" in refusal(
        server, changed(service_pod(), "spec.automountServiceAccountToken", True)
    )


AS_ROOT = {
    "runAsUser": 0,
    "runAsGroup": 0,
    "runAsNonRoot": False,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"], "add": ["CHOWN", "DAC_OVERRIDE"]},
}


def test_only_what_keeps_the_tiers_has_a_container_of_root(server, judged):
    def as_root(manifest: dict[str, Any], **more: Any) -> str:
        return refusal(server, changed(manifest, f"{CONTAINER}.securityContext", {**AS_ROOT, **more}))

    identity = registered_pods(server, judged)["identity"]
    assert as_root(service_pod()) == ""
    assert "has to run as the user on the list" in as_root(user_pod())
    assert "has to run as the user on the list" in as_root(identity)
    assert "SYS_ADMIN" in as_root(service_pod(), capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN"]})
    assert "has to drop all rights" in as_root(service_pod(), capabilities={"add": ["CHOWN"]})


def test_a_service_that_may_start_pods_starts_no_service(server, judged):
    """Else the hub could be root, or the one that says who the users are."""
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    given = server.ask("POST", f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/hub/token", request)
    hub = replace(server, headers={"Authorization": f"Bearer {given['status']['token']}"})
    assert refusal(hub, user_pod()) == ""
    assert "services are started by the cluster" in refusal(hub, service_pod())
    assert "services are started by the cluster" in refusal(hub, registered_pods(server, judged)["identity"])


def test_no_container_of_another_user_is_added_later(server, altered):
    server.create(user_pod())
    try:
        path = f"{server.path(user_pod())}/tried"
        debug = {**MORE, "name": "debug", "securityContext": {**MORE["securityContext"], "runAsUser": 20002}}
        debug.pop("resources")
        patch = {"spec": {"ephemeralContainers": [debug]}}
        with pytest.raises(RefusedError, match="has to run as the user on the list"):
            server.ask("PATCH", f"{path}/ephemeralcontainers", patch, "application/strategic-merge-patch+json")
        with pytest.raises(RefusedError, match="names nobody of this namespace"):
            labels = {"metadata": {"labels": {"sepp-user": "bob"}}}
            server.ask("PATCH", path, labels, "application/merge-patch+json")
    finally:
        server.ask("DELETE", path, gracePeriodSeconds="0")


def test_without_a_list_of_users_no_server_of_one_starts(server, altered):
    server.ask("DELETE", f"/api/v1/namespaces/{NAMESPACE}/configmaps/users")
    wait_until(lambda: refusal(server, user_pod()), POLICY_SECONDS)
    assert refusal(server, service_pod()) == ""


def test_lists_are_followed_also_after_the_platform_was_away(server, altered):
    away = {(NAMESPACE, "services"), ("", "sepp-judged-services"), ("", "sepp-judged-users")}
    for manifest in manifests(altered):
        metadata = manifest["metadata"]
        if (metadata.get("namespace", ""), metadata["name"]) in away and manifest["kind"] != "PriorityClass":
            server.ask("DELETE", f"{server.path(manifest)}/{metadata['name']}")
    wrong = changed(service_pod(), "spec.securityContext.runAsUser", 4242)
    wait_until(lambda: refusal(server, wrong) == "", POLICY_SECONDS)
    make(server, altered)
    await_policies(server)
    wait_until(lambda: refusal(server, service_pod()) == "", POLICY_SECONDS, lambda: refusal(server, service_pod()))


def test_one_pod_gets_no_more_than_the_largest_actor(server, judged):
    assert "maximum memory usage" in refusal(server, changed(user_pod(), f"{CONTAINER}.resources.limits.memory", "8Gi"))


def test_the_quota_of_the_namespace_holds(server, altered):
    wanted = {"limits": {"cpu": "2", "memory": "4Gi"}}
    made = []
    try:
        for number in range(10):
            large = changed(changed(user_pod(), f"{CONTAINER}.resources", wanted), "metadata.name", f"s{number}")
            try:
                made.append(server.create(large))
            except RefusedError as error:
                assert "exceeded quota: area" in str(error)
                break
        assert len(made) == 1
    finally:
        for each in made:
            path = f"/api/v1/namespaces/{NAMESPACE}/pods/{each['metadata']['name']}"
            server.ask("DELETE", path, gracePeriodSeconds="0")


def test_no_way_in_is_opened_beside_the_entrance(server, judged):
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "door", "namespace": NAMESPACE},
        "spec": {"type": "NodePort", "ports": [{"port": 80}]},
    }
    assert "exceeded quota" in refusal(server, service)
    assert refusal(server, changed(service, "spec.type", "ClusterIP")) == ""
