"""Who there is in a cluster: the pod that keeps the lists, with a real directory and a real API server."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sepp.catalogue.identity import IDENTITY, NAMES, USERS
from sepp.deployment import Context
from tests.graph import register_in_cluster
from tests.kubernetes.making import make
from tests.kubernetes.pods import files_of, running, tell_directory
from tests.kubernetes.server import Server
from tests.kubernetes.waiting import wait_until

NAMESPACE = "sepp-example-planck"
ACCOUNT = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{IDENTITY.name}"
WITHIN = 30


@pytest.fixture
def directory(context, tmp_path) -> Iterator[Sequence[str]]:
    """What enters the directory's container, which is reached as by pods of this machine's own network."""
    folder = tmp_path / "directory"
    folder.mkdir()
    found = files_of("directory", context, folder / "log")
    with running("directory", context, found, folder, "--publish=127.0.0.1:636:636") as (name, _):
        yield ("podman", "exec", "--interactive", name)


def listed(server: Server, name: str) -> dict[str, str]:
    return server.ask("GET", f"/api/v1/namespaces/{NAMESPACE}/configmaps/{name}").get("data", {})


def account_of(server: Server, folder: Path) -> Path:
    """Return a folder with what a pod of the service is given to speak to the cluster."""
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = server.ask("POST", f"{ACCOUNT}/token", request)["status"]["token"]
    files = {"token": token, "namespace": NAMESPACE, "ca.crt": server.authority.read_text()}
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def test_users_of_the_directory_are_on_the_lists_of_the_cluster_and_stay_there(
    server, context: Context, directory, tmp_path, monkeypatch
):
    graph = register_in_cluster(context.deployment, monkeypatch)
    make(server, graph)
    number = tell_directory(directory, "add", name="alice", groups=["planck-collaboration"])["user"]["number"]
    here = replace(context, host=context.deployment.host("planck-storage"))
    found = files_of(IDENTITY.name, here, tmp_path / "log", identity_address="127.0.0.1", identity_every=1)
    port = server.address.rpartition(":")[2]
    given = (
        *("--network=host", f"--add-host={context.name('core', 'directory')}:127.0.0.1"),
        *("--env=KUBERNETES_SERVICE_HOST=127.0.0.1", f"--env=KUBERNETES_SERVICE_PORT={port}"),
        f"--volume={account_of(server, tmp_path / 'account')}:/var/run/secrets/kubernetes.io/serviceaccount:ro",
    )
    with running(IDENTITY.name, here, found, tmp_path, *given) as (_, pod):
        assert pod.automount_service_account_token
        wait_until(lambda: "alice" in listed(server, USERS), WITHIN)
        numbers = listed(server, USERS)["alice"].split(":")
        assert numbers[:2] == [str(number)] * 2
        assert f"alice:x:{number}:{number}::/home/alice:/bin/bash\n" in listed(server, NAMES)["passwd"]
        make(server, graph)
        assert "alice" in listed(server, USERS), "what the program registers leaves what others write"
        tell_directory(directory, "delete", name="alice", forget=True)
        wait_until(lambda: "alice" not in listed(server, USERS), WITHIN)
