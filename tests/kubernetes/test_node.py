"""The platform on a real node: what the program registers runs there, and people sign in."""

import subprocess
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from sepp.config.load import load
from sepp.engine.paths import ROOT
from sepp.plan import plan
from sepp.targets.certificate import AuthorityProvider, CertificateProvider
from sepp.targets.kubernetes import bakery, program
from sepp.targets.kubernetes.configuration import ConfigurationProvider
from sepp.targets.secret import SecretsProvider
from sepp.verify.web import Entrance, sign_in
from tests.cluster import made_of
from tests.graph import Graph, Mocks, register_in_cluster
from tests.kubernetes.making import make, manifests, whole
from tests.kubernetes.node import ADDRESS, NAME, VOLUMES, Node, node
from tests.kubernetes.pods import tell_directory

pytestmark = pytest.mark.long

DOMAIN, PORT = "sepp.localhost", 30443
CORE = "sepp-real-core"
PROVIDERS = {
    "Secrets": SecretsProvider(),
    "Authority": AuthorityProvider(),
    "Certificate": CertificateProvider(),
    "Configuration": ConfigurationProvider(),
}


class Real(Mocks):
    """Lets the kit's own providers make what is theirs."""

    def new_resource(self, args: Any) -> tuple[str, dict[str, Any]]:
        provider = PROVIDERS.get(args.typ.rpartition(":")[2])
        if provider is None or "dynamic" not in args.typ:
            return super().new_resource(args)
        self.inputs[args.typ, args.name] = dict(args.inputs)
        return args.name, provider.create(whole(dict(args.inputs))).outs


@dataclass(frozen=True)
class Platform:
    """A platform that runs on a node."""

    node: Node
    graph: Graph
    entrance: Entrance


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    """Planck's platform on a node, with all services that have pods."""
    folder = tmp_path_factory.mktemp("node")
    config = {
        "sepp:domain": DOMAIN,
        "sepp:port": PORT,
        "sepp:missions": ["planck"],
        "sepp:kubernetes": {
            "context": "site",
            "storage_class": "shared",
            "data_class": "block",
            "entrance": {"kind": "node_port"},
        },
    }
    (folder / "Pulumi.real.yaml").write_text(yaml.safe_dump({"config": config}))
    settings, missions = load(folder / "Pulumi.real.yaml", ROOT / "mission_configs")
    deployment = plan(settings, missions, name="real", target="kubernetes")
    archives = {service: bakery.ensure_archive(service, print) for service in program.RUN}
    with pytest.MonkeyPatch.context() as changed:
        contents = {service: archive.content for service, archive in archives.items()}
        graph = register_in_cluster(deployment, changed, contents, Real())
        authority = folder / "authority.pem"
        authority.write_text(graph.exported("authority"))
    with node(folder) as running:
        for archive in archives.values():
            running.load(archive.file)
        give_volumes(running, graph)
        make(running.server, graph)
        yield Platform(running, graph, Entrance(address=ADDRESS, port=PORT, authority=authority))


def give_volumes(running: Node, graph: Graph) -> None:
    """Make a volume for each claim, as an operator does where no class makes them."""
    for name in ("shared", "block"):
        kind = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass"}
        running.server.apply({**kind, "metadata": {"name": name}, "provisioner": "kubernetes.io/no-provisioner"})
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [NAME]}
    for claim in (each for each in manifests(graph) if each["kind"] == "PersistentVolumeClaim"):
        name, spec = claim["metadata"]["name"], claim["spec"]
        path = f"{VOLUMES}/{name}"
        subprocess.run(["podman", "exec", NAME, "mkdir", path], check=True)
        running.server.apply(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolume",
                "metadata": {"name": name},
                "spec": {
                    "capacity": spec["resources"]["requests"],
                    "accessModes": spec["accessModes"],
                    "storageClassName": spec["storageClassName"],
                    "local": {"path": path},
                    "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
                    "claimRef": {"namespace": claim["metadata"]["namespace"], "name": name},
                },
            }
        )


def into_directory(running: Node) -> tuple[str, ...]:
    """Return what enters the directory's container."""
    pods = running.server.ask("GET", f"/api/v1/namespaces/{CORE}/pods", labelSelector="sepp-service=directory")["items"]
    container = pods[0]["status"]["containerStatuses"][0]["containerID"].removeprefix("containerd://")
    of_node = ("podman", "exec", "--interactive", NAME, "ctr", "--namespace", "k8s.io", "tasks", "exec")
    return (*of_node, "--exec-id", "tests", container)


def test_every_service_becomes_ready(platform):
    for kind in ("StatefulSet", "Deployment"):
        for namespace, name in made_of(platform.graph, kind):
            platform.node.ready(kind, namespace, name, seconds=240)


def test_the_portal_is_shown_by_the_entrance(platform):
    page = platform.entrance.browser().get(f"https://{DOMAIN}:{PORT}/", timeout=30)
    assert page.status_code == 200
    assert "Planck" in page.text


def test_a_user_signs_in(platform):
    user = {"name": "alice", "groups": ["planck-collaboration"], "password": "correct horse battery"}
    tell_directory(into_directory(platform.node), "add", **user)
    page = sign_in(platform.entrance.browser(), f"https://{DOMAIN}:{PORT}/me", "alice", "correct horse battery")
    assert (page.status_code, page.url) == (200, f"https://{DOMAIN}:{PORT}/me")
    assert "alice" in page.text
