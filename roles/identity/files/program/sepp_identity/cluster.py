"""The cluster that this process runs in, as its own service account may use it."""

import json
import os
import ssl
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a pod has its token (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/)."""
MANAGER = "sepp-identity"
"""As who the lists are owned: of what they hold nothing is anybody else's."""
TIMEOUT = 10
"""Seconds that the API server has for its answer."""


class ClusterError(Exception):
    """The API server does not take what it is given."""


class Cluster:
    """Writes into the pod's own namespace. OSError or KeyError if this is no pod."""

    def __init__(self) -> None:
        self._host, self._port = os.environ["KUBERNETES_SERVICE_HOST"], int(os.environ["KUBERNETES_SERVICE_PORT"])
        self._namespace = (ACCOUNT / "namespace").read_text().strip()

    def apply(self, name: str, data: Mapping[str, str]) -> None:
        """Make a ConfigMap, which is there, hold these data and no others; ClusterError if it cannot be."""
        manifest = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": self._namespace},
            "data": data,
        }
        path = f"/api/v1/namespaces/{self._namespace}/configmaps/{name}?fieldManager={MANAGER}&force=true"
        trust = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
        # Authorities of clusters do not always say all that RFC 5280 wants of them.
        trust.verify_flags &= ~ssl.VERIFY_X509_STRICT
        connection = HTTPSConnection(self._host, self._port, timeout=TIMEOUT, context=trust)
        try:
            connection.request("PATCH", path, json.dumps(manifest), self._head())
            answer = connection.getresponse()
            if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
                raise ClusterError(f"the cluster refuses the list '{name}': {_reason(answer)}")
        except (OSError, HTTPException) as error:
            raise ClusterError(f"the cluster at {self._host} does not answer: {error}") from None
        finally:
            connection.close()

    def _head(self) -> dict[str, str]:
        """Return the request's head; the token is read anew each time, since the cluster renews it."""
        token = (ACCOUNT / "token").read_text().strip()
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/apply-patch+yaml"}


def _reason(answer: HTTPResponse) -> str:
    try:
        return json.loads(answer.read())["message"]
    except (ValueError, KeyError):
        return answer.reason
