"""The whole graph of a platform on Kubernetes, made with Pulumi's mocks: what is registered, and how it hangs together.

Names and types are what the engine recognises resources by. If one changes, the engine deletes the old resource and
makes a new one: give the new one the option `aliases` with its old name or type, and only then change this test.
"""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import rpc

from sepp.config.load import load
from sepp.config.units import GIB
from sepp.plan import plan
from sepp.targets import rotation
from sepp.targets.kubernetes import settings_of
from sepp.targets.kubernetes.connections import connections
from sepp.targets.kubernetes.identity import FOLLOWING
from sepp.targets.kubernetes.names import areas
from sepp.targets.kubernetes.preflight import acts
from sepp.targets.kubernetes.quantities import parse_bytes
from sepp.targets.marks import MISSION, PLATFORM
from tests.cluster import AREAS, GATEWAY, KIND, KUBERNETES, made_of, objects
from tests.generate import write_missions
from tests.graph import VOLUMES, Graph, register_in_cluster

ROOT = Path(__file__).parents[3]
ACCOUNTS = (
    "core-cas",
    "core-directory",
    "core-portal",
    "core-proxy",
    "planck-hub",
    "planck-identity",
    "planck-storage",
    "planck-user",
)
RUN = ("core-cas", "core-directory", "core-portal", "core-proxy", "planck-hub", "planck-identity", "planck-storage")
DYNAMIC = "pulumi-python:dynamic/sepp"
POLICIES = {
    "core": (
        "core-reaches-cas-8080",
        "core-reaches-portal-8090",
        "core-to-core-cas-8080",
        "core-to-core-portal-8090",
        "core-to-planck-hub-800",
        "core-to-planck-storage-identity-8072",
        "core-to-planck-storage-storage-8070",
        "core-to-planck-storage-storage-8071",
        "dns",
        "nothing",
        "outside-reaches-proxy-443",
        "outside-to-core-proxy-443",
        "platform-reaches-directory-636",
        "platform-to-core-directory-636",
    ),
    "planck": (
        "core-reaches-hub-800",
        "core-reaches-identity-8072",
        "core-reaches-storage-8070",
        "core-reaches-storage-8071",
        "dns",
        "hub-reaches-servers",
        "hub-to-api-server",
        "hub-to-servers",
        "identity-to-api-server",
        "nothing",
        "outside-to-core-proxy-443",
        "planck-reaches-hub-801",
        "planck-reaches-hub-802",
        "planck-to-planck-hub-801",
        "planck-to-planck-hub-802",
        "platform-to-core-directory-636",
    ),
}
GRAPH = {
    ("pulumi:providers:kubernetes", "kubernetes"),
    ("sepp:kubernetes:Priority", "priority"),
    *((KIND["PriorityClass"], name) for name in ("services", "servers")),
    ("sepp:kubernetes:Pinning", "pinning"),
    *(
        (KIND[kind], name)
        for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
        for name in ("services", "users", "sepp-lists")
    ),
    *(
        (f"sepp:kubernetes:{word}", area)
        for word in ("Accounts", "Identities", "Namespace", "Network", "Quota")
        for area in AREAS
    ),
    *((KIND[kind], area) for kind in ("ConfigMap", "LimitRange", "Namespace", "ResourceQuota") for area in AREAS),
    *((KIND["ServiceAccount"], name) for name in ACCOUNTS),
    *((KIND[kind], name) for kind in ("Role", "RoleBinding") for name in ("planck-hub", "planck-identity")),
    *((KIND["ConfigMap"], f"planck-{kept}") for kept in ("users", "names")),
    *((KIND["NetworkPolicy"], f"{area}-{name}") for area, names in POLICIES.items() for name in names),
    *((kind, name) for kind in ("sepp:kubernetes:Claim", KIND["PersistentVolumeClaim"]) for name in VOLUMES),
    *((kind, "entrance") for kind in ("sepp:kubernetes:Entrance", KIND["Service"])),
    *(
        (f"{kind}:{word}", name)
        for kind in ("sepp:kubernetes", DYNAMIC)
        for word, names in {
            "Secrets": ("secrets",),
            "Authority": ("authority",),
            "Certificate": ("directory", "entrance"),
            "Configuration": RUN,
        }.items()
        for name in names
    ),
    *((KIND[kind], name) for kind in ("ConfigMap", "Secret") for name in RUN),
    *((kind, name) for kind in ("sepp:kubernetes:Workload", KIND["Service"]) for name in RUN),
    (KIND["Service"], "planck-hub-server"),
    *((KIND["StatefulSet"], name) for name in ("core-directory", "planck-hub-server", "planck-storage")),
    *((KIND["CronJob"], f"planck-storage-{name}") for name in ("purge", "audit")),
    *(
        (KIND["Deployment"], name)
        for name in ("core-cas", "core-portal", "core-proxy", "planck-hub", "planck-identity")
    ),
}


def test_names_and_types_are_those_of_the_first_release(graph: Graph) -> None:
    registered = {key for key in graph.options if key[0] != "pulumi:pulumi:Stack"}
    assert registered == GRAPH, "give renamed resources the option `aliases`; see the top of this file"


def test_names_in_the_cluster_begin_with_the_platforms_or_the_settings(make_graph) -> None:
    for prefix, expected in ((None, "sepp-demo"), ("science", "science")):
        graph = make_graph(prefix=prefix)
        places = {manifest["metadata"].get("namespace") for manifest in objects(graph).values()}
        assert places == {None, f"{expected}-core", f"{expected}-planck"}
        names = [m["metadata"]["name"] for m in objects(graph).values() if "namespace" not in m["metadata"]]
        assert all(name.startswith(f"{expected}-") or name == FOLLOWING for name in names)


def test_everything_has_the_marks_of_platform_and_mission(graph: Graph) -> None:
    for (kind, name), manifest in objects(graph).items():
        own = ("demo", "planck" if name.startswith("planck") else "core")
        labels = manifest["metadata"]["labels"]
        # What all platforms of a cluster have together is none's.
        assert (labels[PLATFORM], labels[MISSION]) == (("", "") if name == FOLLOWING else own), (kind, name)


def test_data_are_protected_and_retained_with_the_namespaces_that_they_would_go_with(graph: Graph) -> None:
    kinds = {KIND["PersistentVolumeClaim"], KIND["Namespace"], f"{DYNAMIC}:Authority", f"{DYNAMIC}:Secrets"}
    for (kind, name), opts in graph.options.items():
        assert bool(opts.protect) is (kind in kinds), (kind, name)
        assert bool(opts.retain_on_delete) is (kind in kinds or name == FOLLOWING), (kind, name)


def test_pods_are_made_after_the_files_that_they_start_with(graph: Graph) -> None:
    kinds = [KIND[kind] for kind in ("Deployment", "StatefulSet", "CronJob")]
    pods = {opts.parent._name: opts for (kind, _), opts in graph.options.items() if kind in kinds}
    assert {"planck-hub", "planck-storage", "core-directory"} <= pods.keys()
    for service, opts in pods.items():
        needed = [(each._type, each._name) for each in opts.depends_on]
        assert needed == [("sepp:kubernetes:Configuration", service)]


def test_no_secret_is_registered_in_clear(graph: Graph) -> None:
    for (kind, name), inputs in graph.mocks.inputs.items():
        clear = {key: value for key, value in inputs.items() if not rpc.is_rpc_secret(value)}
        # The engine knows by the provider's own word that the authority's key is secret.
        assert "PRIVATE KEY" not in str(clear) or kind == f"{DYNAMIC}:Certificate", (kind, name)
        assert "secret " not in str(clear), (kind, name)
        assert b64encode(b"for nobody").decode() not in str(clear), (kind, name)


def test_secrets_that_others_made_reach_the_services_and_the_kit_makes_none(planck, make_platform, monkeypatch) -> None:
    settings = {**KUBERNETES, "secrets": {"namespace": "ops", "name": "sepp"}}
    deployment = plan(make_platform(kubernetes=settings), [planck], name="demo", target="kubernetes")
    held = {name: f"held {name}" for name in rotation.secrets(deployment)}
    graph = register_in_cluster(deployment, monkeypatch, secrets={**held, "another": "of the site"})
    assert graph.exported("secrets") == held
    assert graph.mocks.inputs[f"{DYNAMIC}:Secrets", "secrets"]["names"] == []
    given = graph.mocks.inputs[f"{DYNAMIC}:Configuration", "core-directory"]["variables"]
    assert rpc.is_rpc_secret(given)
    assert json.loads(rpc.unwrap_rpc_secret(given))["directory_reader_password"] == "held directory-reader"


@pytest.mark.parametrize("entrance", [{}, {"issuer": "site"}, GATEWAY])
def test_the_preflight_asks_for_the_right_to_make_all_that_is_registered(make_graph, entrance) -> None:
    graph = make_graph(entrance=entrance)
    asked = {act.resource for act in acts(settings_of(graph.deployment)) if act.verb == "create"}
    for kind, _ in objects(graph):
        word = kind.rpartition(":")[2].lower()
        assert {f"{word}s", f"{word}es", f"{word.removesuffix('y')}ies"} & asked, kind


def test_exports(graph: Graph) -> None:
    assert set(graph.exports) == {"address", "authority", "cluster", "secrets", "summary"}


def test_a_second_mission_changes_nothing_but_sign_on_which_knows_all(
    planck, make_mission, make_platform, monkeypatch
) -> None:
    def registered(*missions: Any) -> Graph:
        platform = make_platform(port=443, missions=tuple(m.mission for m in missions), kubernetes=KUBERNETES)
        return register_in_cluster(plan(platform, missions, name="demo", target="kubernetes"), monkeypatch)

    one, two = registered(planck), registered(planck, make_mission(mission="gaia"))
    assert len(objects(two)) > len(objects(one))
    changed = {key for key, manifest in objects(one).items() if objects(two)[key] != manifest}
    assert changed == {(KIND["Deployment"], "core-cas")}


def test_the_example_is_registered(monkeypatch) -> None:
    platform, missions = load(ROOT / "stacks/kubernetes/Pulumi.example.yaml", ROOT / "mission_configs")
    graph = register_in_cluster(plan(platform, missions, name="example", target="kubernetes"), monkeypatch)
    assert {name for _, name in made_of(graph, "Namespace")} == {
        f"sepp-example-{area}" for area in ("core", "planck", "gssc", "jwst")
    }
    claims = made_of(graph, "PersistentVolumeClaim")
    assert claims["sepp-example-jwst", "jwst-scratch"]["spec"]["resources"]["requests"] == {"storage": "20Ti"}
    hard = made_of(graph, "ResourceQuota")["sepp-example-jwst", "area"]["spec"]["hard"]
    assert parse_bytes(hard["requests.memory"]) > 1024 * GIB


@pytest.mark.parametrize("count", [1, 10, 30])
def test_platforms_grow_linearly(count, tmp_path, make_platform, monkeypatch) -> None:
    names = write_missions(tmp_path, count)
    config = {"sepp:domain": "sepp.site.example", "sepp:missions": names, "sepp:kubernetes": KUBERNETES}
    (tmp_path / "Pulumi.many.yaml").write_text(json.dumps({"config": config}))
    platform, missions = load(tmp_path / "Pulumi.many.yaml", tmp_path)
    deployment = plan(platform, missions, name="many", target="kubernetes")
    graph = register_in_cluster(deployment, monkeypatch)
    assert len(areas(deployment)) == len(made_of(graph, "Namespace")) == 1 + count
    assert len(made_of(graph, "PersistentVolumeClaim")) == 1 + 6 * count
    assert len(made_of(graph, "NetworkPolicy")) == len(connections(deployment, platform.kubernetes)) + 1 + count
    assert len(made_of(graph, "NetworkPolicy")) == 10 + 20 * count
