"""Pods of services as they are registered, in podman in place of a node."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sepp.converge.inventory import role_variables
from sepp.deployment import Context
from sepp.targets.kubernetes import bakery
from sepp.targets.kubernetes.files import File, written
from sepp.targets.kubernetes.images import Recipe
from sepp.targets.kubernetes.place import Place
from sepp.targets.kubernetes.pod import template
from sepp.targets.local.podman import podman
from tests.graph import SERVICE


def variables(service: str, context: Context) -> dict[str, Any]:
    """Return what a service's role is given."""
    return {**role_variables(context, service), "sepp_secrets": list(context.secrets.values())}


def files_of(service: str, context: Context, log: Path, **changes: Any) -> dict[str, File]:
    """Return by path what a service's role writes, with other arguments than its own."""
    given = {**variables(service, context), **changes}
    found = written(service, given, authority=context.authority, log=log, report=print)
    return {file.path: file for file in found}


def tell_directory(entering: Sequence[str], command: str, **arguments: Any) -> dict[str, Any]:
    """Tell the directory something as its operator does; `entering` is what runs a command in its container."""
    argv = [*entering, "/usr/local/sbin/sepp-directory", command]
    ended = subprocess.run(argv, input=json.dumps(arguments), capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return json.loads(ended.stdout)


@contextmanager
def running(
    service: str, context: Context, found: Mapping[str, File], folder: Path, *options: str
) -> Iterator[tuple[str, Any]]:
    """Run a service's pod with its files: as its number, without rights, on a root that nobody may write.

    Yields the container's name and the pod. `options` are podman's, in place of what a node would give.
    """
    archive = bakery.ensure_archive(Recipe(service=service), print)
    image = podman("pull", "--quiet", f"oci-archive:{archive.file}").split()[-1]
    settings = context.deployment.platform.kubernetes
    place = Place(deployment=context.deployment, settings=settings, host=context.host, service=service)
    pod = template(next(place.parts), image, tuple(found.values()), SERVICE).spec
    [container] = pod.containers
    name = podman(
        *("run", "--detach", "--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges"),
        *("--user", f"{pod.security_context.run_as_user}:{pod.security_context.run_as_group}"),
        *(f"--sysctl={each.name}={each.value}" for each in pod.security_context.sysctls or ()),
        *(f"--env={each.name}={each.value}" for each in container.env or ()),
        *_mounts(container, found, folder),
        *(*options, image, *container.command),
    ).strip()
    try:
        if container.lifecycle and container.lifecycle.post_start:
            podman("exec", name, *container.lifecycle.post_start.exec_.command)
        yield name, pod
    finally:
        podman("rm", "--force", "--time", "0", name)
        podman("image", "rm", "--force", image)


def _mounts(container: Any, found: Mapping[str, File], folder: Path) -> Iterator[str]:
    """Give a pod's mounts as podman takes them: files from a folder, all else in memory."""
    for mount in container.volume_mounts:
        if mount.mount_path in found:
            file = folder / mount.sub_path
            file.write_bytes(found[mount.mount_path].content)
            yield f"--volume={file}:{mount.mount_path}:ro"
        else:
            yield f"--mount=type=tmpfs,destination={mount.mount_path},U=true"
