"""What the kit does in a cluster beside the engine; the cluster is replaced by what it would answer."""

import contextlib
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from sepp.cli import making
from sepp.config.load import load
from sepp.converge.events import Difference
from sepp.engine.errors import EngineError
from sepp.engine.events import Outcome
from sepp.engine.paths import MISSIONS, ROOT
from sepp.engine.stack import Stack
from sepp.engine.state import Resource
from sepp.plan import plan
from sepp.targets import target_of
from sepp.targets.kubernetes import enforcement, health, kept, names, outside, rollout
from sepp.targets.kubernetes.claim import CLAIM
from sepp.targets.kubernetes.namespace import NAMESPACE
from sepp.targets.kubernetes.reading import AnswerError
from sepp.targets.kubernetes.target import InCluster
from sepp.targets.trust import SYSTEM_TRUST
from tests.cluster import GATEWAY, KUBERNETES

CORE = "/api/v1/namespaces/sepp-demo-core"


class Answers:
    """A cluster that has these things, by the paths of their lists."""

    def __init__(self, **lists: dict[str, Any]) -> None:
        self.lists = lists
        self.deleted: list[str] = []

    def items(self, path: str) -> dict[str, Any]:
        return self.lists.get(path, {})

    def call(self, method: str, path: str) -> None:
        if method == "DELETE":
            self.deleted.append(path)
        elif path in self.deleted:
            raise AnswerError(404, "Not Found")


@pytest.fixture
def cluster(monkeypatch):
    """A function that says what the cluster has."""

    def has(lists: dict[str, dict[str, Any]]) -> Answers:
        answers = Answers(**lists)
        for module in (health, kept, outside, rollout):
            monkeypatch.setattr(module, "connected", lambda _: contextlib.nullcontext(answers))
        return answers

    return has


@pytest.fixture
def target(planck, make_platform):
    """A function that returns the target of a platform with another entrance than usual."""

    def made(**entrance):
        platform = make_platform(port=443, kubernetes={**KUBERNETES, "entrance": entrance})
        return target_of(plan(platform, [planck], name="demo", target="kubernetes"))

    return made


def given(*addresses: dict[str, str]) -> dict[str, Any]:
    return {"entrance": {"status": {"loadBalancer": {"ingress": [*addresses]}}}}


def node(**addresses: str) -> dict[str, Any]:
    return {"status": {"addresses": [{"type": kind, "address": each} for kind, each in addresses.items()]}}


INGRESSES = "/apis/networking.k8s.io/v1/namespaces/sepp-demo-core/ingresses"


GATEWAYS = "/apis/gateway.networking.k8s.io/v1/namespaces/gateways/gateways"
ROUTES = "/apis/gateway.networking.k8s.io/v1/namespaces/sepp-demo-core/httproutes"


def route(**said: str) -> dict[str, Any]:
    """Return the entrance's route, of which a Gateway says this, if it says anything."""
    return {"entrance": {"status": {"parents": [{"conditions": [said]}] if said else []}}}


def test_behind_a_gateway_the_entrance_is_where_that_is_once_it_takes_the_route(target, cluster):
    public = {"public": {"status": {"addresses": [{"type": "IPAddress", "value": "203.0.113.9"}]}}}
    cluster({GATEWAYS: public, ROUTES: route(type="Accepted", status="True", message="")})
    assert target(**GATEWAY).address() == "203.0.113.9"
    assert target(**GATEWAY).entrance().authority == SYSTEM_TRUST
    cluster({GATEWAYS: public, ROUTES: route()})
    with pytest.raises(EngineError, match="no address yet"):
        target(**GATEWAY).address()
    refusal = {"type": "Accepted", "status": "False", "reason": "NotAllowedByListeners", "message": ""}
    cluster({GATEWAYS: public, ROUTES: route(**refusal)})
    with pytest.raises(EngineError, match="does not lead to the entrance: NotAllowedByListeners") as error:
        target(**GATEWAY).address()
    assert error.value.next_step == "kubectl --context 'site' --namespace sepp-demo-core describe httproute entrance"


@pytest.mark.parametrize(
    ("kind", "lists", "address"),
    [
        ("load_balancer", {f"{CORE}/services": given({"ip": "203.0.113.7"})}, "203.0.113.7"),
        ("load_balancer", {f"{CORE}/services": given({"hostname": "lb.cloud.example"})}, "lb.cloud.example"),
        ("ingress", {INGRESSES: given({"ip": "203.0.113.8"})}, "203.0.113.8"),
        (
            "node_port",
            {"/api/v1/nodes": {"a": node(InternalIP="10.0.0.1"), "b": node(ExternalIP="192.0.2.1")}},
            "192.0.2.1",
        ),
        ("node_port", {"/api/v1/nodes": {"a": node(Hostname="a", InternalIP="10.0.0.1")}}, "10.0.0.1"),
    ],
)
def test_the_entrance_is_where_the_cluster_says(target, cluster, kind, lists, address):
    cluster(lists)
    assert target(kind=kind).address() == address
    assert target(kind=kind).records()["sepp.localhost"] == address


def test_a_certificate_of_the_clusters_is_trusted_as_any_other(target, cluster):
    cluster({INGRESSES: given({"ip": "203.0.113.8"})})
    assert target(kind="ingress").entrance().authority == SYSTEM_TRUST
    assert target(kind="ingress").is_trusted
    assert target(kind="load_balancer", issuer="site").is_trusted
    assert not target().is_trusted


def test_an_entrance_without_an_address_is_told_with_the_next_command(target, cluster):
    cluster({f"{CORE}/services": given()})
    with pytest.raises(EngineError, match="no address yet"):
        target().records()
    with pytest.raises(EngineError, match="has given the entrance no address yet") as error:
        target().entrance()
    assert error.value.next_step == "kubectl --context 'site' --namespace sepp-demo-core describe service entrance"


NAMESPACES = "/api/v1/namespaces?labelSelector=sepp-platform%3Ddemo"
PODS = "/api/v1/namespaces/sepp-demo-gone/pods"


def test_servers_of_users_end_where_their_mission_is_no_more(target, cluster, monkeypatch):
    monkeypatch.setattr(rollout, "wait", lambda *_: None)
    lists = {
        NAMESPACES: {"sepp-demo-core": {}, "sepp-demo-planck": {}, "sepp-demo-gone": {}},
        "/api/v1/namespaces/sepp-demo-planck/pods?labelSelector=sepp-user": {"server-alice": {}},
        f"{PODS}?labelSelector=sepp-user": {"server-bob": {}},
    }
    answers = cluster(lists)
    target().settle(print)
    assert answers.deleted == [f"{PODS}/server-bob"]
    target().end_users()
    assert answers.deleted[1:] == ["/api/v1/namespaces/sepp-demo-planck/pods/server-alice", f"{PODS}/server-bob"]


def test_claims_go_before_the_namespaces_that_they_are_in(target, cluster):
    claims = f"{CORE}/persistentvolumeclaims"
    answers = cluster({NAMESPACES: {"sepp-demo-core": {}}, claims: {"core-directory": {}}})
    found = kept.kept(target().settings, "demo")
    assert found == {
        f"{claims}/core-directory": "claim core-directory in sepp-demo-core",
        CORE: "namespace sepp-demo-core",
    }
    target().delete_kept(found)
    assert answers.deleted == [f"{claims}/core-directory", CORE]


def test_a_service_that_does_not_run_is_told_and_ends_the_command(target, cluster, monkeypatch):
    monkeypatch.setattr(rollout, "SECONDS", 0)
    cluster({})
    told: list[str] = []
    with pytest.raises(
        EngineError, match="all has been made, and does not run:\n- directory of core: is not there"
    ) as error:
        rollout.wait(target().deployment, target().settings, told.append)
    assert "waiting for directory of core, which is not there" in told
    assert error.value.next_step.endswith("--namespace sepp-demo-core describe pods --selector sepp-service=directory")


def test_up_tells_that_the_cluster_is_away_before_the_engine_says_how_to_forget_it(target, monkeypatch, tmp_path):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    run: Any = SimpleNamespace(stack=SimpleNamespace(state=lambda: SimpleNamespace(resources=())))
    with pytest.raises(EngineError, match="no way to the cluster"):
        making.make(run, target().deployment, {}, yes=True)


def test_up_asks_before_a_namespace_and_its_claims_are_let_go(target, monkeypatch, tmp_path):
    def resource(kind: str, name: str) -> Resource:
        return Resource(urn=f"urn::{name}", kind=kind, protected=True, outputs={})

    for asked in ("mend", "settle"):
        monkeypatch.setattr(InCluster, asked, lambda *_: None)
    known = (resource(NAMESPACE, "core"), resource(NAMESPACE, "gone"), resource(CLAIM, "gone-scratch"))
    state = SimpleNamespace(resources=(*known, resource(CLAIM, "planck-scratch")), outputs={"authority": "AUTHORITY"})
    stack = SimpleNamespace(state=lambda: state, authority=tmp_path / "authority.pem")
    released: list[str] = []
    run: Any = SimpleNamespace(stack=stack, release=released.extend, up=lambda *_: Outcome())
    with pytest.raises(typer.Exit):
        making.make(run, target().deployment, {}, yes=False)
    assert released == []
    making.make(run, target().deployment, {}, yes=True)
    assert released == ["urn::gone", "urn::gone-scratch"]


@pytest.mark.parametrize(
    ("seen", "passed", "words"),
    [
        ("open TimeoutError", True, "portal.svc:8090 is refused"),
        ("open ConnectionRefusedError", True, "portal.svc:8090 is refused"),
        ("open open", False, "portal.svc:8090, which no mission may reach: open; the cluster's network enforces no"),
        ("open gaierror", False, "portal.svc:8090, which no mission may reach: gaierror"),
        ("TimeoutError TimeoutError", False, "proxy.svc:443 is not reached, as the plan allows: TimeoutError"),
    ],
)
def test_a_network_that_does_not_do_as_the_policies_say_is_told(target, seen, passed, words):
    hosts: Any = SimpleNamespace(name_of=lambda _, service: f"{service}.svc", output=lambda *_: seen)
    results = list(enforcement.checks(target().deployment, hosts))
    assert [each.name.partition(":")[0] for each in results] == ["planck-storage", "planck"]
    assert {each.passed for each in results} == {passed}
    assert results[0].detail.startswith(words)


def test_what_differs_is_told_of_a_platform_that_is_deployed(target, monkeypatch):
    run: Any = SimpleNamespace(drift=lambda: [("config map core-cas", "is not there")])
    with pytest.raises(EngineError, match="is not deployed"):
        target().drift(run)
    monkeypatch.setattr(Stack, "state", lambda _: SimpleNamespace(outputs={"cluster": "a"}))
    assert target().drift(run) == [Difference(host="", role="config map core-cas", task="is not there", lines=())]


def test_only_sign_on_finds_the_hubs_of_other_missions():
    platform, missions = load(ROOT / "stacks/kubernetes/Pulumi.example.yaml", MISSIONS)
    deployment = plan(platform, missions, name="example", target="kubernetes")
    hubs = {f"{mission}.{platform.domain}" for mission in platform.missions}
    found = {service: hubs & {*names.public(deployment, "core", service)} for service in ("cas", "portal")}
    assert found == {"cas": hubs, "portal": set()}
    assert hubs & {*names.public(deployment, "gssc", "hub")} == {f"gssc.{platform.domain}"}
