"""A platform of many missions in a cluster whose nodes only say that they run pods (KWOK).

API server, controllers and scheduler are real, with their defaults, and so is the hub.
"""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from sepp.catalogue.identity import USERS
from sepp.config.kubernetes import Kubernetes
from sepp.config.load import load
from sepp.deployment import Deployment, Tier
from sepp.plan import plan
from sepp.targets.kubernetes import bakery, names, settings_of
from sepp.targets.kubernetes.images import Recipe
from sepp.targets.kubernetes.priority import SERVERS
from sepp.targets.kubernetes.quantities import parse_bytes, parse_cores
from sepp.targets.kubernetes.user_pod import manifest
from sepp.targets.local.podman import podman
from tests.generate import write_missions
from tests.graph import register_in_cluster
from tests.kubernetes.making import manifests
from tests.kubernetes.node import NAME, control_plane, machine
from tests.kubernetes.server import ADMIN, RefusedError, Server
from tests.kubernetes.waiting import wait_until

COUNT = {"missions": 100, "nodes": 500, "servers": 2000}
_PODS = "127.128.0.0/16"
"""Addresses of pods: whoever connects to one finds the machine itself."""
_KWOK = ("--manage-all-nodes=true", f"--cidr={_PODS}", "--node-lease-duration-seconds=40")
"""Without a lease, the cluster takes a node for lost within a minute."""
_STAGES = Path(__file__).with_name("stages.yaml")
_HUB = Path(__file__).with_name("full_hub.py")
_MERGE = "application/merge-patch+json"
_NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_AT_ONCE = 16


def figures() -> dict[str, float]:
    """Make the platform, place users' servers, and fill a hub with as many (seconds; memory in MiB)."""
    with tempfile.TemporaryDirectory() as name, _cluster(Path(name)) as server:
        deployment = _platform(server, Path(name))
        _wait_for_services(server)
        found = _placed(server, deployment)
        return found | _hub(Path(name), names.cluster_name(deployment, settings_of(deployment), SERVERS))


@contextmanager
def _cluster(folder: Path) -> Iterator[Server]:
    with machine(folder) as place, control_plane(place) as server:
        known = f"--kubeconfig={server.kubeconfig}"
        shutil.copy(_STAGES, folder)
        stages = f"--config={folder / _STAGES.name}"
        with place.running("kwok", known, stages, *_KWOK):
            _each(lambda number: server.apply(_node(f"node-{number:03}")), range(COUNT["nodes"]))
            yield server


def _node(name: str) -> Mapping[str, Any]:
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}


def _platform(server: Server, folder: Path) -> Deployment:
    """Give the cluster what the program registers, with a volume for each claim."""
    missions = write_missions(folder, COUNT["missions"])
    settings = {"context": ADMIN, "storage_class": "shared", "data_class": "block"}
    config = {"sepp:domain": "sepp.site.example", "sepp:missions": missions, "sepp:kubernetes": settings}
    (folder / "Pulumi.many.yaml").write_text(yaml.safe_dump({"config": config}))
    deployment = plan(*load(folder / "Pulumi.many.yaml", folder), name="many", target="kubernetes")
    with pytest.MonkeyPatch.context() as changed:
        graph = register_in_cluster(deployment, changed)
    made = manifests(graph)
    first = [each for each in made if each["kind"] == "Namespace"]
    for of in (first, [each for each in made if each not in first]):
        _each(server.apply, of)
    _each(server.apply, [_volume(each) for each in made if each["kind"] == "PersistentVolumeClaim"])
    return deployment


def _wait_for_services(server: Server) -> None:
    """Wait until the platform's own pods run, so that no controller works on them while users' are timed."""

    def waiting() -> list[str]:
        kinds = (server.ask("GET", f"/apis/apps/v1/{kind}") for kind in ("deployments", "statefulsets"))
        found = [each for kind in kinds for each in kind["items"]]
        return [
            f"{each['metadata']['namespace']}/{each['metadata']['name']}"
            for each in found
            if each["status"].get("readyReplicas", 0) < each["spec"]["replicas"]
        ]

    wait_until(lambda: not waiting(), 1800, lambda: f"do not run: {', '.join(waiting())}", every=5)


def _volume(claim: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata, spec = claim["metadata"], claim["spec"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"{metadata['namespace']}-{metadata['name']}"},
        "spec": {
            "capacity": spec["resources"]["requests"],
            "accessModes": spec["accessModes"],
            "storageClassName": spec["storageClassName"],
            "hostPath": {"path": "/none"},
            "claimRef": {key: metadata[key] for key in ("namespace", "name")},
        },
    }


def _placed(server: Server, deployment: Deployment) -> dict[str, float]:
    """Time users' servers from the first request until the last one runs, and compare the quotas with them."""
    settings, missions = settings_of(deployment), [each.mission for each in deployment.missions]
    own = COUNT["servers"] // len(missions)
    users = {
        mission: {f"user-{number:02}": f"{50000 + number}:{50000 + number}:" for number in range(own)}
        for mission in missions
    }
    for mission, listed in users.items():
        path = f"/api/v1/namespaces/{names.namespace(deployment, settings, mission)}"
        server.ask("PATCH", f"{path}/configmaps/{USERS}", {"data": listed}, _MERGE)
    pods = [_pod(deployment, settings, mission, *user) for mission, of in users.items() for user in of.items()]
    wait_until(lambda: _is_let_in(server, pods[-1]), 120)
    started = time.monotonic()
    _each(server.create, pods)
    wait_until(lambda: _running(server) == len(pods), 600, lambda: f"{_running(server)} run", every=1)
    seconds = time.monotonic() - started
    for mission in missions:
        _compare(server, names.namespace(deployment, settings, mission))
    return {f"{len(pods)} servers of {len(missions)} missions placed on {COUNT['nodes']} nodes": seconds}


def _pod(deployment: Deployment, settings: Kubernetes, mission: str, user: str, listed: str) -> dict[str, Any]:
    tiers: tuple[Tier, ...] = ("persistent", "scratch")
    labels = {names.HOST: mission, names.USER: user}
    made = manifest(
        {"name": f"server-{user}", "labels": labels},
        "localhost/none:1",
        listed,
        {tier: f"{mission}-{tier}" for tier in tiers},
    )
    made["metadata"]["namespace"] = names.namespace(deployment, settings, mission)
    return made


def _is_let_in(server: Server, pod: Mapping[str, Any]) -> bool:
    """Tell whether the cluster has come to know the last list of users."""
    try:
        server.create(pod, dryRun="All")
    except RefusedError:
        return False
    return True


def _running(server: Server) -> int:
    named = replace(server, headers={**server.headers, "Accept": _NAMES_ONLY})
    found = named.ask("GET", "/api/v1/pods", labelSelector=names.USER, fieldSelector="status.phase=Running")
    return len(found["items"])


def _compare(server: Server, namespace: str) -> None:
    """Compare what a quota says is used with what the pods ask for; AssertionError if they come to differ for good."""
    pods = server.ask("GET", f"/api/v1/namespaces/{namespace}/pods")["items"]
    asked = [container["resources"]["requests"] for pod in pods for container in pod["spec"]["containers"]]
    wanted = (sum(parse_cores(each["cpu"]) for each in asked), sum(parse_bytes(each["memory"]) for each in asked))

    def used() -> tuple[float, int]:
        [quota] = server.ask("GET", f"/api/v1/namespaces/{namespace}/resourcequotas")["items"]
        found = quota["status"]["used"]
        return parse_cores(found["requests.cpu"]), parse_bytes(found["requests.memory"])

    # Of many pods at once a controller counts those that it has seen yet, and counts again.
    wait_until(
        lambda: used() == pytest.approx(wanted), 120, lambda: f"{namespace}: {used()}, but {wanted} asked for", every=1
    )


def _hub(folder: Path, priority: str) -> dict[str, float]:
    """Start a hub with the kit's spawner in the machine, and as many servers by it."""
    image = bakery.ensure_root(Recipe(service="hub"), print)
    work = ("--workdir=/tmp", f"--volume={folder}:{folder}", f"--volume={_HUB}:/full_hub.py")
    settings = (
        f"--env=KUBECONFIG={folder}/kubeconfig",
        f"--env=PRIORITY={priority}",
        f"--env=SERVERS={COUNT['servers']}",
    )
    command = ("/opt/sepp/hub/bin/python", "/full_hub.py")
    printed = podman(
        "run", "--rm", "--user=root", f"--network=container:{NAME}", *work, *settings, image, *command, timeout=3600
    )
    return json.loads(printed.splitlines()[-1])


def _each(act: Callable[[Any], object], of: Iterable[Any]) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(act, of):
            pass
