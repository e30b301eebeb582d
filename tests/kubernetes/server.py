"""A real API server, without controllers and nodes unless somebody adds some: it judges what it is given."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import requests
import yaml
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sepp.config.kubernetes import ApiServer
from tests.kubernetes.programs import program

ADMIN, NOBODY = "admin-of-the-tests", "nobody-of-the-tests"
"""Tokens: of who may do all, and of who may do nothing. The contexts of the kubeconfig have the same names."""

_START_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running API server; `kubeconfig` is the file for its clients."""

    address: str
    authority: Path
    kubeconfig: Path
    headers: Mapping[str, str] = field(default_factory=lambda: {"Authorization": f"Bearer {ADMIN}"})

    def ask(self, method: str, path: str, body: Any = None, content: str = "application/json", **query: str) -> Any:
        """Send a request and return the answer; RefusedError if there is another one than success."""
        answer = requests.request(
            method,
            f"{self.address}{path}",
            params=query,
            data=None if body is None else json.dumps(body),
            headers={**self.headers, "Content-Type": content},
            verify=str(self.authority),
            timeout=30,
        )
        if not answer.ok:
            raise RefusedError(answer.json().get("message", answer.text))
        return answer.json()

    def apply(self, manifest: Mapping[str, Any], **query: str) -> Any:
        """Apply a manifest on the server, which refuses fields that it does not know."""
        path = f"{self.path(manifest)}/{manifest['metadata']['name']}"
        given = {"fieldManager": "sepp", "fieldValidation": "Strict", "force": "true", **query}
        return self.ask("PATCH", path, manifest, "application/apply-patch+yaml", **given)

    def create(self, manifest: Mapping[str, Any], **query: str) -> Any:
        """Create what a manifest says; with `dryRun="All"` it is judged only."""
        return self.ask("POST", self.path(manifest), manifest, fieldValidation="Strict", **query)

    def knows(self, version: str, *kinds: str) -> bool:
        """Tell whether there are such kinds (plurals) in a version of a group, as `metallb.io/v1beta1`."""
        try:
            found = {each["name"] for each in self.ask("GET", f"/apis/{version}")["resources"]}
        except RefusedError:
            return False
        return found.issuperset(kinds)

    def path(self, manifest: Mapping[str, Any]) -> str:
        """Return where things of a manifest's kind are."""
        version, kind = manifest["apiVersion"], manifest["kind"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        plural = _plurals(self.address, str(self.authority), root)[kind]
        namespace = manifest["metadata"].get("namespace")
        return f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"


class RefusedError(Exception):
    """The server said no, and why."""


@cache
def _plurals(address: str, authority: str, root: str) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {ADMIN}"}
    found = requests.get(f"{address}{root}", headers=headers, verify=authority, timeout=30).json()["resources"]
    return {each["kind"]: each["name"] for each in found if "/" not in each["name"]}


@contextmanager
def api_server(folder: Path, address: str = "127.0.0.1", inside: Sequence[str] = ()) -> Generator[Server]:
    """Run etcd and the API server in a folder, until the end of the context; the latter at an address of this machine.

    `inside` is what runs a command elsewhere than here, where folder and address are the same.
    """
    etcd, peers, api = _free_ports(3)
    # Elsewhere it is where it usually is, and where policies of the network let pods go.
    api = ApiServer().port if inside else api
    place = Place(folder=folder, inside=tuple(inside))
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (folder / "accounts.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "tokens").write_text(f"{ADMIN},admin,1,system:masters\n{NOBODY},nobody,2\n")
    server = Server(
        address=f"https://{address}:{api}", authority=folder / "apiserver.crt", kubeconfig=folder / "kubeconfig"
    )
    server.kubeconfig.write_text(yaml.safe_dump(_kubeconfig(server)))
    with (
        place.running(
            "etcd",
            f"--data-dir={folder / 'etcd'}",
            f"--listen-client-urls=http://127.0.0.1:{etcd}",
            f"--advertise-client-urls=http://127.0.0.1:{etcd}",
            f"--listen-peer-urls=http://127.0.0.1:{peers}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peers}",
            f"--initial-cluster=default=http://127.0.0.1:{peers}",
            "--unsafe-no-fsync",
        ),
        place.running(
            "kube-apiserver",
            f"--etcd-servers=http://127.0.0.1:{etcd}",
            f"--bind-address={address}",
            f"--advertise-address={address}",
            f"--secure-port={api}",
            f"--cert-dir={folder}",
            "--authorization-mode=RBAC",
            f"--token-auth-file={folder / 'tokens'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={folder / 'accounts.key'}",
            f"--service-account-key-file={folder / 'accounts.key'}",
            "--service-cluster-ip-range=10.96.0.0/16",
            f"--endpoint-reconciler-type={'lease' if inside else 'none'}",
            "--kubelet-preferred-address-types=InternalIP",
        ) as process,
    ):
        _wait(server, process)
        yield server


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where programs run: with their logs in a folder, and started by `inside`, if that is elsewhere."""

    folder: Path
    inside: tuple[str, ...] = ()

    @contextmanager
    def running(self, name: str, *arguments: str) -> Generator[subprocess.Popen[bytes]]:
        """Run a program until the end of the context."""
        with (self.folder / f"{name}.log").open("w") as log:
            command = [*self.inside, program(name), *arguments]
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, start_new_session=True)
            try:
                yield process
            finally:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        assert process.poll() is None, f"the API server ended: see {server.kubeconfig.parent}/kube-apiserver.log"
        try:
            # Ready only once its own roles and priorities are there.
            if requests.get(f"{server.address}/readyz", headers=server.headers, verify=str(server.authority)).ok:
                return
        except (requests.ConnectionError, OSError):
            pass
        assert time.monotonic() < deadline, "the API server does not become ready"
        time.sleep(0.2)


def _kubeconfig(server: Server) -> Mapping[str, Any]:
    cluster = {"server": server.address, "certificate-authority": str(server.authority)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "tests", "cluster": cluster}],
        "users": [{"name": token, "user": {"token": token}} for token in (ADMIN, NOBODY)],
        "current-context": ADMIN,
        "contexts": [{"name": token, "context": {"cluster": "tests", "user": token}} for token in (ADMIN, NOBODY)],
    }


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
