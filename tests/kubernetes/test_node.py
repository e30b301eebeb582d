"""The platform on a real node: what the program registers runs there, and people sign in."""

import json
import ssl
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from sepp.catalogue.directory import DIRECTORY
from sepp.config.load import load
from sepp.config.units import GIB
from sepp.config.users import UsersFile
from sepp.deployment import Certificate
from sepp.directory.client import Client, RefusedError
from sepp.engine.paths import MISSIONS
from sepp.plan import plan
from sepp.targets import pki, target_of
from sepp.targets.certificate import AuthorityProvider, CertificateProvider
from sepp.targets.kubernetes import bakery, images, names
from sepp.targets.kubernetes.commands import Pods
from sepp.targets.kubernetes.configuration import ConfigurationProvider
from sepp.targets.kubernetes.entrance import ENTRANCE
from sepp.targets.secret import SecretsProvider
from sepp.verify.notebook import Server
from sepp.verify.room import check_room
from sepp.verify.run import HELLO, of_missions
from sepp.verify.web import Entrance, sign_in
from tests.cluster import made_of
from tests.graph import SERVICE, Graph, Mocks, register_in_cluster
from tests.kubernetes.making import manifests, whole
from tests.kubernetes.node import ADDRESS, NAME, Node
from tests.kubernetes.provisioner import VOLUMES
from tests.kubernetes.running import cluster
from tests.kubernetes.server import ADMIN
from tests.kubernetes.waiting import wait_until

DOMAIN, PORT = "sepp.localhost", 30443
HUB = f"https://planck.{DOMAIN}:{PORT}"
PASSWORD = "correct horse battery"
CORE, PLANCK = "sepp-real-core", "sepp-real-planck"
SECRET = "entrance-of-the-site"
PROVIDERS = {
    "Secrets": SecretsProvider(),
    "Authority": AuthorityProvider(),
    "Certificate": CertificateProvider(),
    "Configuration": ConfigurationProvider(),
}


class Real(Mocks):
    """Lets the kit's own providers make what is theirs; `made` is that, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.made: dict[str, dict[str, Any]] = {}

    def new_resource(self, args: Any) -> tuple[str, dict[str, Any]]:
        provider = PROVIDERS.get(args.typ.rpartition(":")[2])
        if provider is None or "dynamic" not in args.typ:
            return super().new_resource(args)
        self.inputs[args.typ, args.name] = dict(args.inputs)
        self.made[args.name] = outs = provider.create(whole(dict(args.inputs))).outs
        return args.name, outs


@dataclass(frozen=True)
class Platform:
    """A platform that runs on a node."""

    node: Node
    graph: Graph
    authority: Certificate
    entrance: Entrance
    hosts: Pods

    @property
    def directory(self) -> Client:
        return Client(self.graph.deployment, self.hosts)

    def certify(self) -> str:
        """Put a new certificate into the Secret that the settings name, as cert-manager does; return it (PEM)."""
        made = pki.issue(self.authority, self.graph.deployment.public_names)
        metadata, data = {"name": SECRET, "namespace": CORE}, {"tls.crt": made.certificate, "tls.key": made.key}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "kubernetes.io/tls"}
        self.node.server.apply({**secret, "stringData": data})
        return made.certificate


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    """Planck's platform on a node, with all services that have pods."""
    folder = tmp_path_factory.mktemp("node")
    config = {
        "sepp:domain": DOMAIN,
        "sepp:port": PORT,
        "sepp:missions": ["planck"],
        "sepp:kubernetes": {
            "context": ADMIN,
            "storage_class": "shared",
            "data_class": "block",
            "entrance": {"kind": "node_port", "secret": SECRET},
        },
    }
    (folder / "Pulumi.real.yaml").write_text(yaml.safe_dump({"config": config}))
    settings, missions = load(folder / "Pulumi.real.yaml", MISSIONS)
    deployment = plan(settings, missions, name="real", target="kubernetes")
    archives = {recipe: bakery.ensure_archive(recipe, print) for recipe in images.recipes(deployment, MISSIONS)}
    with pytest.MonkeyPatch.context() as changed:
        contents = {recipe.name: archive.content for recipe, archive in archives.items()}
        graph = register_in_cluster(deployment, changed, contents, mocks := Real())
        authority = folder / "authority.pem"
        authority.write_text(graph.exported("authority"))
        signs = Certificate(certificate=mocks.made["authority"]["certificate"], key=mocks.made["authority"]["key"])
    with cluster(folder, archives.values()) as running:
        for manifest in manifests(graph):
            running.server.apply(as_here(manifest))
        entrance = Entrance(address=ADDRESS, port=PORT, authority=authority)
        with pytest.MonkeyPatch.context() as changed:
            changed.setenv("KUBECONFIG", str(running.server.kubeconfig))
            hosts = Pods(deployment=deployment, settings=settings.kubernetes)
            made = Platform(running, graph, signs, entrance, hosts)
            made.certify()
            yield made


def as_here(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest where the entrance has the address that the mocks said it had."""
    if (manifest["kind"], manifest["metadata"]["name"]) == ("Service", ENTRANCE):
        manifest["spec"]["clusterIP"] = SERVICE
    return manifest


def test_every_service_becomes_ready(platform):
    for kind in ("StatefulSet", "Deployment"):
        for namespace, name in made_of(platform.graph, kind):
            platform.node.ready(kind, namespace, name, seconds=240)


def test_the_portal_is_shown_by_the_entrance(platform):
    page = platform.entrance.browser().get(f"https://{DOMAIN}:{PORT}/", timeout=30)
    assert page.status_code == 200
    assert "Planck" in page.text


def test_a_new_certificate_in_the_cluster_is_shown_without_a_restart(platform):
    server, pods = platform.node.server, f"/api/v1/namespaces/{CORE}/pods"

    def containers() -> list[str]:
        found = server.ask("GET", pods, labelSelector=f"{names.SERVICE}=proxy")["items"]
        return [each["containerID"] for pod in found for each in pod["status"]["containerStatuses"]]

    before, new = containers(), platform.certify()
    wait_until(lambda: ssl.get_server_certificate((ADDRESS, PORT)) == new, 120)
    assert containers() == before


def test_a_user_signs_in(platform):
    user = {"name": "alice", "groups": ["planck-collaboration"], "password": PASSWORD}
    platform.directory.call("add", **user)
    page = sign_in(platform.entrance.browser(), f"https://{DOMAIN}:{PORT}/me", "alice", PASSWORD)
    assert (page.status_code, page.url) == (200, f"https://{DOMAIN}:{PORT}/me")
    assert "alice" in page.text


WORKS = """
import json, os, pathlib, time
user = "{user}"
home, page = pathlib.Path("/home", user), pathlib.Path("/public", user)
until = time.monotonic() + 120
while not (os.access(home, os.W_OK) and os.path.exists("/home/{other}")) and time.monotonic() < until:
    time.sleep(1)
found = dict()
def tries(name, act):
    try:
        found[name] = str(act())
    except OSError as error:
        found[name] = type(error).__name__
tries("home", lambda: (home / "own").write_text("mine"))
tries("scratch", lambda: pathlib.Path("/scratch", user, "own").write_text("mine"))
tries("page", lambda: (page / "page.txt").write_text("shown to all"))
tries("share", lambda: pathlib.Path("/share/papers", user).write_text("ours"))
tries("another's home", lambda: os.listdir("/home/{other}"))
tries("another's folder", lambda: pathlib.Path("/home/mallory").mkdir())
tries("repository", lambda: pathlib.Path("/repository/own").write_text("mine"))
tries("be another", lambda: os.setuid(0))
print(json.dumps(found))
"""
"""What a user tries with the tiers of her mission."""


def test_users_have_folders_of_their_own_and_what_their_groups_share(platform):
    for name, groups in {"mary": ["planck-collaboration"], "paul": []}.items():
        platform.directory.call("add", name=name, groups=groups)

    def does(user: str, other: str) -> dict[str, str]:
        code = WORKS.format(user=user, other=other)
        return json.loads(platform.hosts.as_user("planck", user, code))

    refused = {
        "another's home": "PermissionError",
        "another's folder": "PermissionError",
        "repository": "OSError",
        "be another": "PermissionError",
    }
    own = {"home": "4", "scratch": "4"}
    assert does("mary", "paul") == {**own, "page": "12", "share": "4", **refused}
    assert does("paul", "mary") == {**own, "page": "FileNotFoundError", "share": "PermissionError", **refused}
    url = f"https://files.{DOMAIN}:{PORT}/planck/mary/page.txt"
    assert platform.entrance.browser().get(url, timeout=30).text == "shown to all"


READS = """
import json, os
found = dict()
for folder in ("/repository/maps", "/repository/simulations"):
    try:
        found[folder] = sorted(os.listdir(folder))
        for name in found[folder]:
            with open(folder + "/" + name, "rb") as file:
                assert not name.endswith(".fits") or file.read(6) == b"SIMPLE"
    except OSError as error:
        found[folder] = type(error).__name__
print(json.dumps(found))
"""


def test_the_demonstration_data_are_read_by_whom_the_mission_says(platform):
    def reads(user: str) -> dict[str, list[str] | str]:
        return json.loads(platform.hosts.as_user("planck", user, READS))

    mary, paul = reads("mary"), reads("paul")
    assert len([name for name in mary["/repository/maps"] if name.endswith(".fits")]) == 4
    assert [name for name in mary["/repository/simulations"] if name.endswith(".fits")] == [
        *("simulation_nside256_seed1.fits", "simulation_nside256_seed2.fits")
    ]
    assert paul == {"/repository/maps": mary["/repository/maps"], "/repository/simulations": "PermissionError"}


def test_what_a_user_uses_is_told_on_her_page(platform):
    browser, address = platform.entrance.browser(), f"https://{DOMAIN}:{PORT}/me"
    sign_in(browser, address, "alice", PASSWORD)
    wait_until(lambda: "cannot be shown" not in browser.get(address, timeout=30).text, 120)
    assert "/scratch" in browser.get(address, timeout=30).text


def test_old_files_of_the_scratch_tier_are_purged_by_the_job(platform):
    """As it is registered, but a hundred days later."""
    server = platform.node.server
    cron = server.ask("GET", f"/apis/batch/v1/namespaces/{PLANCK}/cronjobs/storage-purge")
    spec = cron["spec"]["jobTemplate"]["spec"]
    spec["template"]["spec"]["containers"][0]["command"] += ["--days-ahead", "100"]
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "later", "namespace": PLANCK}, "spec": spec}
    kept = ("podman", "exec", NAME, "find", VOLUMES, "-name", "own", "-path")
    assert subprocess.check_output([*kept, "*/planck-scratch/mary/own"])
    server.create(job)
    path = f"{server.path(job)}/later"
    wait_until(
        lambda: server.ask("GET", path)["status"].get("succeeded"), 60, lambda: "\n".join(platform.node.said(PLANCK))
    )
    assert not subprocess.check_output([*kept, "*/planck-scratch/mary/own"])
    assert subprocess.check_output([*kept, "*/planck-persistent/mary/own"])


MINE = """
import json, os, pathlib
home = pathlib.Path.home()
(home / "made-in-a-notebook").write_text("mine")
readable = [path.name for path in pathlib.Path("/home").glob("[a-z]*") if os.access(path, os.R_OK)]
print(json.dumps([home.owner(), readable, os.path.exists("/etc/sepp/hub")]))
"""


def test_a_user_computes_in_a_server_of_her_own(platform):
    with Server(platform.entrance, HUB, "alice", PASSWORD) as server:
        assert json.loads(server.execute(MINE)) == ["alice", ["alice"], False]
        [container] = servers(platform)["alice"]["spec"]["containers"]
        assert container["resources"]["limits"] == {"cpu": "8", "memory": str(32 * GIB)}
        for kernel, code in HELLO.values():
            assert server.execute(code, kernel).strip() == "42"
    wait_until(lambda: not servers(platform), 60)


def test_who_signs_out_is_out_at_the_hub_too(platform):
    """Sign-on tells the hub, whose name it finds by itself."""
    browser, home = platform.entrance.browser(), f"{HUB}/hub/home"
    sign_in(browser, home, "alice", PASSWORD)
    thief = platform.entrance.browser()
    thief.cookies.update(browser.cookies)
    assert thief.get(home, timeout=30, allow_redirects=False).status_code == 200
    browser.get(f"https://login.{DOMAIN}:{PORT}/cas/logout", timeout=30)
    wait_until(lambda: thief.get(home, timeout=30, allow_redirects=False).is_redirect, 30)


def servers(platform: Platform) -> dict[str, dict[str, Any]]:
    """Return the pods that are servers, by their users."""
    found = platform.node.server.ask("GET", f"/api/v1/namespaces/{PLANCK}/pods", labelSelector=names.USER)["items"]
    return {pod["metadata"]["labels"][names.USER]: pod for pod in found}


def test_running_servers_outlive_the_hub(platform):
    server, pods = platform.node.server, f"/api/v1/namespaces/{PLANCK}/pods"
    with Server(platform.entrance, HUB, "alice", PASSWORD) as running:
        before = servers(platform)["alice"]["metadata"]["uid"]
        hub = server.ask("GET", pods, labelSelector=f"{names.SERVICE}=hub")["items"]
        for pod in hub:
            server.ask("DELETE", f"{pods}/{pod['metadata']['name']}")
        gone = {pod["metadata"]["uid"] for pod in hub}
        wait_until(lambda: not gone & {pod["metadata"]["uid"] for pod in server.ask("GET", pods)["items"]}, 120)
        for kind, name in (("StatefulSet", "hub-server"), ("Deployment", "hub")):
            platform.node.ready(kind, PLANCK, name)
        wait_until(lambda: running.browser.get(f"{HUB}/user/alice/api", timeout=30).ok, 60)
        assert running.execute("print(6 * 7)").strip() == "42"
        assert servers(platform)["alice"]["metadata"]["uid"] == before


def test_verify_proves_the_platform(platform):
    deployment = platform.graph.deployment
    results = [
        *target_of(deployment).checks(platform.hosts),
        *of_missions(deployment, platform.hosts, platform.entrance),
    ]
    assert not [f"{each.group}: {each.name}: {each.detail}" for each in results if not each.passed]
    assert len(results) > len(deployment.rights)


REACHES = """
import json, socket
found = dict()
for name, (host, port) in {asked}.items():
    try:
        socket.create_connection((host, port), timeout=3).close()
        found[name] = True
    except OSError:
        found[name] = False
print(json.dumps(found))
"""


def test_a_users_pod_reaches_the_entrance_and_what_all_hosts_reach_and_nothing_else(platform):
    within = {
        "directory": (f"directory.{CORE}.svc", 636, True),
        "entrance": (f"proxy.{CORE}.svc", PORT, True),
        "portal": (f"portal.{CORE}.svc", 8090, False),
        "sign-on": (f"cas.{CORE}.svc", 8080, False),
        "usage": (f"storage.{PLANCK}.svc", 8071, False),
        "who there is": (f"identity.{PLANCK}.svc", 8072, False),
        "API server": ("kubernetes.default.svc", 443, False),
        "node": (ADDRESS, 10250, False),
        "outside": ("192.0.2.1", 443, False),
    }
    code = REACHES.format(asked={name: (host, port) for name, (host, port, _) in within.items()})
    found = json.loads(platform.hosts.as_user("planck", "mary", code))
    assert found == {name: allowed for name, (_, _, allowed) in within.items()}


def test_a_full_volume_is_told_and_nothing_of_it_is_lost(platform):
    """What an operator begins then is refused somewhere in the middle, and done when there is room again."""
    hosts, directory = platform.hosts, platform.directory
    newcomers = {f"newcomer{number}": {"password": "{SSHA512}none"} for number in range(200)}
    file = UsersFile.model_validate({"users": newcomers})
    filled = f"{VOLUMES}/core-directory/filled"
    # By the node: what a pod writes into memory is its own.
    fill = ("podman", "exec", NAME, "dd", "if=/dev/zero", f"of={filled}", "bs=1M")
    try:
        assert "No space left on device" in subprocess.run(fill, capture_output=True, text=True).stderr
        [full] = [each for each in check_room(platform.graph.deployment, hosts) if not each.passed]
        assert (full.name, full.detail.partition(":")[0]) == ("core-directory", f"{DIRECTORY.data} is full by 100 %")
        with pytest.raises(RefusedError):
            directory.apply(file)
        assert directory.call("show", name="mary")
    finally:
        subprocess.run(["podman", "exec", NAME, "rm", filled], check=True)
    assert directory.apply(file)["added"]
    assert directory.call("show", name="newcomer199")


def test_pods_end_when_they_are_asked_before_the_cluster_loses_patience(platform):
    server = platform.node.server

    def there() -> dict[str, str]:
        lists = [f"/api/v1/namespaces/{namespace}/pods" for namespace in (CORE, PLANCK)]
        pods = [(path, pod["metadata"]) for path in lists for pod in server.ask("GET", path)["items"]]
        return {each["uid"]: f"{path}/{each['name']}" for path, each in pods}

    asked = there()
    grace = [server.ask("DELETE", pod)["metadata"]["deletionGracePeriodSeconds"] for pod in asked.values()]
    wait_until(lambda: not asked.keys() & there().keys(), max(grace) - 30, lambda: f"still there: {there()}")
