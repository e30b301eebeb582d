"""Reads what a cluster offers and holds, by its official client: thin, so that what judges is elsewhere and pure."""

import base64
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

import yaml

from sepp.catalogue.service import Size
from sepp.config.kubernetes import Gateway, KeptSecrets, Kubernetes
from sepp.deployment import Deployment
from sepp.engine.errors import EngineError
from sepp.targets.kubernetes import names
from sepp.targets.kubernetes.cluster import Act, Claim, Cluster, Listener, StorageClass
from sepp.targets.kubernetes.entrance import CERT_MANAGER, GATEWAYS
from sepp.targets.kubernetes.namespace import ENFORCE
from sepp.targets.kubernetes.preflight import ADMISSION, LISTED, acts
from sepp.targets.kubernetes.quantities import parse_bytes, parse_cores
from sepp.targets.marks import PLATFORM

Manifest = dict[str, Any]

_SECONDS = 20
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_UNSEEN = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


class AnswerError(Exception):
    """The cluster's answer is a refusal; `status` is that of HTTP."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Api:
    """Asks a cluster for plain data; `client` is the official client's. AnswerError if it refuses."""

    client: Any

    def get(self, path: str) -> Manifest:
        """Return what is at a path."""
        return self.call("GET", path)

    def seen(self, path: str) -> Manifest | None:
        """Return what is at a path; None if the operator may not see it, or there is nothing."""
        try:
            return self.get(path)
        except AnswerError as error:
            if error.status in _UNSEEN:
                return None
            raise

    def items(self, path: str) -> dict[str, Manifest]:
        """Return what a list holds, by name; nothing if the operator may not see it, or there is no such list."""
        found: list[Manifest] = (self.seen(path) or {}).get("items") or []
        return {each["metadata"]["name"]: each for each in found}

    def allowed(self, act: Act) -> bool:
        """Ask whether the operator may do something."""
        resource, _, part = act.resource.partition("/")
        attributes = {"group": act.group, "resource": resource, "subresource": part, "verb": act.verb}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        return bool(self.call("POST", _REVIEWS, review)["status"].get("allowed"))

    def obeys_pod_security(self) -> bool:
        """Tell whether the labels of Pod Security are looked at: then a word that it does not know is refused."""
        metadata = {"name": "sepp-preflight", "labels": {ENFORCE: "no-such-word"}}
        try:
            self.call(
                "POST",
                "/api/v1/namespaces?dryRun=All",
                {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata},
            )
        except AnswerError as error:
            # Without the right to make namespaces, nobody can tell.
            return error.status in (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.FORBIDDEN)
        return False

    def call(self, method: str, path: str, body: Manifest | None = None) -> Manifest:
        """Send a request, with plain data if any, and return the answer."""
        from kubernetes.client.exceptions import ApiException  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]

        try:
            return self.client.call_api(
                path,
                method,
                header_params={"Accept": "application/json", "Content-Type": "application/json"},
                body=body,
                auth_settings=["BearerToken"],
                response_type="object",
                _return_http_data_only=True,
                _request_timeout=_SECONDS,
            )
        except ApiException as error:
            refusal = cast("Any", error)
            raise AnswerError(refusal.status, refusal.reason) from None


def read(deployment: Deployment, settings: Kubernetes) -> Cluster:
    """Read the cluster of the settings' context; EngineError as of `connected`."""
    with connected(settings) as api:
        return _cluster(api, deployment, settings)


@contextmanager
def connected(settings: Kubernetes) -> Generator[Api]:
    """Yield a way to ask the cluster that the settings name.

    EngineError if there is no kubeconfig or no such context, or if the cluster does not answer as it should.
    """
    # It takes a second to import, and plans without a cluster do without.
    from kubernetes import client, config  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]
    from kubernetes.config import ConfigException  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    given = cast("Any", client.Configuration())
    given.retries = False
    try:
        # The client itself looks at the variable once, when it is imported.
        files = os.environ.get("KUBECONFIG") or "~/.kube/config"
        cast("Any", config).load_kube_config(files, context=settings.context, client_configuration=given)
        with client.ApiClient(given) as api:
            yield Api(client=api)
    except (ConfigException, yaml.YAMLError) as error:
        raise EngineError(f"no way to the cluster: {error}", "kubectl config get-contexts") from None
    except (AnswerError, HTTPError, OSError) as error:
        message = f"the cluster of the context '{settings.context}' does not answer as it should: {error}"
        raise EngineError(message, f"kubectl --context '{settings.context}' version") from None


def _cluster(api: Api, deployment: Deployment, settings: Kubernetes) -> Cluster:
    version = api.get("/version")
    own = [names.namespace(deployment, settings, area) for area in names.areas(deployment)]
    dns = ",".join(f"{key}%3D{value}" for key, value in settings.dns.labels.items())
    whole = {resource: api.items(path) for resource, path in LISTED.items()}
    nodes = {name: each["status"] for name, each in api.items("/api/v1/nodes").items() if _takes_pods(each["spec"])}
    return Cluster(
        version=(int(version["major"]), int(version["minor"].rstrip("+"))),
        identity=whole["namespaces"].get("kube-system", {}).get("metadata", {}).get("uid", ""),
        refused=frozenset(act for act in acts(settings) if not api.allowed(act)),
        admission=frozenset(str(each["name"]) for each in api.get(f"/apis/{ADMISSION}/v1")["resources"]),
        pod_security=api.obeys_pod_security(),
        storage_classes={
            name: _storage_class(each) for name, each in api.items("/apis/storage.k8s.io/v1/storageclasses").items()
        },
        ingress_classes=frozenset(api.items("/apis/networking.k8s.io/v1/ingressclasses")),
        gateway_kinds=frozenset(
            str(each["name"]) for each in (api.seen(f"/apis/{GATEWAYS}/v1") or {}).get("resources", ())
        ),
        listeners=_listeners(gateway(api, settings.entrance.gateway)) if settings.entrance.gateway else None,
        issuers=frozenset(api.items(f"/apis/{CERT_MANAGER}/v1/clusterissuers")),
        owners={
            f"{resource} {name}": _marked(each, "labels").get(PLATFORM)
            for resource, found in whole.items()
            for name, each in found.items()
        },
        claims={
            (namespace, name): _claim(each["spec"])
            for namespace in own
            if namespace in whole["namespaces"]
            for name, each in api.items(f"/api/v1/namespaces/{namespace}/persistentvolumeclaims").items()
        },
        nodes=tuple(_room(status) for status in nodes.values()),
        merging_nodes=tuple(sorted(name for name, status in nodes.items() if not _is_strict(status))),
        api_servers=tuple(_endpoints(api)),
        secrets=_secrets(api, settings.secrets) if settings.secrets else None,
        dns_pods=len(api.items(f"/api/v1/namespaces/{settings.dns.namespace}/pods?labelSelector={dns}")),
    )


def _secrets(api: Api, kept: KeptSecrets) -> dict[str, str] | None:
    found = api.seen(f"/api/v1/namespaces/{kept.namespace}/secrets/{kept.name}")
    if found is None:
        return None
    data: dict[str, str] = found.get("data") or {}
    return {key: base64.b64decode(value).decode(errors="replace") for key, value in data.items()}


def gateway(api: Api, named: Gateway) -> Manifest | None:
    """Return a Gateway; None if there is none that may be seen."""
    return api.items(f"/apis/{GATEWAYS}/v1/namespaces/{named.namespace}/gateways").get(named.name)


def _listeners(found: Manifest | None) -> dict[str, Listener] | None:
    if found is None:
        return None
    return {
        each["name"]: Listener(
            protocol=each["protocol"],
            routes=each.get("allowedRoutes", {}).get("namespaces", {}).get("from", "Same"),
        )
        for each in found["spec"]["listeners"]
    }


def _endpoints(api: Api) -> Iterator[tuple[str, int]]:
    slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name%3D"
    for found in api.items(f"{slices}kubernetes").values():
        for endpoint in found.get("endpoints") or ():
            yield from ((address, port["port"]) for address in endpoint["addresses"] for port in found["ports"])


def _marked(manifest: Manifest, kind: str) -> dict[str, str]:
    """Return the labels or the annotations of something."""
    return manifest["metadata"].get(kind) or {}


def _storage_class(manifest: Manifest) -> StorageClass:
    return StorageClass(
        default=_marked(manifest, "annotations").get(_DEFAULT_CLASS) == "true",
        grows=bool(manifest.get("allowVolumeExpansion")),
    )


def _takes_pods(spec: Manifest) -> bool:
    """Tell whether a node takes pods that say nothing about it."""
    kept = (taint["effect"] for taint in spec.get("taints") or ())
    return not spec.get("unschedulable") and not {"NoSchedule", "NoExecute"}.intersection(kept)


def _is_strict(status: Manifest) -> bool:
    """Tell whether a node's container runtime knows `supplementalGroupsPolicy`."""
    features: dict[str, bool] = status.get("features") or {}
    return features.get("supplementalGroupsPolicy", False)


def _room(status: Manifest) -> Size:
    room: dict[str, str] = {"cpu": "0", "memory": "0", **(status.get("allocatable") or {})}
    return Size(cpu=parse_cores(room["cpu"]), memory=parse_bytes(room["memory"]))


def _claim(spec: Manifest) -> Claim:
    return Claim(
        size=parse_bytes(spec["resources"]["requests"]["storage"]),
        storage_class=spec.get("storageClassName"),
        access_modes=tuple(spec["accessModes"]),
    )
