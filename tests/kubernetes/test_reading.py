"""What is read of a real cluster, and told of what lacks, is refused or does not run."""

import pytest

from sepp.catalogue.service import Size
from sepp.config.kubernetes import Entrance, KeptSecrets
from sepp.config.units import GIB
from sepp.targets.kubernetes.cluster import Listener
from sepp.targets.kubernetes.commands import Pods
from sepp.targets.kubernetes.health import checks
from sepp.targets.kubernetes.preflight import lacks
from sepp.targets.kubernetes.reading import read
from sepp.verify.result import CheckError
from tests.kubernetes.admission import NAMESPACE
from tests.kubernetes.server import ADMIN, NOBODY


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


def test_issuers_of_certificates_are_read(judged, issuer):
    assert read(judged.deployment, judged.deployment.platform.kubernetes).issuers == {issuer}


def test_what_a_gateway_offers_is_read(judged, gateway):
    settings, entrance = judged.deployment.platform.kubernetes, Entrance(kind="gateway", gateway=gateway)
    cluster = read(judged.deployment, settings.model_copy(update={"entrance": entrance}))
    assert cluster.gateway_kinds >= {"backendtlspolicies", "httproutes"}
    assert cluster.listeners == {"https": Listener(protocol="HTTPS", routes="Same")}
    other = entrance.model_copy(update={"gateway": gateway.model_copy(update={"name": "another"})})
    assert read(judged.deployment, settings.model_copy(update={"entrance": other})).listeners is None


def test_secrets_that_others_made_are_read(server, judged):
    settings = judged.deployment.platform.kubernetes
    kept = settings.model_copy(update={"secrets": KeptSecrets(namespace="default", name="of-the-site")})
    assert read(judged.deployment, kept).secrets is None
    made = {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "default", "name": "of-the-site"}}
    server.apply({**made, "stringData": {"cas-keys": "one of theirs"}})
    assert read(judged.deployment, kept).secrets == {"cas-keys": "one of theirs"}


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
