"""Commands of an operator in a cluster: as the process of a service that is told things, or as a user."""

import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread
from typing import Any, ClassVar, cast

from sepp.catalogue.directory import DIRECTORY
from sepp.catalogue.hub import HUB
from sepp.catalogue.storage import STORAGE
from sepp.config.kubernetes import Kubernetes
from sepp.deployment import Deployment
from sepp.targets.kubernetes import names, user_pod
from sepp.targets.kubernetes.place import Part, Place
from sepp.targets.kubernetes.reading import Api, connected
from sepp.verify.access import Hosts
from sepp.verify.result import CheckError

_TOLD = (DIRECTORY.name, STORAGE.name, HUB.name)
"""The services that have commands for operators: one on each host."""
_CODE_SECONDS = 300
"""Longest run of a user's code."""
_CONNECT_SECONDS = 20
"""Longest wait for a node, which may be silent, to begin with a command."""
_ENDED = 3
"""The channel on which the cluster says how a command ended (https://kubernetes.io/docs/reference/using-api/)."""
_NOT_REACHED = 255
"""As ssh says that it did not come to run anything."""
_WITH_INPUT = ("sh", "-c", 'size=$1; shift; head -c "$size" | "$@"', "sh")
"""Runs a command with so many bytes as its input: the cluster cannot be told that there are no more."""


@dataclass(frozen=True, kw_only=True)
class Pods(Hosts):
    """What hosts are elsewhere: the pods of the one service of a host that is told things."""

    late: ClassVar[int] = 180

    deployment: Deployment
    settings: Kubernetes

    def run(self, host: str, *argv: str, stdin: str = "", timeout: int = 60) -> subprocess.CompletedProcess[str]:
        """Run a command where its service is, and return its end, whatever its exit code. `timeout` in seconds."""
        part = self._told(host)
        [process] = (each for each in part.processes if each.main)
        with connected(self.settings) as api:
            namespace = names.namespace(self.deployment, self.settings, part.place.host.area)
            for pod in _running(api, namespace, part):
                return _execute(api, (namespace, pod, process.name), argv, stdin, timeout)
        return subprocess.CompletedProcess(argv, _NOT_REACHED, "", f"no pod of {part.called} runs in {namespace}")

    def name_of(self, host: str, service: str) -> str:
        """Return the name by which the cluster's pods find a service."""
        return names.addresses(self.deployment, self.settings)[f"{self.deployment.host(host).area}/{service}"]

    def as_user(self, host: str, user: str, code: str) -> str:
        """Run Python code in a pod of a user, as the hub would start her server; CheckError says how it failed."""
        area = self.deployment.host(host).area
        namespace = names.namespace(self.deployment, self.settings, area)
        with connected(self.settings) as api:
            hub = next(iter(_running(api, namespace, self._told(host))), None)
            if hub is None:
                raise CheckError(f"no hub runs in {namespace}, whose image a user's pod has")
            image = api.get(f"/api/v1/namespaces/{namespace}/pods/{hub}")["spec"]["containers"][0]["image"]
            with user_pod.running(api, area, namespace, user, image) as pod:
                ended = _execute(api, (namespace, pod, user_pod.CONTAINER), ("python3", "-"), code, _CODE_SECONDS)
        if ended.returncode:
            raise CheckError(f"{user}: exit code {ended.returncode}: {ended.stderr.strip()[-300:]}")
        return ended.stdout

    def _told(self, host: str) -> Part:
        [service] = (name for name in self.deployment.host(host).services if name in _TOLD)
        place = Place(
            deployment=self.deployment, settings=self.settings, host=self.deployment.host(host), service=service
        )
        return next(part for part in place.parts if part.main)


def _running(api: Api, namespace: str, part: Part) -> Sequence[str]:
    """Return the names of the pods that run and are to stay."""
    wanted = ",".join(f"{key}%3D{value}" for key, value in part.labels.items())
    found = api.items(f"/api/v1/namespaces/{namespace}/pods?labelSelector={wanted}")
    return [
        name
        for name, pod in found.items()
        if pod["status"].get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]
    ]


def _execute(
    api: Api, where: tuple[str, str, str], argv: Sequence[str], stdin: str, timeout: int
) -> subprocess.CompletedProcess[str]:
    """Run a command in a container, named with its namespace and pod."""
    data = stdin.encode()
    try:
        channels = _begun(api, where, [*_WITH_INPUT, str(len(data)), *argv])
    except CheckError as error:
        return subprocess.CompletedProcess(argv, _NOT_REACHED, "", str(error))
    try:
        if data:
            channels.write_stdin(data)
        until = time.monotonic() + timeout
        while channels.is_open():
            left = until - time.monotonic()
            if left <= 0:
                raise subprocess.TimeoutExpired(argv, timeout)
            channels.update(timeout=left)
        return subprocess.CompletedProcess(
            argv,
            _code(channels.read_channel(_ENDED)),
            (channels.read_stdout() or b"").decode(errors="replace"),
            (channels.read_stderr() or b"").decode(errors="replace"),
        )
    finally:
        channels.close()


def _begun(api: Api, where: tuple[str, str, str], command: Sequence[str]) -> Any:
    """Begin a command, and return the client's channels to it; CheckError if the cluster refuses or says nothing.

    The client itself would wait for a silent node without end.
    """
    # As in `connected`.
    from kubernetes import client, stream  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]
    from kubernetes.client.exceptions import ApiException  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]

    namespace, pod, container = where
    answers: Queue[Any] = Queue()

    def begin() -> None:
        core = cast("Any", client.CoreV1Api(api.client))
        try:
            answer = cast("Any", stream).stream(
                core.connect_get_namespaced_pod_exec,
                *(pod, namespace),
                container=container,
                command=[*command],
                **dict.fromkeys(("stdin", "stdout", "stderr", "binary"), True),
                tty=False,
                _preload_content=False,
            )
        except ApiException as error:
            answer = CheckError(str(cast("Any", error).reason))
        answers.put(answer)

    Thread(target=begin, daemon=True).start()
    try:
        answer = answers.get(timeout=_CONNECT_SECONDS)
    except Empty:
        raise CheckError(f"the node of {pod} says nothing") from None
    if isinstance(answer, CheckError):
        raise answer
    return answer


def _code(said: bytes) -> int:
    """Return a command's exit code; the cluster says nothing where the connection ended before the command did."""
    status: dict[str, Any] = json.loads(said) if said else {}
    if status.get("status") == "Success":
        return 0
    causes: list[dict[str, str]] = status.get("details", {}).get("causes", [])
    return next((int(each["message"]) for each in causes if each["reason"] == "ExitCode"), _NOT_REACHED)
