"""How much of a cluster a platform may use: quotas, limits of pods, and claims."""

from sepp.catalogue import CATALOGUE
from tests.cluster import made_of
from tests.graph import Graph


def test_quotas_are_the_sizes_of_the_plan_with_room_for_a_renewal_of_all(graph: Graph) -> None:
    hosts = [host for host in graph.deployment.hosts if host.area == "planck"]
    hard = made_of(graph, "ResourceQuota")["sepp-demo-planck", "area"]["spec"]["hard"]
    services = [CATALOGUE[name].size for name in ("identity", "storage", "hub")]
    memory = sum(size.memory for size in (*hosts, *services))
    assert hard["requests.memory"] == f"{memory // 1024**2}Mi"
    assert hard["requests.cpu"] == f"{sum(size.cpu for size in (*hosts, *services)) * 1000:.0f}m"
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
