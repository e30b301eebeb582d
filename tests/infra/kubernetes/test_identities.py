"""As who pods run, and what they may do in a cluster: accounts, rights, the lists and the policies that compare."""

from typing import Any

from sepp.catalogue import CATALOGUE
from sepp.targets.kubernetes.identity import FOLLOWING
from sepp.targets.marks import PLATFORM
from tests.cluster import AREAS, KIND, made_of
from tests.graph import Graph


def test_every_namespace_is_restricted_but_those_where_tiers_are_kept(graph: Graph) -> None:
    found = {
        name: manifest["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for (_, name), manifest in made_of(graph, "Namespace").items()
    }
    assert found == {"sepp-demo-core": "restricted", "sepp-demo-planck": "baseline"}


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


def judging(graph: Graph, kind: str) -> dict[str, Any]:
    """Return by name the policies that judge something, or their bindings."""
    return {name: made["spec"] for (_, name), made in made_of(graph, kind).items() if name != FOLLOWING}


def test_without_a_list_or_a_policy_that_works_nobody_is_let_in(graph: Graph) -> None:
    bindings = judging(graph, "ValidatingAdmissionPolicyBinding")
    for name, policy in judging(graph, "ValidatingAdmissionPolicy").items():
        binding = bindings[name]
        assert policy["failurePolicy"] == "Fail"
        assert binding["policyName"] == name
        assert binding["paramRef"]["parameterNotFoundAction"] == "Deny"
        assert binding["validationActions"] == ["Deny"]
        assert binding["matchResources"]["namespaceSelector"] == {"matchLabels": {PLATFORM: "demo"}}


def test_the_policy_that_keeps_lists_followed_judges_nothing_and_outlives_the_platform(graph: Graph) -> None:
    for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"):
        assert graph.options[KIND[kind], FOLLOWING].retain_on_delete
    [rule] = made_of(graph, "ValidatingAdmissionPolicy")["", FOLLOWING]["spec"]["matchConstraints"]["resourceRules"]
    assert rule["apiGroups"] == ["nothing.invalid"]


def test_a_pod_is_judged_by_the_one_list_or_by_the_other(graph: Graph) -> None:
    bindings = judging(graph, "ValidatingAdmissionPolicyBinding").values()
    selectors = [binding["matchResources"]["objectSelector"]["matchExpressions"] for binding in bindings]
    assert sorted(each["operator"] for [each] in selectors) == ["DoesNotExist", "Exists"]
    assert {each["key"] for [each] in selectors} == {"sepp-user"}
