"""What is judged about a cluster, and what an operator is told; the cluster is replaced by what it would say."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from sepp.catalogue.service import Size
from sepp.cli import build
from sepp.config.kubernetes import Kubernetes
from sepp.config.units import GIB
from sepp.engine.errors import EngineError
from sepp.engine.state import Resource, State
from sepp.plan import plan
from sepp.targets import rotation
from sepp.targets.kubernetes import reading
from sepp.targets.kubernetes.cluster import Act, Claim, Listener, StorageClass
from sepp.targets.kubernetes.namespace import NAMESPACE
from sepp.targets.kubernetes.preflight import acts, check_cluster, demand, lacks
from sepp.targets.kubernetes.quantities import bytes_of, cores, parse_bytes, parse_cores
from tests.cluster import CLUSTER, GATEWAY, KUBERNETES

EXAMPLE = "kubernetes/example"
SETTINGS = Kubernetes.model_validate(KUBERNETES)
KEPT = {"namespace": "ops", "name": "sepp"}


@pytest.fixture
def lacking(planck, make_platform):
    """A function that compares a platform of other settings with a cluster, which is another one than usual."""

    def compare(settings=None, **cluster):
        platform = make_platform(port=443, kubernetes={**KUBERNETES, **(settings or {})})
        deployment = plan(platform, [planck], name="demo", target="kubernetes")
        return list(lacks(deployment, platform.kubernetes, replace(CLUSTER, **cluster)))

    return compare


def claim(size: int = 100, storage_class: str = "shared", mode: str = "ReadWriteMany") -> dict:
    made = Claim(size=size * GIB, storage_class=storage_class, access_modes=(mode,))
    return {("sepp-demo-planck", "planck-persistent"): made}


LISTENER = "the listener 'https' of the Gateway 'public' in 'gateways'"


def listener(**other) -> Listener:
    return replace(CLUSTER.listeners["https"], **other)


@pytest.mark.parametrize("entrance", [{}, GATEWAY])
def test_a_cluster_that_has_all_lacks_nothing(lacking, entrance):
    assert lacking({"entrance": entrance}) == []


@pytest.mark.parametrize(
    ("settings", "cluster", "words"),
    [
        ({}, {"version": (1, 32)}, "Kubernetes 1.33 or newer: it is 1.32"),
        ({}, {"admission": frozenset()}, "validatingadmissionpolicies of admissionregistration.k8s.io/v1, without "),
        ({}, {"pod_security": False}, "Pod Security, without which pods may be privileged"),
        ({"storage_class": "shard"}, {}, "storage class 'shard' (did you mean 'shared'?)"),
        ({"volumes": {"scratch": {"size": "1 GiB", "storage_class": "blok"}}}, {}, "storage class 'blok' (did you "),
        (
            {"data_class": None},
            {"storage_classes": {"shared": StorageClass()}},
            "a default storage class: set 'storage_class' and 'data_class' (valid: shared)",
        ),
        ({"entrance": {"issuer": "sit"}}, {}, "cluster issuer 'sit' of cert-manager (did you mean 'site'?)"),
        ({"secrets": KEPT}, {}, "the Secret 'sepp' in 'ops', or the right to read it"),
        ({"entrance": {"kind": "ingress", "class_name": "ngnix"}}, {}, "ingress class 'ngnix' (did you mean 'nginx'?)"),
        ({"entrance": GATEWAY}, {"gateway_kinds": frozenset({"httproutes"})}, "backendtlspolicies of gateway.networki"),
        ({"entrance": GATEWAY}, {"listeners": None}, "the Gateway 'public' in 'gateways': there is none"),
        (
            {"entrance": GATEWAY},
            {"listeners": {"http": listener()}},
            "the listener 'https' of the Gateway 'public' in 'gateways' (did you mean 'http'?)",
        ),
        ({"entrance": GATEWAY}, {"listeners": {"https": listener(protocol="TLS")}}, f"{LISTENER}, with the protocol "),
        (
            {"entrance": GATEWAY},
            {"listeners": {"https": listener(routes="Same")}},
            f"{LISTENER}, for routes of 'sepp-demo-core': set its allowedRoutes.namespaces.from to Selector or All",
        ),
        ({}, {"dns_pods": 0}, "the DNS to which pods may connect: no pod in 'kube-system' has the labels k8s-app=kube"),
        ({}, {"api_servers": (("192.0.2.1", 16443),)}, "the API server at 192.0.2.1 port 16443: set 'api' so that"),
        (
            {"api": {"networks": ("192.0.2.0/28",)}},
            {"api_servers": (("192.0.2.1", 6443), ("2001:db8::1", 443))},
            "the API server at 2001:db8::1 port 443",
        ),
        (
            {},
            {"nodes": (Size(cpu=1, memory=64 * GIB),) * 9},
            "a node for the largest pod of 'planck', 2 cores and 4.0 GiB of memory: none has as much",
        ),
        ({}, {"merging_nodes": ("a", "b")}, "a container runtime that knows supplementalGroupsPolicy, else images "),
        ({}, {"owners": {"namespaces sepp-demo-core": None}}, "the name 'sepp-demo-core' of namespaces: it is there"),
        (
            {"prefix": "science"},
            {"owners": {"priorityclasses science-servers": "other"}},
            "the name 'science-servers' of priorityclasses: the platform 'other' has it; set another 'prefix'",
        ),
        ({}, {"claims": claim(200)}, "planck-persistent with 100 GiB: it has 200 GiB, and claims never shrink"),
        (
            {"storage_class": "block"},
            {"claims": claim(50, "block")},
            "planck-persistent with 100 GiB: it has 50 GiB, and its class 'block' lets no claim grow",
        ),
        ({}, {"claims": claim(storage_class="block")}, "planck-persistent of class 'shared': it is of 'block'"),
        ({}, {"claims": claim(mode="ReadWriteOnce")}, "planck-persistent with ReadWriteMany: it has ReadWriteOnce"),
    ],
)
def test_what_lacks_is_named(lacking, settings, cluster, words):
    [found] = lacking(settings, **cluster)
    assert found.startswith(words)


def test_what_a_secret_of_others_lacks_is_told_and_never_what_it_holds(lacking, planck, make_platform):
    names = rotation.secrets(plan(make_platform(kubernetes=KUBERNETES), [planck], name="demo", target="kubernetes"))
    held = dict.fromkeys(names, "0123456789abcdef" * 2)
    assert lacking({"secrets": KEPT}, secrets=held) == []
    del held["cas-keys"]
    held["directory-reader"] = 'short "quoted"'
    found = lacking({"secrets": KEPT}, secrets=held)
    where = "in the Secret 'sepp' in 'ops'"
    assert found == [
        f"'cas-keys' {where}: there is none; make one: openssl rand -hex 32",
        f"'directory-reader' {where}: it has to be 32 to 128 letters, digits, hyphens and underscores",
    ]
    assert "quoted" not in repr(replace(CLUSTER, secrets=held))


def test_all_that_lacks_is_told_at_once(lacking):
    found = lacking({"storage_class": "a", "data_class": "b"}, version=(1, 20), pod_security=False, dns_pods=0)
    assert len(found) == 5


def test_what_nodes_lack_is_told_with_the_numbers(lacking):
    assert lacking(nodes=(Size(cpu=1, memory=GIB),)) == [
        "2.6 cores and 2.7 GiB of memory for the services: all nodes together have 1 cores and 1.0 GiB of memory",
        "a node for the largest pod of 'planck', 2 cores and 4.0 GiB of memory: none has as much",
    ]
    assert lacking(nodes=()) == [], "who may not see the nodes is not told"


def test_rights_that_lack_are_told_by_resource(lacking):
    refused = {act for act in acts(SETTINGS) if act.resource == "networkpolicies"}
    refused |= {Act(group="", resource="namespaces", verb="create")}
    assert lacking(refused=frozenset(refused)) == [
        "the right to create namespaces",
        "the right to create, delete, get, patch networkpolicies.networking.k8s.io",
    ]


def test_what_an_operator_may_not_see_is_not_said_to_lack(lacking):
    unseen = {Act(group="storage.k8s.io", resource="storageclasses", verb="list")}
    unseen |= {Act(group="", resource="pods", verb="list")}
    found = lacking(refused=frozenset(unseen), storage_classes={}, dns_pods=0)
    assert found == ["the right to list pods", "the right to list storageclasses.storage.k8s.io"]


def test_the_platforms_own_names_are_no_conflict(lacking):
    assert lacking(owners={"namespaces sepp-demo-core": "demo"}, claims=claim(50)) == []


def test_rights_that_the_hub_gets_are_rights_of_the_operator():
    """The cluster lets nobody give away what she may not do herself."""
    assert {Act(group="", resource="pods", verb=verb) for verb in ("create", "delete", "watch")} <= acts(SETTINGS)


@pytest.mark.parametrize(
    ("size", "text"), [(2 * GIB, "2Gi"), (1920 * 1024**2, "1920Mi"), (2048 * GIB, "2Ti"), (1000, "1000")]
)
def test_sizes_are_written_and_read_as_the_cluster_does(size, text):
    assert bytes_of(size) == text
    assert parse_bytes(text) == size


@pytest.mark.parametrize(
    ("text", "size"), [("500M", 500_000_000), ("1e3", 1000), ("1.5Gi", 3 * GIB // 2), ("4k", 4000)]
)
def test_sizes_are_read_as_others_write_them(text, size):
    assert parse_bytes(text) == size


def test_what_is_no_size_is_refused():
    with pytest.raises(ValueError, match="is no number of bytes"):
        parse_bytes("much")


def test_cores_are_written_as_the_cluster_does():
    assert [cores(count) for count in (2, 0.2, 1.5, 3.0)] == ["2", "200m", "1500m", "3"]
    assert [parse_cores(text) for text in ("2", "200m", "1500m", "0.5")] == [2, 0.2, 1.5, 0.5]


@pytest.fixture
def kubeconfig(tmp_path, monkeypatch):
    """A kubeconfig with one context, whose cluster is not there."""
    path = tmp_path / "kubeconfig"
    context = {"name": "site", "context": {"cluster": "site", "user": "me"}}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "site", "cluster": {"server": "https://127.0.0.1:9"}}],
        "users": [{"name": "me", "user": {"token": "t"}}],
        "contexts": [context],
    }
    path.write_text(json.dumps(config))
    monkeypatch.setenv("KUBECONFIG", str(path))
    return path


@pytest.mark.parametrize(
    ("context", "text", "words", "step"),
    [
        (
            "site",
            None,
            "the cluster of the context 'site' does not answer as it should",
            "kubectl --context 'site' ver",
        ),
        (
            "other",
            None,
            "no way to the cluster: Invalid kube-config file. Expected object with name other",
            "kubectl c",
        ),
        ("site", "a: [", "no way to the cluster: ", "kubectl config get-contexts"),
        ("site", "", "no way to the cluster: ", "kubectl config get-contexts"),
    ],
)
def test_a_cluster_that_cannot_be_asked_is_told_with_a_next_step(kubeconfig, make_platform, context, text, words, step):
    if text is not None:
        kubeconfig.write_text(text)
    settings = make_platform(port=443, kubernetes={"context": context}).kubernetes
    with pytest.raises(EngineError) as error, reading.connected(settings) as api:
        api.get("/version")
    assert str(error.value).startswith(words)
    assert error.value.next_step.startswith(step)


def test_plan_says_what_the_cluster_lacks(monkeypatch):
    monkeypatch.setattr(reading, "read", lambda *_: replace(CLUSTER, version=(1, 20)))
    ended = CliRunner().invoke(build(), ["plan", EXAMPLE])
    assert ended.exit_code == 1
    assert "The platform cannot be made in this cluster as it is:" in ended.output
    assert "Kubernetes 1.33 or newer: it is 1.20" in ended.output


def test_without_a_cluster_the_plan_is_shown(kubeconfig):
    ended = CliRunner().invoke(build(), ["plan", EXAMPLE])
    assert ended.exit_code == 3
    assert "Not compared with the cluster: the cluster of the context 'site' does not answer" in ended.output


@pytest.fixture
def demo(planck, make_platform):
    """A platform in a cluster."""
    return plan(make_platform(port=443, kubernetes=KUBERNETES), [planck], name="demo", target="kubernetes")


def state_of(*resources: str, **outputs: str) -> State:
    """Return what the engine knows of a platform, with resources of these types."""
    stack = Resource(urn="urn::stack", kind="pulumi:pulumi:Stack", real=False, protected=False, outputs=outputs)
    return State(
        resources=(stack, *(Resource(urn=f"urn::{kind}", kind=kind, protected=True, outputs={}) for kind in resources))
    )


OWN = {"namespaces sepp-demo-core": "demo", "namespaces other": "other", "namespaces default": None}


def test_all_that_lacks_is_told_at_once_before_anything_is_made(demo):
    with pytest.raises(EngineError) as error:
        demand(demo, demo.platform.kubernetes, replace(CLUSTER, version=(1, 20), dns_pods=0), State(), ["hub-planck"])
    assert "- the image of hub-planck: ./sepp image build kubernetes/demo" in str(error.value)
    assert "- Kubernetes 1.33 or newer" in str(error.value)
    assert "- the DNS to which pods may connect" in str(error.value)
    assert error.value.next_step == "./sepp plan kubernetes/demo"


def test_another_cluster_than_the_platforms_is_refused(demo):
    with pytest.raises(EngineError, match="leads to the cluster b, but the platform is in a: a run here would forget"):
        check_cluster(demo, state_of(NAMESPACE, cluster="a"), replace(CLUSTER, identity="b"))
    check_cluster(demo, state_of(NAMESPACE, cluster="a"), replace(CLUSTER, identity="a"))


def test_a_platform_that_nothing_is_known_of_here_is_not_taken_over(demo):
    with pytest.raises(EngineError, match=r"has a platform of this name already, .*: sepp-demo-core"):
        check_cluster(demo, state_of(), replace(CLUSTER, owners=OWN))
    check_cluster(demo, state_of(NAMESPACE), replace(CLUSTER, owners=OWN))
    check_cluster(demo, replace(state_of(), pending=1), replace(CLUSTER, owners=OWN))


def test_doctor_tells_whether_the_cluster_answers(kubeconfig):
    ended = CliRunner().invoke(build(), ["doctor", EXAMPLE])
    assert ended.exit_code == 1
    assert "cluster 'site'" in ended.output
    assert "mmdebstrap" in ended.output
