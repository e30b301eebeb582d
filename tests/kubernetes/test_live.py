"""One life of a platform in a cluster, in order: the kit's commands, the engine and its real provider, a real node.

Each test goes on where the one before it ended.
"""

import shutil
from collections.abc import Sequence

import pytest

from sepp.cli.common import deployment_of
from sepp.engine.paths import MISSIONS, ROOT
from sepp.targets import target_of
from sepp.targets.kubernetes import bakery, images, rollout
from sepp.targets.local.podman import podman
from tests.kit import Kit, kit_folder, wait_for
from tests.kubernetes.node import NAME as NODE
from tests.kubernetes.node import Node
from tests.kubernetes.running import cluster
from tests.kubernetes.server import ADMIN, NOBODY

NAME = "kubernetes/real"
PLUGIN = "pulumi-resource-kubernetes"
CORE, PLANCK = "sepp-real-core", "sepp-real-planck"
CLAIM = f"/api/v1/namespaces/{PLANCK}/persistentvolumeclaims/planck-scratch"
FILE = "/scratch/kept"

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(shutil.which(PLUGIN) is None, reason=f"{PLUGIN} is not on PATH"),
]


class InCluster(Kit):
    """The platform, not made yet, and the node that it runs on."""

    node: Node
    archives: Sequence[bakery.Archive]

    def kept(self) -> str:
        """Return what a file on a claim holds."""
        return target_of(deployment_of(NAME)).hosts().output("planck-storage", "cat", FILE)


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """The platform, not made yet, in a cluster that has its images."""
    folder = tmp_path_factory.mktemp("node")
    settings = {"domain": "sepp.localhost", "port": 30443, "missions": ["planck"]}
    target = {
        "context": ADMIN,
        "storage_class": "shared",
        "data_class": "block",
        "volume_size": "4 GiB",
        "entrance": {"kind": "node_port"},
    }
    with kit_folder("kubernetes", ROOT / "stacks/kubernetes/__main__.py") as place:
        kit = InCluster(place, NAME, settings, target)
        kit.write()
        recipes = images.recipes(deployment_of(NAME), MISSIONS)
        kit.archives = [bakery.ensure_archive(recipe, print) for recipe in recipes]
        with cluster(folder, kit.archives) as kit.node, pytest.MonkeyPatch.context() as changed:
            changed.setenv("KUBECONFIG", str(kit.node.server.kubeconfig))
            yield kit


def test_up_makes_a_platform_that_keeps_its_promises(live):
    live.up()
    live.does("verify", NAME)
    live.does("status", NAME)
    live.unchanged()


def test_what_somebody_changed_by_hand_is_told_and_mended(live):
    server, policy = live.node.server, f"/apis/networking.k8s.io/v1/namespaces/{CORE}/networkpolicies/dns"
    portal = f"/apis/apps/v1/namespaces/{CORE}/deployments/portal"
    server.ask("PATCH", portal, {"spec": {"replicas": 2}}, "application/merge-patch+json")
    server.ask("DELETE", policy)
    told = live.sepp("drift", NAME)
    assert told.exit_code == 3, told.output
    assert "deployment core-portal: differs: spec" in told.output
    assert "network policy core-dns: is not there" in told.output
    live.up()
    live.does("drift", NAME)
    assert server.ask("GET", portal)["spec"]["replicas"] == 1
    assert server.ask("GET", policy)


def test_a_claim_grows_with_the_same_files_and_never_shrinks(live):
    server = live.node.server
    target_of(deployment_of(NAME)).hosts().output("planck-storage", "tee", FILE, stdin="observed once")
    live.target["volumes"] = {"planck-scratch": {"size": "6 GiB"}}
    live.up()
    wait_for(lambda: server.ask("GET", CLAIM)["status"]["capacity"] == {"storage": "6Gi"})
    assert live.kept() == "observed once"
    live.unchanged()
    live.target["volumes"] = {"planck-scratch": {"size": "5 GiB"}}
    assert "planck-scratch with 5 GiB: it has 6 GiB, and claims never shrink" in live.refused()
    live.target["volumes"] = {"planck-scratch": {"size": "6 GiB"}}


def test_pods_that_are_killed_come_back(live):
    server = live.node.server
    for namespace in (CORE, PLANCK):
        pods = f"/api/v1/namespaces/{namespace}/pods"
        for pod in server.ask("GET", pods)["items"]:
            server.ask("DELETE", f"{pods}/{pod['metadata']['name']}")
    live.unchanged()
    live.does("status", NAME)
    assert live.kept() == "observed once"


def test_what_does_not_run_is_told_with_the_reason_and_the_next_command(live, monkeypatch):
    monkeypatch.setattr(rollout, "SECONDS", 20)
    server, pods = live.node.server, f"/api/v1/namespaces/{CORE}/pods"
    [pod] = server.ask("GET", pods, labelSelector="sepp-service=portal")["items"]
    podman("exec", NODE, "ctr", "--namespace", "k8s.io", "images", "rm", pod["spec"]["containers"][0]["image"])
    server.ask("DELETE", f"{pods}/{pod['metadata']['name']}")
    told = live.refused()
    [archive] = [each for each in live.archives if each.recipe.service == "portal"]
    live.node.load(archive.file)
    assert "all has been made, and does not run:\n- portal of core: portal-" in told
    assert "ErrImagePull" in told or "ImagePullBackOff" in told
    assert f"Next: kubectl --context '{ADMIN}' --namespace {CORE} describe pods --selector sepp-service=portal" in told


def test_others_rights_and_other_clusters_make_nothing(live):
    live.target["context"] = NOBODY
    assert "- the right to create, delete, get, patch configmaps" in live.refused()
    live.target["context"] = "elsewhere"
    assert "no way to the cluster" in live.refused()
    live.target["context"] = ADMIN


def test_a_platform_whose_state_is_lost_is_not_taken_over(live, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path))
        told = live.refused()
    assert f"has a platform of this name already, and nothing is known of it here: {CORE}" in told
    live.unchanged()


def _is_there(live: InCluster, deployment: str) -> bool:
    found = live.node.server.ask("GET", f"/apis/apps/v1/namespaces/{CORE}/deployments")["items"]
    return any(each["metadata"]["name"] == deployment for each in found)


def test_a_run_that_was_killed_is_healed_by_the_next(live):
    portal = f"/apis/apps/v1/namespaces/{CORE}/deployments/portal"
    live.node.server.ask("DELETE", portal)
    wait_for(lambda: not _is_there(live, "portal"))
    live.in_the_middle(lambda: _is_there(live, "portal"), live.kill_engine)
    live.up()
    live.unchanged()


def test_destroy_keeps_claims_and_the_next_up_finds_the_data(live):
    live.does("destroy", "--yes", NAME)
    server = live.node.server
    for namespace in (CORE, PLANCK):
        wait_for(lambda namespace=namespace: not server.ask("GET", f"/api/v1/namespaces/{namespace}/pods")["items"])
    assert server.ask("GET", CLAIM)["status"]["phase"] == "Bound"
    live.up()
    assert live.kept() == "observed once"
    live.unchanged()


def test_destroy_with_data_leaves_nothing(live):
    told = live.does("destroy", "--with-data", "--yes", NAME)
    assert f"claim planck-scratch in {PLANCK}" in told
    server = live.node.server
    left = {namespace["metadata"]["name"] for namespace in server.ask("GET", "/api/v1/namespaces")["items"]}
    assert not left & {CORE, PLANCK}
    wait_for(lambda: not server.ask("GET", "/api/v1/persistentvolumes")["items"])
