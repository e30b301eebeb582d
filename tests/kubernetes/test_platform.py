"""A real API server judges what the program registers, and what it lets into the platform's namespaces then."""

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sepp.catalogue import CATALOGUE
from sepp.catalogue.service import Size
from sepp.config.load import load
from sepp.config.units import GIB
from sepp.engine.paths import ROOT
from sepp.plan import plan
from sepp.targets.kubernetes.commands import Pods
from sepp.targets.kubernetes.health import checks
from sepp.targets.kubernetes.preflight import lacks
from sepp.targets.kubernetes.reading import read
from sepp.verify.result import CheckError
from tests.generate import write_missions
from tests.graph import Graph, register_in_cluster
from tests.kubernetes.making import count_quotas, make, manifests
from tests.kubernetes.server import ADMIN, NOBODY, RefusedError, Server
from tests.kubernetes.waiting import wait_until

NAMESPACE = "sepp-judged-planck"
ALICE = {"user": 20001, "group": 20001, "groups": [20100, 20101]}
POLICY_SECONDS = 20


def holds(part: Any, whole: Any) -> bool:
    """Tell whether everything of a manifest is in another, with the same values."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and holds(part[key], whole[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and len(part) == len(whole) and all(map(holds, part, whole))
    return part == whole


@pytest.fixture(scope="module")
def register(settings, make_platform):
    def run(*missions: Any, name: str, port: int = 443, **changes: Any) -> Graph:
        platform = make_platform(
            domain="sepp.site.example",
            port=port,
            missions=tuple(mission.mission for mission in missions),
            kubernetes={**settings, **changes},
        )
        with pytest.MonkeyPatch.context() as changed:
            return register_in_cluster(plan(platform, missions, name=name, target="kubernetes"), changed)

    return run


@pytest.fixture(scope="module")
def judged(server, register, planck) -> Graph:
    """A platform that is made, with one user on the list."""
    graph = register(planck, name="judged")
    _settle(server, graph)
    return graph


@pytest.fixture
def altered(server, judged):
    """The same, for a test that leaves it other than it was."""
    yield judged
    _settle(server, judged)


def _settle(server: Server, graph: Graph) -> None:
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
    _await_policies(server)
    wait_until(lambda: not refusal(server, user_pod()), POLICY_SECONDS, lambda: refusal(server, user_pod()))


def _await_policies(server: Server) -> None:
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


@pytest.mark.parametrize(
    ("port", "changes"),
    [
        (443, {}),
        (30443, {"entrance": {"kind": "node_port"}, "prefix": "science"}),
        (
            443,
            {"entrance": {"kind": "ingress", "class_name": "nginx", "secret": "tls"}, "dns": {"address": "10.0.0.9"}},
        ),
        (443, {"storage_class": None, "data_class": None, "access_mode": "ReadWriteOnce"}),
    ],
)
def test_the_cluster_takes_everything_as_it_is_registered(server, register, planck, port, changes):
    """What it keeps is what was said, in the very words: else each `up` would find a difference."""
    name = f"taken-{len(json.dumps(changes))}"
    graph = register(planck, name=name, port=port, **changes)
    for manifest, kept in make(server, graph):
        assert holds(manifest, kept), (manifest, kept)
    before = [kept["metadata"]["resourceVersion"] for _, kept in make(server, graph)]
    assert [kept["metadata"]["resourceVersion"] for _, kept in make(server, graph)] == before


def test_the_example_is_taken(server, monkeypatch):
    platform, missions = load(ROOT / "stacks/kubernetes/Pulumi.example.yaml", ROOT / "mission_configs")
    graph = register_in_cluster(plan(platform, missions, name="example", target="kubernetes"), monkeypatch)
    assert all(holds(manifest, kept) for manifest, kept in make(server, graph))


def test_a_generated_platform_is_taken(server, settings, tmp_path: Path, monkeypatch):
    names = write_missions(tmp_path, 10)
    config = {"sepp:domain": "sepp.site.example", "sepp:missions": names, "sepp:kubernetes": settings}
    (tmp_path / "Pulumi.many.yaml").write_text(json.dumps({"config": config}))
    platform, missions = load(tmp_path / "Pulumi.many.yaml", tmp_path)
    graph = register_in_cluster(plan(platform, missions, name="many", target="kubernetes"), monkeypatch)
    assert all(holds(manifest, kept) for manifest, kept in make(server, graph))


def test_pods_as_they_are_on_the_lists_are_let_in(server, judged):
    assert refusal(server, service_pod()) == ""
    assert refusal(server, user_pod()) == ""


def registered_pods(server: Server, graph: Graph) -> dict[str, dict[str, Any]]:
    """Return by name the pods that the cluster would make for what is registered."""
    pods = {}
    for kept in (kept for _, kept in make(server, graph) if kept["kind"] in ("CronJob", "Deployment", "StatefulSet")):
        spec = kept["spec"]["jobTemplate"]["spec"] if kept["kind"] == "CronJob" else kept["spec"]
        template, name = spec["template"], kept["metadata"]["name"]
        metadata = {**template["metadata"], "name": name, "namespace": kept["metadata"]["namespace"]}
        pods[name] = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
    return pods


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
    _await_policies(server)
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


@pytest.mark.parametrize(
    ("account", "namespace", "verb", "resource", "allowed"),
    [
        ("hub", NAMESPACE, "create", "pods", True),
        ("hub", NAMESPACE, "get", "secrets", False),
        ("hub", NAMESPACE, "patch", "configmaps", False),
        ("identity", NAMESPACE, "patch", "configmaps", False),
        ("identity", NAMESPACE, "patch", "configmaps/users", True),
        ("identity", NAMESPACE, "patch", "configmaps/services", False),
        ("identity", NAMESPACE, "create", "configmaps", False),
        ("identity", "sepp-judged-core", "patch", "configmaps/users", False),
        ("hub", "sepp-judged-core", "create", "pods", False),
        ("storage", NAMESPACE, "list", "pods", False),
        ("user", NAMESPACE, "list", "pods", False),
    ],
)
def test_accounts_have_the_rights_of_the_program_and_no_others(
    server, judged, account, namespace, verb, resource, allowed
):
    kind, _, name = resource.partition("/")
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": f"system:serviceaccount:{NAMESPACE}:{account}",
            "groups": ["system:serviceaccounts", f"system:serviceaccounts:{NAMESPACE}"],
            "resourceAttributes": {"namespace": namespace, "verb": verb, "resource": kind, "name": name},
        },
    }
    answer = server.ask("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
    assert answer["status"].get("allowed", False) is allowed


def test_what_the_cluster_lacks_is_read_and_told(server, judged):
    deployment = judged.deployment
    cluster = read(deployment, deployment.platform.kubernetes)
    assert cluster.pod_security
    assert not cluster.refused
    assert cluster.owners[f"namespaces {NAMESPACE}"] == "judged"
    assert cluster.claims[NAMESPACE, "planck-scratch"].storage_class == "shared"
    found = list(lacks(deployment, deployment.platform.kubernetes, cluster))
    assert [line.split(" (")[0].split(":")[0] for line in found] == [
        "storage class 'block'",
        "storage class 'shared'",
        "the DNS to which pods may connect",
    ]


def test_the_room_of_nodes_that_take_pods_is_read(server, judged):
    kept = [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]
    room = {"cpu": "3920m", "memory": "7Gi"}
    strict = {"features": {"supplementalGroupsPolicy": True}}
    specs = {"takes": {}, "old": {}, "drained": {"unschedulable": True}, "kept": {"taints": kept}}
    try:
        for name, spec in specs.items():
            server.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}})
            # A new node is not ready, which is a taint until its kubelet says more.
            for path, part in {
                "": {"spec": {"taints": None, **spec}},
                "/status": {"status": {"allocatable": room, **(strict if name == "takes" else {})}},
            }.items():
                server.ask("PATCH", f"/api/v1/nodes/{name}{path}", part, "application/merge-patch+json")
        cluster = read(judged.deployment, judged.deployment.platform.kubernetes)
    finally:
        for name in specs:
            server.ask("DELETE", f"/api/v1/nodes/{name}")
    assert cluster.nodes == (Size(cpu=3.92, memory=7 * GIB),) * 2
    assert cluster.merging_nodes == ("old",)


def test_an_operator_without_rights_is_told_each(register, server, judged, planck):
    deployment = register(planck, name="judged", context=NOBODY).deployment
    cluster = read(deployment, deployment.platform.kubernetes)
    found = list(lacks(deployment, deployment.platform.kubernetes, cluster))
    assert found[0].startswith("the right to create, delete, get, list, patch namespaces") or len(found) > 10
    assert "the right to create, delete, get, patch networkpolicies.networking.k8s.io" in found
    assert not [line for line in found if line.startswith("storage class")]


def test_names_that_another_platform_has_are_told(register, server, judged, planck):
    deployment = register(planck, name="other", prefix="sepp-judged").deployment
    found = list(lacks(deployment, deployment.platform.kubernetes, read(deployment, deployment.platform.kubernetes)))
    assert "the name 'sepp-judged-core' of namespaces: the platform 'judged' has it; set another 'prefix'" in found


def test_the_tests_server_is_asked_as_the_settings_say(settings):
    assert settings["context"] == ADMIN


def test_what_does_not_run_is_told_by_its_name(judged):
    """There is no node, so nothing does."""
    deployment = judged.deployment
    settings = deployment.platform.kubernetes
    told = {(each.group, each.name): each.detail for each in checks(deployment, settings) if not each.passed}
    assert told["services", "core: directory"] == "starts"
    assert told["services", "planck: hub-server"] == "starts"
    assert told["claims", "planck-scratch"] == "is Pending, not bound to a volume"
    pods = Pods(deployment=deployment, settings=settings)
    assert pods.run("core", "true").stderr == "no pod of directory runs in sepp-judged-core"
    with pytest.raises(CheckError, match="no hub runs in sepp-judged-planck"):
        pods.as_user("planck", "alice", "print(1)")
