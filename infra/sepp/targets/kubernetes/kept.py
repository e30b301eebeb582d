"""What of a platform stays in the cluster after its services: claims, and the namespaces that they are in."""

import time
from collections.abc import Iterator, Mapping
from http import HTTPStatus

from sepp.config.kubernetes import Kubernetes
from sepp.engine.errors import EngineError
from sepp.targets.kubernetes.names import USER
from sepp.targets.kubernetes.reading import AnswerError, Api, connected
from sepp.targets.marks import PLATFORM

_SECONDS = 300
"""How long the cluster may take to remove something: first what runs has to end."""


def kept(settings: Kubernetes, platform: str) -> Mapping[str, str]:
    """Return what is kept, by its path in the cluster's interface, claims first; also what an earlier `up` let go.

    EngineError if the cluster does not answer.
    """
    with connected(settings) as api:
        namespaces = list(_namespaces(api, platform))
        claims = {
            f"/api/v1/namespaces/{namespace}/persistentvolumeclaims/{name}": f"claim {name} in {namespace}"
            for namespace in namespaces
            for name in api.items(f"/api/v1/namespaces/{namespace}/persistentvolumeclaims")
        }
        return {**claims, **{f"/api/v1/namespaces/{name}": f"namespace {name}" for name in namespaces}}


def delete(settings: Kubernetes, kept: Mapping[str, str]) -> None:
    """Delete what is kept, with all data, and wait until it is gone; EngineError if the cluster refuses.

    What becomes of the volumes themselves is said by their storage class.
    """
    with connected(settings) as api:
        for path in kept:
            _call_if_there(api, "DELETE", path)
        until = time.monotonic() + _SECONDS
        for path, name in kept.items():
            while _call_if_there(api, "GET", path):
                if time.monotonic() > until:
                    raise EngineError(f"the cluster does not remove {name}", f"kubectl get --raw {path}")
                time.sleep(1)


def end_servers(settings: Kubernetes, platform: str, *, but: tuple[str, ...] = ()) -> None:
    """End users' servers in all namespaces of a platform but some: they are the hub's, which is gone.

    EngineError if the cluster does not answer.
    """
    with connected(settings) as api:
        for namespace in _namespaces(api, platform):
            if namespace not in but:
                pods = f"/api/v1/namespaces/{namespace}/pods"
                for name in api.items(f"{pods}?labelSelector={USER}"):
                    _call_if_there(api, "DELETE", f"{pods}/{name}")


def _namespaces(api: Api, platform: str) -> Iterator[str]:
    yield from api.items(f"/api/v1/namespaces?labelSelector={PLATFORM}%3D{platform}")


def _call_if_there(api: Api, method: str, path: str) -> bool:
    """Ask for something, and tell whether it is there."""
    try:
        api.call(method, path)
    except AnswerError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return False
    return True
