"""One life of a platform in a cluster, in order: the kit's commands, the engine and its real provider, a real node.

Each test goes on where the one before it ended.
"""

import os
import shutil
import threading
from collections.abc import Mapping, Sequence
from secrets import token_hex

import pytest

from sepp.cli.common import deployment_of
from sepp.config.kubernetes import ApiServer
from sepp.engine.errors import LockedError
from sepp.engine.paths import MISSIONS, ROOT
from sepp.engine.stack import Stack
from sepp.targets import pki, rotation, target_of
from sepp.targets.kubernetes import bakery, images, rollout
from sepp.targets.kubernetes.names import SERVICE
from sepp.targets.local.podman import podman
from tests.kit import Kit, kit_folder, wait_for
from tests.kubernetes import metallb, traefik
from tests.kubernetes.node import ADDRESS, Node
from tests.kubernetes.node import NAME as NODE
from tests.kubernetes.provisioner import BLOCK, paused
from tests.kubernetes.running import cluster
from tests.kubernetes.server import ADMIN, NOBODY, RefusedError

NAME = "kubernetes/real"
PLUGIN = "pulumi-resource-kubernetes"
CORE, PLANCK = "sepp-real-core", "sepp-real-planck"
MORE = "xmm-newton"
"""A mission whose users have no servers, so that its images are small."""
PODS = tuple(f"/api/v1/namespaces/{namespace}/pods" for namespace in (CORE, PLANCK))
CLAIM = f"/api/v1/namespaces/{PLANCK}/persistentvolumeclaims/planck-scratch"
MERGE, STRATEGIC = "application/merge-patch+json", "application/strategic-merge-patch+json"
PORTAL = f"/apis/apps/v1/namespaces/{CORE}/deployments/portal"
DIRECTORY = f"/apis/apps/v1/namespaces/{CORE}/statefulsets/directory"
FILE = "/scratch/kept"
DOMAIN, PORT = "sepp.localhost", 30443
SECRET = "entrance-of-the-site"

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
    """The platform, not made yet, in a cluster that has its images, also those of a mission that comes later."""
    folder = tmp_path_factory.mktemp("node")
    settings = {"domain": DOMAIN, "port": PORT, "missions": ["planck", MORE]}
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
        kit.settings["missions"] = ["planck"]
        with cluster(folder, kit.archives) as kit.node, pytest.MonkeyPatch.context() as changed:
            changed.setenv("KUBECONFIG", str(kit.node.server.kubeconfig))
            yield kit


def test_claims_that_get_no_volume_are_told(live, monkeypatch):
    with monkeypatch.context() as patch, paused(live.node.server, BLOCK):
        patch.setattr(rollout, "SECONDS", 20)
        told = live.refused()
    assert "all has been made, and does not run:" in told
    assert "- directory of core: directory-0: its claim core-directory is Pending, not bound to a volume" in told
    assert "Next: kubectl" in told


def test_up_makes_a_platform_that_keeps_its_promises(live):
    live.up()
    live.does("verify", NAME)
    live.does("status", NAME)
    live.unchanged()


def test_what_somebody_changed_by_hand_is_told_and_mended(live):
    server, policy = live.node.server, f"/apis/networking.k8s.io/v1/namespaces/{CORE}/networkpolicies/dns"
    server.ask("PATCH", PORTAL, {"spec": {"replicas": 2}}, MERGE)
    server.ask("DELETE", policy)
    told = live.sepp("drift", NAME)
    assert told.exit_code == 3, told.output
    assert "deployment core-portal: differs: spec" in told.output
    assert "network policy core-dns: is not there" in told.output
    live.up()
    live.does("drift", NAME)
    assert server.ask("GET", PORTAL)["spec"]["replicas"] == 1
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


def test_a_pod_with_data_that_cannot_start_is_replaced_by_the_next_run(live):
    server, pods = live.node.server, f"/api/v1/namespaces/{CORE}/pods"
    [container] = server.ask("GET", DIRECTORY)["spec"]["template"]["spec"]["containers"]
    broken = {"containers": [{"name": container["name"], "image": "localhost/none:1"}]}
    server.ask("PATCH", DIRECTORY, {"spec": {"template": {"spec": broken}}}, STRATEGIC)
    # Between the old one and the new one there is none.
    wait_for(lambda: "localhost/none" in str([pod["status"] for pod in server.ask("GET", pods)["items"]]))
    live.up()
    live.unchanged()


def test_new_secrets_reach_all_that_use_them(live):
    live.does("rotate", "--yes", NAME)
    live.does("verify", NAME)
    live.unchanged()


def test_secrets_of_the_sites_store_are_used_and_a_new_one_restarts_only_those_that_use_it(live):
    held = {name: token_hex(32) for name in rotation.secrets(deployment_of(NAME))}
    live.target["secrets"] = _keep(live, held)
    try:
        live.up()
        live.does("verify", NAME)
        before = _services(live)
        _keep(live, {**held, "storage-usage": token_hex(32)})
        live.up()
        after = _services(live)
        assert {before[pod] for pod in before.keys() - after.keys()} == {"storage", "portal"}
        live.does("verify", NAME)
    finally:
        live.target.pop("secrets")
    live.up()
    live.unchanged()


def _keep(live: InCluster, held: Mapping[str, str]) -> Mapping[str, str]:
    """Write a Secret as an external store does; return where it is."""
    place = {"name": "of-the-site", "namespace": "default"}
    live.node.server.apply({"apiVersion": "v1", "kind": "Secret", "metadata": place, "stringData": held})
    return place


def _services(live: InCluster) -> Mapping[str, str]:
    """Return the service of each pod that has one and does not end, by the pod's id."""
    asked = [live.node.server.ask("GET", pods, labelSelector=SERVICE) for pods in PODS]
    found = [pod["metadata"] for pods in asked for pod in pods["items"]]
    return {pod["uid"]: pod["labels"][SERVICE] for pod in found if "deletionTimestamp" not in pod}


def test_a_load_balancer_gives_the_entrance_an_address(live):
    metallb.install(live.node)
    live.target["entrance"] = {"kind": "load_balancer"}
    live.up()
    wait_for(lambda: f"planck.{DOMAIN} A {metallb.ADDRESSES[0]}" in live.up())
    live.does("verify", NAME)


@pytest.mark.parametrize(
    ("entrance", "namespace"),
    [
        ({"kind": "ingress", "class_name": traefik.NAME, "secret": SECRET}, CORE),
        ({"kind": "gateway", "gateway": traefik.GATEWAY}, traefik.NAME),
    ],
)
def test_behind_what_ends_tls_the_certificate_is_the_clusters(live, tmp_path, entrance, namespace):
    traefik.install(live.node, SECRET)
    authority = pki.make_authority("Site")
    given = pki.issue(authority, deployment_of(NAME).public_names)
    (tmp_path / "site.pem").write_text(authority.certificate)
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET, "namespace": namespace}}
    data = {"tls.crt": given.certificate, "tls.key": given.key}
    live.node.server.apply({**secret, "type": "kubernetes.io/tls", "stringData": data})
    live.target["entrance"] = entrance
    live.settings["tls"] = {"authority": str(tmp_path / "site.pem")}
    live.settings.pop("port")
    try:
        live.up()
        wait_for(lambda: f"planck.{DOMAIN} A {metallb.ADDRESSES[1]}" in live.up())
        live.does("verify", NAME)
    finally:
        live.target["entrance"] = {"kind": "node_port"}
        live.settings.pop("tls")
        live.settings["port"] = PORT
    live.up()
    live.unchanged()


def test_pods_that_are_killed_come_back(live):
    server = live.node.server
    for pods in PODS:
        for pod in server.ask("GET", pods)["items"]:
            server.ask("DELETE", f"{pods}/{pod['metadata']['name']}")
    live.unchanged()
    live.does("status", NAME)
    assert live.kept() == "observed once"


def test_what_ran_on_a_node_that_is_drained_comes_back_with_it(live):
    server, node = live.node.server, f"/api/v1/nodes/{NODE}"
    server.ask("PATCH", node, {"spec": {"unschedulable": True}}, MERGE)
    try:
        for pods in PODS:
            for pod in server.ask("GET", pods)["items"]:
                name = pod["metadata"]["name"]
                eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
                server.ask("POST", f"{pods}/{name}/eviction", eviction)
        wait_for(lambda: "finds no place" in live.sepp("status", NAME).output)
    finally:
        server.ask("PATCH", node, {"spec": {"unschedulable": None}}, MERGE)
    live.unchanged()
    assert live.kept() == "observed once"


def _ids(live: InCluster, namespace: str) -> set[str]:
    found = live.node.server.ask("GET", f"/api/v1/namespaces/{namespace}/pods")["items"]
    return {pod["metadata"]["uid"] for pod in found}


def test_a_mission_comes_and_goes_without_the_other_being_touched_and_finds_its_data_again(live):
    before, hosts = _ids(live, PLANCK), f"{MORE}-storage"
    live.settings["missions"] = ["planck", MORE]
    live.up()
    target_of(deployment_of(NAME)).hosts().output(hosts, "tee", FILE, stdin="observed later")
    live.does("verify", NAME)
    live.settings["missions"] = ["planck"]
    live.up()
    wait_for(lambda: not _ids(live, f"sepp-real-{MORE}"))
    live.unchanged()
    live.settings["missions"] = ["planck", MORE]
    live.up()
    assert target_of(deployment_of(NAME)).hosts().output(hosts, "cat", FILE) == "observed later"
    assert _ids(live, PLANCK) == before
    live.settings["missions"] = ["planck"]
    live.up()


def test_what_does_not_run_is_told_with_the_reason_and_the_next_command(live, monkeypatch):
    monkeypatch.setattr(rollout, "SECONDS", 20)
    server, pods = live.node.server, f"/api/v1/namespaces/{CORE}/pods"
    [pod] = server.ask("GET", pods, labelSelector=f"{SERVICE}=portal")["items"]
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


def _undone(live: InCluster) -> None:
    """Give the next `up` something to do."""
    live.node.server.ask("DELETE", PORTAL)
    wait_for(lambda: not _is_there(live, "portal"))


def test_a_run_that_was_killed_is_healed_by_the_next(live):
    _undone(live)
    live.in_the_middle(lambda: _is_there(live, "portal"), live.kill_engine)
    live.up()
    live.unchanged()


def test_of_two_runs_at_once_the_second_is_told_who_holds_it(live):
    _undone(live)
    first = threading.Thread(target=live.up)
    first.start()
    try:
        wait_for(lambda: _is_there(live, "portal"))
        with pytest.raises(LockedError, match=f"pid {os.getpid()}, since"), Stack.of(NAME).held("up"):
            pytest.fail("both hold it")
    finally:
        first.join()
    live.unchanged()


POLICY = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "ValidatingAdmissionPolicy",
    "metadata": {"name": "site"},
    "spec": {
        "matchConstraints": {
            "resourceRules": [
                {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["deployments"]}
            ]
        },
        "validations": [{"expression": "false", "message": "the site wants a cost centre"}],
    },
}
BINDING = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "ValidatingAdmissionPolicyBinding",
    "metadata": {"name": "site"},
    "spec": {"policyName": "site", "validationActions": ["Deny"]},
}


def test_what_the_site_refuses_is_told_with_its_reason(live):
    server = live.node.server
    for manifest in (POLICY, BINDING):
        server.apply(manifest)
    try:
        wait_for(lambda: _refuses(live))
        _undone(live)
        told = live.refused()
        assert "core-portal" in told
        assert "the site wants a cost centre" in told
        assert "Next: " in told
    finally:
        for manifest in (BINDING, POLICY):
            server.ask("DELETE", f"{server.path(manifest)}/site")
    wait_for(lambda: not _refuses(live))
    live.up()
    live.unchanged()


def _refuses(live: InCluster) -> bool:
    """Tell whether no deployment can be made now; the cluster takes a while to obey a new policy."""
    labels = {"app": "tried"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "tried", "image": "none"}]}}
    spec = {"selector": {"matchLabels": labels}, "template": pod}
    tried = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "tried", "namespace": "default"}}
    try:
        live.node.server.create({**tried, "spec": spec}, dryRun="All")
    except RefusedError:
        return True
    return False


AWAY = (
    f"table inet away {{ chain input {{ type filter hook input priority -10; ip saddr != {ADDRESS} "
    f"tcp dport {ApiServer().port} reject with tcp reset; }}; }}"
)
"""Rules of the node by which its API server is not reached from this machine."""


def test_an_api_that_goes_away_is_told_and_the_next_run_goes_on(live):
    _undone(live)
    try:
        told = live.in_the_middle(lambda: _is_there(live, "portal"), lambda: podman("exec", NODE, "nft", AWAY))
        assert "Next: " in told
        told = live.refused()
        assert f"the cluster of the context '{ADMIN}' does not answer as it should" in told
        assert f"Next: kubectl --context '{ADMIN}' version" in told
    finally:
        podman("exec", NODE, "nft", "delete table inet away")
    live.up()
    assert live.kept() == "observed once"
    live.unchanged()


def test_a_node_that_is_silent_is_told_and_comes_back(live):
    podman("exec", NODE, "pkill", "-STOP", "kubelet")
    try:
        wait_for(lambda: live.sepp("status", NAME).exit_code == 1)
    finally:
        podman("exec", NODE, "pkill", "-CONT", "kubelet")
    wait_for(lambda: live.sepp("status", NAME).exit_code == 0)
    assert live.kept() == "observed once"


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
    assert not left & {CORE, PLANCK, f"sepp-real-{MORE}"}
    wait_for(lambda: not server.ask("GET", "/api/v1/persistentvolumes")["items"])
