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

from sepp.catalogue import CATALOGUE
from sepp.config.load import load
from sepp.config.units import GIB
from sepp.plan import plan
from sepp.targets.kubernetes.connections import connections
from sepp.targets.kubernetes.files import File
from sepp.targets.kubernetes.names import HOST, SERVICE, areas
from sepp.targets.kubernetes.pod import FILES
from sepp.targets.kubernetes.preflight import acts
from sepp.targets.kubernetes.quantities import parse_bytes
from sepp.targets.marks import MISSION, PLATFORM
from tests.cluster import KIND, KUBERNETES, made_of, objects
from tests.generate import write_missions
from tests.graph import CONTENT, VOLUMES, WRITTEN, Graph, register_in_cluster

ROOT = Path(__file__).parents[3]
AREAS = ("core", "planck")
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
RUN = ("core-cas", "core-directory", "core-portal", "core-proxy", "planck-identity")
CONFIGURED = (*RUN, "planck-storage")
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
        "hub-to-api-server",
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
        for name in ("services", "users")
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
            "Configuration": CONFIGURED,
        }.items()
        for name in names
    ),
    *((KIND[kind], name) for kind in ("ConfigMap", "Secret") for name in CONFIGURED),
    *((kind, name) for kind in ("sepp:kubernetes:Workload", KIND["Service"]) for name in RUN),
    (KIND["StatefulSet"], "core-directory"),
    *((KIND["Deployment"], name) for name in ("core-cas", "core-portal", "core-proxy", "planck-identity")),
}


@pytest.fixture
def make_graph(planck, make_platform, monkeypatch):
    def make(port: int = 443, cas: Any = None, **changes: Any) -> Graph:
        platform = make_platform(domain="sepp.site.example", port=port, cas=cas, kubernetes={**KUBERNETES, **changes})
        return register_in_cluster(plan(platform, [planck], name="demo", target="kubernetes"), monkeypatch)

    return make


@pytest.fixture
def graph(make_graph) -> Graph:
    return make_graph()


def selected(selector: dict[str, Any]) -> dict[str, str]:
    """Return what a selector says as plain labels; `*` stands for any value."""
    assert set(selector) <= {"matchLabels", "matchExpressions"}
    some = selector.get("matchExpressions", [])
    assert all(expression["operator"] == "Exists" for expression in some)
    return {**selector.get("matchLabels", {}), **{expression["key"]: "*" for expression in some}}


def ends(policy: dict[str, Any]) -> tuple[Any, ...]:
    """Return a policy as plain values: where it is, which way, whose, and what it allows."""
    spec, metadata = policy["spec"], policy["metadata"]
    [way] = spec["policyTypes"]
    [rule] = spec[way.lower()]
    peers = rule.get({"Ingress": "from", "Egress": "to"}[way])
    return (
        metadata["namespace"],
        {"Ingress": "in", "Egress": "out"}[way],
        tuple(sorted(selected(spec["podSelector"]).items())),
        tuple((port["protocol"], port["port"]) for port in rule["ports"]),
        None
        if peers is None
        else tuple(
            each["ipBlock"]["cidr"]
            if "ipBlock" in each
            else (
                tuple(sorted(selected(each["namespaceSelector"]).items())),
                tuple(sorted(selected(each["podSelector"]).items())),
            )
            for each in peers
        ),
    )


def test_names_and_types_are_those_of_the_first_release(graph: Graph) -> None:
    registered = {key for key in graph.options if key[0] != "pulumi:pulumi:Stack"}
    assert registered == GRAPH, "give renamed resources the option `aliases`; see the top of this file"


def test_names_in_the_cluster_begin_with_the_platforms_or_the_settings(make_graph) -> None:
    for prefix, expected in ((None, "sepp-demo"), ("science", "science")):
        graph = make_graph(prefix=prefix)
        places = {manifest["metadata"].get("namespace") for manifest in objects(graph).values()}
        assert places == {None, f"{expected}-core", f"{expected}-planck"}
        names = [m["metadata"]["name"] for m in objects(graph).values() if "namespace" not in m["metadata"]]
        assert all(name.startswith(f"{expected}-") for name in names)


def test_everything_has_the_marks_of_platform_and_mission(graph: Graph) -> None:
    for (kind, name), manifest in objects(graph).items():
        area = "planck" if name.startswith("planck") else "core"
        labels = manifest["metadata"]["labels"]
        assert (labels[PLATFORM], labels[MISSION]) == ("demo", area), (kind, name)


def test_data_are_protected_and_retained_with_the_namespaces_that_they_would_go_with(graph: Graph) -> None:
    kinds = {KIND["PersistentVolumeClaim"], KIND["Namespace"], f"{DYNAMIC}:Authority", f"{DYNAMIC}:Secrets"}
    for (kind, name), opts in graph.options.items():
        assert bool(opts.protect) is (kind in kinds), (kind, name)
        assert bool(opts.retain_on_delete) is (kind in kinds), (kind, name)


def test_what_everybody_may_read_is_in_a_config_map_and_all_else_in_a_secret(graph: Graph) -> None:
    place = ("sepp-demo-core", "directory")
    shown, hidden = made_of(graph, "ConfigMap")[place], made_of(graph, "Secret")[place]
    assert shown["data"].pop("etc_2f_shown.conf") == "for everybody"
    assert all(key.startswith("etc_2f_systemd_2f_") for key in shown["data"])
    assert shown["binaryData"] == {"etc_2f_sh_f6_n.bin": "/w=="}
    assert rpc.unwrap_rpc_secret(hidden["data"]) == {"etc_2f_hidden_5f_key": b64encode(b"for nobody").decode()}


def test_a_service_is_a_pod_of_its_unit_its_files_and_its_claim(graph: Graph) -> None:
    pod = made_of(graph, "StatefulSet")["sepp-demo-core", "directory"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert container["command"] == ["/usr/bin/service", "--port", "1"]
    assert container["lifecycle"] == {"postStart": {"exec": {"command": ["/usr/bin/service", "--wait"]}}}
    assert container["image"] == f"localhost/sepp-directory:{CONTENT}"
    assert {each["name"]: each["value"] for each in container["env"]} == {
        "NAME": "value",
        "MAINPID": "1",
        "RUNTIME_DIRECTORY": "/run/service",
    }
    assert {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]} == {
        "/run/service": "folder-0",
        "/tmp": "folder-1",
        "/var/tmp": "folder-2",
        "/var/lib/ldap": "core-directory",
        "/etc/shown.conf": "shown",
        "/etc/shön.bin": "shown",
        "/etc/hidden_key": "hidden",
    }
    assert pod["terminationGracePeriodSeconds"] == 60
    assert pod["securityContext"]["fsGroup"] == CATALOGUE["directory"].number
    assert container["readinessProbe"]["tcpSocket"] == {"port": "ldaps"}


def test_a_service_without_data_is_a_deployment_that_is_asked_by_its_health_check(graph: Graph) -> None:
    pods = made_of(graph, "Deployment")
    [container] = pods["sepp-demo-core", "proxy"]["spec"]["template"]["spec"]["containers"]
    assert container["livenessProbe"]["tcpSocket"] == {"port": "https"}, "what is behind the entrance is not its own"
    [container] = pods["sepp-demo-core", "cas"]["spec"]["template"]["spec"]["containers"]
    assert container["readinessProbe"]["httpGet"] == {"path": "/cas/login", "port": "http"}
    service = made_of(graph, "Service")["sepp-demo-core", "cas"]["spec"]
    assert [(port["name"], port["port"]) for port in service["ports"]] == [("http", 8080)]
    assert (service["selector"][HOST], service["selector"][SERVICE]) == ("core", "cas")


def test_other_files_are_another_pod(make_graph, monkeypatch) -> None:
    def found() -> str:
        deployment = made_of(make_graph(), "Deployment")["sepp-demo-core", "cas"]
        return deployment["spec"]["template"]["metadata"]["annotations"][FILES]

    before = found()
    assert found() == before
    monkeypatch.setattr("tests.graph.WRITTEN", (*WRITTEN, File(path="/etc/more", content=b"", secret=True)))
    assert found() != before


def test_no_secret_is_registered_in_clear(graph: Graph) -> None:
    for (kind, name), inputs in graph.mocks.inputs.items():
        clear = {key: value for key, value in inputs.items() if not rpc.is_rpc_secret(value)}
        # The engine knows by the provider's own word that the authority's key is secret.
        assert "PRIVATE KEY" not in str(clear) or kind == f"{DYNAMIC}:Certificate", (kind, name)
        assert "secret " not in str(clear), (kind, name)
        assert b64encode(b"for nobody").decode() not in str(clear), (kind, name)


def test_the_preflight_asks_for_the_right_to_make_all_that_is_registered(graph: Graph) -> None:
    asked = {act.resource for act in acts() if act.verb == "create"}
    for kind, _ in objects(graph):
        word = kind.rpartition(":")[2].lower()
        assert {f"{word}s", f"{word}es", f"{word.removesuffix('y')}ies"} & asked, kind


def test_every_namespace_is_restricted(graph: Graph) -> None:
    found = made_of(graph, "Namespace")
    assert len(found) == 2
    for manifest in found.values():
        assert manifest["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_policies_are_the_connections_of_the_plan_and_no_others(graph: Graph) -> None:
    """Each of the plan's rules is there at both ends; the rest is the cluster's DNS and API server."""

    def place(host: str) -> tuple[tuple[str, str], ...]:
        return (("kubernetes.io/metadata.name", f"sepp-demo-{graph.deployment.host(host).area}"),)

    dns = ((("kubernetes.io/metadata.name", "kube-system"),), (("k8s-app", "kube-dns"),))
    ports = (("UDP", 53), ("TCP", 53), ("UDP", "dns"), ("TCP", "dns-tcp"))
    expected = {(f"sepp-demo-{area}", "out", (), ports, (dns,)) for area in AREAS}
    api_server = (("TCP", 443), ("TCP", 6443))
    for service in ("hub", "identity"):
        whose = (("sepp-service", service),)
        expected.add(("sepp-demo-planck", "out", whose, api_server, ("0.0.0.0/0",)))
    for rule in graph.deployment.rules:
        target = (("sepp-host", rule.host), ("sepp-service", rule.service))
        port = (("TCP", rule.port),)
        at = place(rule.host)
        named = rule.source not in ("outside", "platform")
        pods = (("sepp-host", rule.source),) if named else ()
        peers = {
            "outside": None,
            "platform": (((("sepp-platform", "demo"),), ()),),
        }.get(rule.source, ((place(rule.source), pods),) if named else None)
        expected.add((at[0][1], "in", target, port, peers))
        sources = {f"sepp-demo-{area}" for area in ([graph.deployment.host(rule.source).area] if named else AREAS)}
        expected |= {(source, "out", pods, port, ((at, target),)) for source in sources}
    policies = made_of(graph, "NetworkPolicy")
    found = {ends(policy) for (_, name), policy in policies.items() if name != "nothing"}
    assert found == expected
    assert len(policies) == len(expected) + len(AREAS)


def test_what_no_policy_allows_is_refused_in_both_directions(graph: Graph) -> None:
    for area in AREAS:
        policy = made_of(graph, "NetworkPolicy")[f"sepp-demo-{area}", "nothing"]
        assert policy["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_only_services_reach_a_sign_on_of_the_sites(make_graph) -> None:
    graph = make_graph(cas={"url": "https://sso.site.example:8443/cas"})
    for area in AREAS:
        policy = made_of(graph, "NetworkPolicy")[f"sepp-demo-{area}", "services-to-sign-on"]
        whose, port, ranges = (("sepp-service", "*"),), (("TCP", 8443),), ("0.0.0.0/0", "::/0")
        assert ends(policy)[2:] == (whose, port, ranges)


def test_a_dns_cache_on_the_nodes_is_reached_as_well(make_graph) -> None:
    graph = make_graph(dns={"namespace": "dns", "labels": {"app": "coredns"}, "address": "169.254.20.10"})
    policy = made_of(graph, "NetworkPolicy")["sepp-demo-core", "dns"]
    pods = ((("kubernetes.io/metadata.name", "dns"),), (("app", "coredns"),))
    assert ends(policy)[4] == (pods, "169.254.20.10/32")


def test_no_pod_gets_a_token_unasked_but_the_services_with_rights(graph: Graph) -> None:
    accounts = made_of(graph, "ServiceAccount")
    assert not any(manifest["automountServiceAccountToken"] for manifest in accounts.values())
    roles, bindings = made_of(graph, "Role"), made_of(graph, "RoleBinding")
    given = {
        service: {
            (*rule["apiGroups"], *rule["resources"], *rule.get("resourceNames", ()), *rule["verbs"])
            for rule in manifest["rules"]
        }
        for (_, service), manifest in roles.items()
    }
    assert given == {
        "hub": {("", "pods", "create", "delete", "get", "list", "watch"), ("", "events", "get", "list", "watch")},
        "identity": {("", "configmaps", "users", "names", "get", "patch")},
    }
    for (namespace, service), binding in bindings.items():
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": service, "namespace": namespace}]
    pods = [each["spec"]["template"]["spec"] for each in made_of(graph, "Deployment").values()]
    tokens = {pod["serviceAccountName"] for pod in pods if pod["automountServiceAccountToken"]}
    assert tokens == {"identity"}


def test_only_services_with_rights_reach_the_api_server(make_graph) -> None:
    graph = make_graph(api={"networks": ("192.0.2.0/28", "198.51.100.7/32"), "port": 16443})
    for service in ("hub", "identity"):
        policy = made_of(graph, "NetworkPolicy")["sepp-demo-planck", f"{service}-to-api-server"]
        ports = (("TCP", 443), ("TCP", 16443))
        assert ends(policy)[1:] == (
            "out",
            (("sepp-service", service),),
            ports,
            ("192.0.2.0/28", "198.51.100.7/32"),
        )


def test_what_others_write_into_the_lists_of_users_is_left(graph: Graph) -> None:
    for kept in ("users", "names"):
        assert graph.options[KIND["ConfigMap"], f"planck-{kept}"].ignore_changes == ["data"]
        assert "data" not in made_of(graph, "ConfigMap")["sepp-demo-planck", kept]


def test_every_service_is_on_the_list_of_its_namespace_with_its_number(graph: Graph) -> None:
    listed = {area: made_of(graph, "ConfigMap")[f"sepp-demo-{area}", "services"]["data"] for area in AREAS}
    assert {area: set(data) for area, data in listed.items()} == {
        "core": {"directory", "cas", "portal", "proxy"},
        "planck": {"identity", "storage", "hub"},
    }
    for data in listed.values():
        for service, numbers in data.items():
            assert numbers == f"{CATALOGUE[service].number}:{CATALOGUE[service].number}:"


def test_without_a_list_or_a_policy_that_works_nobody_is_let_in(graph: Graph) -> None:
    for (_, name), policy in made_of(graph, "ValidatingAdmissionPolicy").items():
        assert policy["spec"]["failurePolicy"] == "Fail"
        binding = made_of(graph, "ValidatingAdmissionPolicyBinding")["", name]["spec"]
        assert binding["policyName"] == name
        assert binding["paramRef"]["parameterNotFoundAction"] == "Deny"
        assert binding["validationActions"] == ["Deny"]
        assert binding["matchResources"]["namespaceSelector"] == {"matchLabels": {PLATFORM: "demo"}}


def test_a_pod_is_judged_by_the_one_list_or_by_the_other(graph: Graph) -> None:
    bindings = made_of(graph, "ValidatingAdmissionPolicyBinding").values()
    selectors = [binding["spec"]["matchResources"]["objectSelector"]["matchExpressions"] for binding in bindings]
    assert sorted(each["operator"] for [each] in selectors) == ["DoesNotExist", "Exists"]
    assert {each["key"] for [each] in selectors} == {"sepp-user"}


def test_quotas_are_the_sizes_of_the_plan_with_room_for_one_renewal(graph: Graph) -> None:
    hosts = [host for host in graph.deployment.hosts if host.area == "planck"]
    hard = made_of(graph, "ResourceQuota")["sepp-demo-planck", "area"]["spec"]["hard"]
    largest = max(CATALOGUE[name].size.memory for name in ("storage", "hub"))
    memory = sum(host.memory for host in hosts) + largest
    assert hard["limits.memory"] == hard["requests.memory"] == f"{memory // 1024**2}Mi"
    assert hard["limits.cpu"] == f"{sum(host.cpu for host in hosts) * 1000 + 500}m"
    assert hard["persistentvolumeclaims"] == "6"
    assert hard["requests.storage"] == "502Gi"
    assert (hard["services.nodeports"], hard["services.loadbalancers"]) == ("0", "0")


def test_one_pod_may_have_what_the_largest_actor_may(graph: Graph) -> None:
    limits = made_of(graph, "LimitRange")["sepp-demo-planck", "area"]["spec"]["limits"]
    assert [limit["type"] for limit in limits] == ["Container", "Pod"]
    assert all(limit["max"] == {"cpu": "2", "memory": "4Gi"} for limit in limits)
    assert limits[0]["default"] == limits[0]["defaultRequest"] == {"cpu": "2", "memory": "4Gi"}


def test_classes_and_access_modes_are_by_volume_by_tier_and_by_default(make_graph) -> None:
    graph = make_graph(
        volumes={
            "scratch": {"size": "2 TiB", "storage_class": "fast"},
            "planck-public": {"size": "3 TiB", "access_mode": "ReadWriteOnce"},
        }
    )
    found = {
        name: (
            manifest["spec"]["storageClassName"],
            *manifest["spec"]["accessModes"],
            manifest["spec"]["resources"]["requests"]["storage"],
        )
        for (_, name), manifest in made_of(graph, "PersistentVolumeClaim").items()
    }
    assert found["planck-scratch"] == ("fast", "ReadWriteMany", "2Ti")
    assert found["planck-public"] == ("shared", "ReadWriteOnce", "3Ti")
    assert found["planck-persistent"] == ("shared", "ReadWriteMany", "100Gi")
    assert found["planck-hub"] == ("block", "ReadWriteOnce", "2Gi")


def test_without_a_class_the_clusters_own_is_taken(make_graph) -> None:
    graph = make_graph(storage_class=None, data_class=None)
    specs = [manifest["spec"] for manifest in made_of(graph, "PersistentVolumeClaim").values()]
    assert not any("storageClassName" in spec for spec in specs)


@pytest.mark.parametrize(
    ("kind", "port", "type_", "outer"),
    [("load_balancer", 443, "LoadBalancer", ("1", "1")), ("node_port", 30443, "NodePort", ("1", "0"))],
)
def test_the_entrance_is_a_service_of_the_kind_that_the_settings_name(make_graph, kind, port, type_, outer) -> None:
    graph = make_graph(port=port, entrance={"kind": kind, "annotations": {"site/pool": "dmz"}})
    service = made_of(graph, "Service")["sepp-demo-core", "entrance"]
    assert service["spec"]["type"] == type_
    assert service["spec"]["selector"]["sepp-service"] == "proxy"
    assert service["metadata"]["annotations"]["site/pool"] == "dmz"
    [opened] = service["spec"]["ports"]
    assert (opened["port"], opened["targetPort"], opened.get("nodePort", port)) == (port, port, port)
    hard = made_of(graph, "ResourceQuota")["sepp-demo-core", "area"]["spec"]["hard"]
    assert (hard["services.nodeports"], hard["services.loadbalancers"]) == outer
    assert not made_of(graph, "Ingress")


def test_behind_an_ingress_every_public_name_leads_to_the_entrance(make_graph) -> None:
    entrance = {"kind": "ingress", "class_name": "nginx", "secret": "entrance-tls", "annotations": {"a/b": "c"}}
    graph = make_graph(entrance=entrance)
    [ingress] = made_of(graph, "Ingress").values()
    assert ingress["spec"]["ingressClassName"] == "nginx"
    assert ingress["metadata"]["annotations"]["a/b"] == "c"
    [tls] = ingress["spec"]["tls"]
    assert (tuple(tls["hosts"]), tls["secretName"]) == (graph.deployment.public_names, "entrance-tls")
    assert tuple(rule["host"] for rule in ingress["spec"]["rules"]) == graph.deployment.public_names
    service = made_of(graph, "Service")["sepp-demo-core", "entrance"]
    assert service["spec"]["type"] == "ClusterIP"
    assert "a/b" not in service["metadata"]["annotations"]


def test_exports(graph: Graph) -> None:
    assert set(graph.exports) == {"address", "authority", "secrets", "summary"}


def test_a_second_mission_changes_nothing_of_the_first(planck, make_mission, make_platform, monkeypatch) -> None:
    def registered(*missions: Any) -> Graph:
        platform = make_platform(port=443, missions=tuple(m.mission for m in missions), kubernetes=KUBERNETES)
        return register_in_cluster(plan(platform, missions, name="demo", target="kubernetes"), monkeypatch)

    one, two = registered(planck), registered(planck, make_mission(mission="gaia"))
    assert len(objects(two)) > len(objects(one))
    for key, manifest in objects(one).items():
        assert objects(two)[key] == manifest, key


def test_the_example_is_registered(monkeypatch) -> None:
    platform, missions = load(ROOT / "stacks/kubernetes/Pulumi.example.yaml", ROOT / "mission_configs")
    graph = register_in_cluster(plan(platform, missions, name="example", target="kubernetes"), monkeypatch)
    assert {name for _, name in made_of(graph, "Namespace")} == {
        f"sepp-example-{area}" for area in ("core", "planck", "gssc", "jwst")
    }
    claims = made_of(graph, "PersistentVolumeClaim")
    assert claims["sepp-example-jwst", "jwst-scratch"]["spec"]["resources"]["requests"] == {"storage": "20Ti"}
    hard = made_of(graph, "ResourceQuota")["sepp-example-jwst", "area"]["spec"]["hard"]
    assert parse_bytes(hard["limits.memory"]) > 1024 * GIB


@pytest.mark.parametrize("count", [1, 10, 100])
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
    assert len(made_of(graph, "NetworkPolicy")) == 10 + 18 * count
