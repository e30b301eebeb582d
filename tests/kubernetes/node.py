"""A real node for the tests' API server: containerd, kubelet, controllers and DNS, in one container of this machine.

Nothing of it touches the machine's own network: it has one of its own, with one address to which the tests speak.
"""

import json
import subprocess
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sepp.converge.hashes import digest
from sepp.engine.paths import cache_dir
from sepp.targets.local.images import IMAGE_SETTINGS, base_tag, ensure_image
from sepp.targets.local.podman import podman, succeeds
from tests.installing import installing
from tests.kubernetes.programs import program
from tests.kubernetes.provisioner import VOLUMES
from tests.kubernetes.server import Place, Server, api_server
from tests.kubernetes.waiting import wait_until
from tests.networks import make_network, remove_network

NAME = "sepp-node"
"""Of the container, of its network, and of the node."""
_IMAGES = f"{NAME}-images"
"""The volume of what containerd keeps: the next node has the images already, as one that was started again."""
ADDRESS, SUBNET = "10.94.0.2", "10.94.0.0/24"
PODS, SERVICES = "10.244.0.0/24", "10.96.0.0/16"
DNS = "10.96.0.10"
_CTR = ("ctr", "--namespace", "k8s.io")
PACKAGES = ("conntrack", "containernetworking-plugins", "iproute2", "iptables", "nftables", "pebble", "runc")
SECONDS = 120

_PAUSE = """\
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	<-ended
}
"""
_KUBELET = {
    "apiVersion": "kubelet.config.k8s.io/v1beta1",
    "kind": "KubeletConfiguration",
    "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
    "authorization": {"mode": "AlwaysAllow"},
    "cgroupDriver": "cgroupfs",
    "clusterDNS": [DNS],
    "clusterDomain": "cluster.local",
    "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
    "enforceNodeAllocatable": [],
    # The machine's disk is not the node's to keep free.
    "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1Gi", "imagefs.available": "1Gi"},
    "imageGCHighThresholdPercent": 100,
    "failCgroupV1": False,
    "failSwapOn": False,
    # So often pods get what is new in ConfigMaps and Secrets; for the minute that is usual, tests would wait.
    "syncFrequency": "10s",
    # Or it would tell its own room again.
    "nodeStatusUpdateFrequency": "1h",
    "nodeStatusReportFrequency": "1h",
}
_ROOM = {"cpu": "16", "memory": "64Gi"}
"""What the node says that it has: what pods ask for together is more than this machine has, not what they use."""
_CONTAINERD = """\
version = 3
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "localhost/tests-pause:1"
[plugins.'io.containerd.cri.v1.runtime']
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["/usr/lib/cni"]
    conf_dir = "/etc/cni/net.d"
"""
_NETWORK = {
    "cniVersion": "1.0.0",
    "name": "pods",
    "plugins": [
        {
            "type": "ptp",
            "ipMasq": True,
            "ipam": {"type": "host-local", "ranges": [[{"subnet": PODS}]], "routes": [{"dst": "0.0.0.0/0"}]},
        },
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}
_WAYS: Mapping[str, str] = {"dns": "UDP", "dns-tcp": "TCP"}
_COREFILE = """\
.:1053 {
  errors
  ready :8181
  kubernetes cluster.local
}
"""


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node that is ready, of an API server."""

    server: Server

    def load(self, archive: Path) -> None:
        """Bring an image (OCI archive) to the node, as an operator does who has no registry."""
        _inside(*_CTR, "images", "import", str(archive))

    def load_program(self, name: str, binary: Path) -> str:
        """Bring an image of one program and nothing else to the node; return its name."""
        self.load(_archive(name, binary))
        return _tag(name)

    def ready(self, kind: str, namespace: str, name: str, seconds: float = SECONDS) -> None:
        """Wait until a Deployment or StatefulSet is; AssertionError with what its pods say."""
        path = f"/apis/apps/v1/namespaces/{namespace}/{kind.lower()}s/{name}"
        wait_until(
            lambda: self.server.ask("GET", path)["status"].get("readyReplicas"),
            seconds,
            lambda: "\n".join(self.said(namespace)),
        )

    def said(self, namespace: str) -> Iterator[str]:
        """Give what pods of a namespace and the cluster say of themselves."""
        for pod in self.server.ask("GET", f"/api/v1/namespaces/{namespace}/pods")["items"]:
            yield f"{pod['metadata']['name']}: {json.dumps(pod['status'].get('containerStatuses'))}"
            yield from self.logs(namespace, pod["metadata"]["name"])
        for event in self.server.ask("GET", f"/api/v1/namespaces/{namespace}/events")["items"]:
            yield f"{event['involvedObject']['name']}: {event['reason']}: {event.get('message')}"

    def logs(self, namespace: str, pod: str) -> list[str]:
        """Return what a pod has written, of the container that ended last."""
        files = f"/var/log/pods/{namespace}_{pod}_*/*/*.log"
        return podman("exec", NAME, "sh", "-c", f"tail -n 40 {files} 2>/dev/null || true").splitlines()


@contextmanager
def node(folder: Path) -> Generator[Node]:
    """Run a cluster of one node in a container, until the end of the context."""
    with machine(folder) as place, _started(place) as started:
        yield started


@contextmanager
def machine(folder: Path) -> Generator[Place]:
    """Run a container in which programs of a cluster start, until the end of the context."""
    image = ensure_node_image()
    _remove()
    make_network(NAME, SUBNET)
    try:
        podman(
            *("run", "--detach", "--init", "--privileged", "--cgroupns=host", "--volume=/sys/fs/cgroup:/sys/fs/cgroup"),
            *("--name", NAME, "--hostname", NAME, "--network", f"{NAME}:ip={ADDRESS}", "--tmpfs=/run"),
            *(f"--volume={folder}:{folder}", f"--volume={cache_dir()}:{cache_dir()}:ro"),
            *(f"--volume={place}" for place in (f"{_IMAGES}:/var/lib/containerd", "/var/lib/kubelet", VOLUMES)),
            *(image, "sleep", "inf"),
        )
        yield Place(folder=folder, inside=("podman", "exec", NAME))
    finally:
        _remove()


@contextmanager
def control_plane(place: Place) -> Generator[Server]:
    """Run an API server with controllers and a scheduler, until the end of the context."""
    folder = place.folder
    with api_server(folder, ADDRESS, place.inside) as server:
        known = f"--kubeconfig={server.kubeconfig}"
        accounts = (
            f"--service-account-private-key-file={folder}/accounts.key",
            f"--root-ca-file={server.authority}",
        )
        with place.running("kube-controller-manager", known, *accounts), place.running("kube-scheduler", known):
            yield server


def _remove() -> None:
    podman("rm", "--force", "--ignore", "--volumes", "--time", "0", NAME)
    remove_network(NAME)


@contextmanager
def _started(place: Place) -> Generator[Node]:
    folder = place.folder
    files = {
        "kubelet.yaml": yaml.safe_dump(_KUBELET),
        "containerd.toml": _CONTAINERD,
        "pods.conflist": json.dumps(_NETWORK),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    found = " ".join(str(program(name)) for name in ("containerd-shim-runc-v2", "ctr"))
    _inside("sh", "-ec", f"mkdir -p /etc/cni; ln -s {folder} /etc/cni/net.d; ln -s {found} /usr/bin/")
    # A kubelet asks three seconds for each group that an earlier node left, before it says that it is there.
    _inside("find", "/sys/fs/cgroup", "-depth", "-type", "d", "-path", "*/kubepods*", "-exec", "rmdir", "{}", ";")
    with place.running("containerd", f"--config={folder}/containerd.toml"), control_plane(place) as server:
        known = f"--kubeconfig={server.kubeconfig}"
        kubelet = (f"--config={folder}/kubelet.yaml", f"--hostname-override={NAME}", f"--node-ip={ADDRESS}")
        proxy = (f"--hostname-override={NAME}", "--proxy-mode=nftables", "--conntrack-max-per-core=0")
        with (
            place.running("kubelet", known, *kubelet),
            place.running("kube-proxy", known, f"--cluster-cidr={PODS}", *proxy),
        ):
            made = Node(server=server)
            wait_until(lambda: _is_ready(server), SECONDS, lambda: f"the node is not ready; its logs: {folder}")
            room = {"status": {"capacity": _ROOM, "allocatable": _ROOM}}
            server.ask("PATCH", f"/api/v1/nodes/{NAME}/status", room, "application/merge-patch+json")
            made.load_program("pause", _pause())
            _serve_names(made)
            try:
                yield made
            finally:
                # The volume keeps the images of pods of this run.
                _inside(*_CTR, "images", "prune", "--all")


def _is_ready(server: Server) -> bool:
    found = server.ask("GET", "/api/v1/nodes")["items"]
    states = {each["type"]: each["status"] for one in found for each in one["status"].get("conditions", ())}
    return states.get("Ready") == "True"


def _serve_names(made: Node) -> None:
    """Run the cluster's DNS, as pods with the usual label."""
    labels = {"k8s-app": "kube-dns"}
    rules = [{"apiGroups": ["", "discovery.k8s.io"], "resources": ["*"], "verbs": ["list", "watch"]}]
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "dns"}
    account = {"kind": "ServiceAccount", "name": "dns", "namespace": "kube-system"}
    container = {
        "name": "dns",
        "image": made.load_program("coredns", program("coredns")),
        "imagePullPolicy": "Never",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [{"name": name, "containerPort": 1053, "protocol": way} for name, way in _WAYS.items()],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns"}],
    }
    pod = {
        "serviceAccountName": "dns",
        "dnsPolicy": "Default",
        "containers": [container],
        "volumes": [{"name": "config", "configMap": {"name": "dns"}}],
    }
    ports = [{"name": name, "port": 53, "targetPort": name, "protocol": way} for name, way in _WAYS.items()]
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    for manifest in (
        _manifest("v1", "ServiceAccount"),
        _manifest("rbac.authorization.k8s.io/v1", "ClusterRole", rules=rules),
        _manifest("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", roleRef=role, subjects=[account]),
        _manifest("v1", "ConfigMap", data={"Corefile": _COREFILE}),
        _manifest("apps/v1", "Deployment", spec=spec),
        _manifest("v1", "Service", spec={"clusterIP": DNS, "selector": labels, "ports": ports}),
    ):
        made.server.apply(manifest)
    made.ready("Deployment", "kube-system", "dns")


def _manifest(version: str, kind: str, **what: Any) -> dict[str, Any]:
    place = {} if kind.startswith("Cluster") else {"namespace": "kube-system"}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "dns", **place}, **what}


def _inside(*command: str) -> str:
    return podman("exec", NAME, *command)


def ensure_node_image() -> str:
    """Make the image of the node where it is missing, and return its name."""
    tag = f"localhost/sepp/node:{digest([base_tag(), *PACKAGES])}"
    if not succeeds("image", "exists", tag):
        with installing(NAME, ensure_image((), print), PACKAGES):
            podman("commit", "--quiet", *IMAGE_SETTINGS, NAME, tag, timeout=600)
    return tag


def _pause() -> Path:
    """Return the program of the container that holds a pod's network: it waits."""
    file = cache_dir() / "tests-kubernetes/pause"
    if not file.exists():
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "main.go").write_text(_PAUSE)
            subprocess.run(["go", "build", "-o", file, "main.go"], cwd=folder, check=True)
    return file


def _tag(name: str) -> str:
    return f"localhost/tests-{name}:1"


def _archive(name: str, binary: Path) -> Path:
    archive = binary.with_name(f"{name}.tar")
    if not archive.exists():
        tag = _tag(name)
        with tempfile.TemporaryDirectory() as folder:
            layer = Path(folder, "layer.tar")
            subprocess.run(["tar", "-C", binary.parent, "-cf", layer, binary.name], check=True)
            podman("import", "--change", f'ENTRYPOINT ["/{binary.name}"]', str(layer), tag)
        podman("save", "--quiet", "--format", "oci-archive", "--output", str(archive), tag)
    return archive
