"""The network of a platform on Kubernetes: which connections pods may open and receive, and the one way in."""

from typing import Any

import pytest

from tests.cluster import AREAS, GATEWAY, made_of
from tests.graph import Graph


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


def test_the_policies_are_the_connections_of_the_plan_and_no_others(graph: Graph) -> None:
    """Each of the plan's rules is there at both ends; the rest is DNS, the API server and servers of users."""

    def place(host: str) -> tuple[tuple[str, str], ...]:
        return (("kubernetes.io/metadata.name", f"sepp-demo-{graph.deployment.host(host).area}"),)

    dns = ((("kubernetes.io/metadata.name", "kube-system"),), (("k8s-app", "kube-dns"),))
    ports = (("UDP", 53), ("TCP", 53), ("UDP", "dns"), ("TCP", "dns-tcp"))
    expected = {(f"sepp-demo-{area}", "out", (), ports, (dns,)) for area in AREAS}
    api_server = (("TCP", 443), ("TCP", 6443))
    for service in ("hub", "identity"):
        whose = (("sepp-service", service),)
        expected.add(("sepp-demo-planck", "out", whose, api_server, ("0.0.0.0/0",)))
    hub, users, at = (("sepp-service", "hub"),), (("sepp-user", "*"),), place("planck")
    expected.add(("sepp-demo-planck", "in", users, (("TCP", 8888),), ((at, hub),)))
    expected.add(("sepp-demo-planck", "out", hub, (("TCP", 8888),), ((at, users),)))
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


def test_only_the_entrance_reaches_an_authority_that_certifies_it(make_graph) -> None:
    graph = make_graph(tls={"acme": {"directory": "https://acme.site.example:14000/dir", "email": "ops@site.example"}})
    policy = made_of(graph, "NetworkPolicy")["sepp-demo-core", "proxy-to-authority"]
    assert ends(policy)[2:] == ((("sepp-service", "proxy"),), (("TCP", 14000),), ("0.0.0.0/0", "::/0"))
    assert ("sepp-demo-planck", "proxy-to-authority") not in made_of(graph, "NetworkPolicy")


def test_a_dns_cache_on_the_nodes_is_reached_as_well(make_graph) -> None:
    graph = make_graph(dns={"namespace": "dns", "labels": {"app": "coredns"}, "address": "169.254.20.10"})
    policy = made_of(graph, "NetworkPolicy")["sepp-demo-core", "dns"]
    pods = ((("kubernetes.io/metadata.name", "dns"),), (("app", "coredns"),))
    assert ends(policy)[4] == (pods, "169.254.20.10/32")


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


@pytest.mark.parametrize("kind", ["load_balancer", "ingress"])
def test_an_issuer_certifies_every_public_name_and_who_ends_tls_gets_it(make_graph, kind) -> None:
    graph = make_graph(entrance={"kind": kind, "issuer": "site"})
    [wanted] = made_of(graph, "Certificate").values()
    assert wanted["metadata"]["namespace"] == "sepp-demo-core"
    assert tuple(wanted["spec"]["dnsNames"]) == graph.deployment.public_names
    assert (wanted["spec"]["issuerRef"]["kind"], wanted["spec"]["issuerRef"]["name"]) == ("ClusterIssuer", "site")
    pod = made_of(graph, "Deployment")["sepp-demo-core", "proxy"]["spec"]["template"]["spec"]
    taken = [each["secret"]["secretName"] for each in pod["volumes"] if each["name"] == "certificate"]
    taken += [tls["secretName"] for each in made_of(graph, "Ingress").values() for tls in each["spec"]["tls"]]
    assert taken == [wanted["spec"]["secretName"]]


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


def test_behind_a_gateway_every_public_name_leads_to_the_entrance_which_is_known_by_its_certificate(make_graph) -> None:
    graph = make_graph(entrance={**GATEWAY, "annotations": {"a/b": "c"}}, port=8443)
    [route] = made_of(graph, "HTTPRoute").values()
    domain, below = route["spec"]["hostnames"]
    assert all(name == domain or name.endswith(below.removeprefix("*")) for name in graph.deployment.public_names)
    assert route["spec"]["parentRefs"] == [{"namespace": "gateways", "name": "public", "sectionName": "https"}]
    [rule] = route["spec"]["rules"]
    assert rule["backendRefs"] == [{"name": "entrance", "port": 8443}]
    assert route["metadata"]["annotations"]["a/b"] == "c"
    [policy] = made_of(graph, "BackendTLSPolicy").values()
    assert policy["spec"]["targetRefs"] == [{"group": "", "kind": "Service", "name": "entrance"}]
    assert policy["spec"]["validation"]["hostname"] in graph.deployment.public_names
    [known] = policy["spec"]["validation"]["caCertificateRefs"]
    authority = made_of(graph, "ConfigMap")["sepp-demo-core", known["name"]]
    assert authority["data"] == {"ca.crt": graph.exported("authority")}
    service = made_of(graph, "Service")["sepp-demo-core", "entrance"]
    assert service["spec"]["type"] == "ClusterIP"
    assert "a/b" not in service["metadata"]["annotations"]
