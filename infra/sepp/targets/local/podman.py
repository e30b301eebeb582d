"""Networks and hosts of a local platform as podman keeps them: plain functions that make, adopt and remove."""

import errno
import hashlib
import json
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, cast

from sepp.catalogue.hub import MEMORY_GROUP
from sepp.deployment import Deployment, Host
from sepp.engine.errors import EngineError
from sepp.targets.local.machine import CGROUPS, containers_conf, network_mtu, unified_cgroups

STOP_SECONDS = 20
START_SECONDS = 300

HostState = Literal["absent", "stopped", "lost", "running"]
"""`lost`: its processes are gone and podman does not know, so that it can neither stop nor start it."""


@dataclass(frozen=True, kw_only=True)
class Bind:
    """A folder of the machine at a path of a host."""

    source: str
    path: str
    read_only: bool


@dataclass(frozen=True, kw_only=True)
class HostSpec:
    """What a local host is made from, its image excluded. `memory` in bytes; `publish` as ADDRESS:PORT:PORT.

    `mounts` tells that no users work there: its root may mount file systems. Other hosts hide processes of others.
    """

    platform: str
    name: str
    address: str
    cpu: int
    memory: int
    mounts: bool
    binds: tuple[Bind, ...] = ()
    publish: tuple[str, ...] = ()

    @property
    def container(self) -> str:
        """Name of the container."""
        return container_name(self.platform, self.name)

    def digest(self) -> str:
        """Return a hash of all that makes the container another one."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class HostSeen:
    """What a host is: `digest` of the spec that it was made from, `instance` the id that only this container has."""

    state: HostState
    platform: str = ""
    digest: str = ""
    instance: str = ""


def container_name(platform: str, host: str) -> str:
    """Return the name of a host's container."""
    return f"sepp-{platform}-{host}"


def network_name(platform: str) -> str:
    """Return the name of a platform's network."""
    return f"sepp-{platform}"


def host_spec(deployment: Deployment, host: Host, address: str, folders: Mapping[str, str]) -> HostSpec:
    """Return what a host of a deployment is made from; `folders` gives each volume's folder on the machine."""
    local = deployment.platform.local
    outside = {rule.port for rule in deployment.rules if rule.host == host.name and rule.source == "outside"}
    return HostSpec(
        platform=deployment.name,
        name=host.name,
        address=address,
        cpu=min(host.cpu, os.cpu_count() or 1),
        memory=host.memory,
        mounts=host.mounts_filesystems or host.area == "core",
        binds=tuple(
            Bind(source=mount.source or folders[mount.volume or ""], path=mount.path, read_only=mount.read_only)
            for mount in sorted(host.mounts, key=lambda mount: mount.path)
        ),
        publish=tuple(f"{local.address}:{port}:{port}" for port in sorted(outside)),
    )


def podman(*arguments: str, timeout: float = 300, drafts: Path | None = None) -> str:
    """Run podman and return what it prints; EngineError with its words if it fails.

    Its temporary files are in `drafts`, if that is given.
    """
    environment = {**os.environ, "CONTAINERS_CONF": str(containers_conf())} | (
        {"TMPDIR": str(drafts)} if drafts else {}
    )
    try:
        done = subprocess.run(
            ["podman", *arguments], capture_output=True, text=True, timeout=timeout, check=False, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise EngineError(f"podman {arguments[0]} does not end (waited {timeout:.0f} s)") from error
    if done.returncode != 0:
        raise EngineError(f"podman {' '.join(arguments[:2])}: {done.stderr.strip()}")
    return done.stdout


def succeeds(*arguments: str) -> bool:
    """Tell whether podman answers a question with yes, or does what it is asked for."""
    environment = {**os.environ, "CONTAINERS_CONF": str(containers_conf())}
    done = subprocess.run(["podman", *arguments], capture_output=True, timeout=60, check=False, env=environment)
    return done.returncode == 0


def _inspect_network(name: str) -> dict[str, Any] | None:
    if not succeeds("network", "exists", name):
        return None
    return cast("list[dict[str, Any]]", json.loads(podman("network", "inspect", name)))[0]


def ensure_network(platform: str, subnet: str) -> str:
    """Make the platform's network, or adopt it, and return its name; EngineError if another subnet is there."""
    name = network_name(platform)
    found = _inspect_network(name)
    if found is None:
        mtu = f"mtu={network_mtu()}"
        podman("network", "create", "--subnet", subnet, "--opt", mtu, "--label", f"sepp.platform={platform}", name)
        return name
    subnets = [str(entry["subnet"]) for entry in found["subnets"]]
    if subnets != [subnet]:
        raise EngineError(
            f"network {name} has the subnet {', '.join(subnets)}, not {subnet}", f"podman network rm {name}"
        )
    return name


def network_subnet(platform: str) -> str | None:
    """Return the subnet of the platform's network; None if there is no network."""
    found = _inspect_network(network_name(platform))
    return None if found is None else str(found["subnets"][0]["subnet"])


def delete_network(platform: str) -> None:
    """Remove the platform's network, if it is there."""
    if network_subnet(platform) is not None:
        podman("network", "rm", network_name(platform))


def look(container: str) -> HostSeen:
    """Return what podman and the machine know of a host's container."""
    found = cast(
        "list[dict[str, Any]]",
        json.loads(podman("ps", "--all", "--filter", f"name=^{container}$", "--format", "json")),
    )
    if not found:
        return HostSeen(state="absent")
    labels: dict[str, str] = found[0]["Labels"] or {}
    return HostSeen(
        state=_state(found[0]["State"], found[0]["Pid"], found[0]["Id"]),
        platform=labels.get("sepp.platform", ""),
        digest=labels.get("sepp.spec", ""),
        instance=found[0]["Id"],
    )


def _state(state: str, pid: int, instance: str) -> HostState:
    """Return a container's state: podman believes its monitor, which can have been killed along with the host."""
    if state not in ("running", "stopping"):
        return "stopped"
    try:
        return "running" if instance in Path(f"/proc/{pid}/cgroup").read_text() else "lost"
    except FileNotFoundError:
        return "lost"


def ensure_host(spec: HostSpec, image: str) -> None:
    """Make a host run as its spec says: adopt it, start it, or make it anew where the spec differs.

    A host keeps the image that it was made from. Returns when systemd has started; EngineError if it does not.
    """
    seen = look(spec.container)
    if seen.state != "absent" and seen.platform != spec.platform:
        raise EngineError(f"container {spec.container} is not the kit's", f"podman rename {spec.container} other-name")
    same = seen.digest == spec.digest()
    if not (same and seen.state == "running"):
        _prepare(spec)
        if not (same and seen.state == "stopped" and succeeds("start", spec.container)):
            # Also where a crash left podman with remains that keep the container from starting again.
            podman("run", "--detach", "--replace", *_arguments(spec), image, "/sbin/init")
    wait_for_systemd(spec.container)


def _arguments(spec: HostSpec) -> list[str]:
    """Return the arguments of `podman run` for a host."""
    arguments = [
        *("--name", spec.container, "--hostname", spec.name),
        *("--label", f"sepp.platform={spec.platform}", "--label", f"sepp.host={spec.name}"),
        *("--label", f"sepp.spec={spec.digest()}"),
        *("--network", f"{network_name(spec.platform)}:ip={spec.address},alias={spec.name}"),
        *("--systemd=always", "--restart=no", "--stop-timeout", str(STOP_SECONDS)),
        *("--cpus", str(spec.cpu), "--memory", str(spec.memory)),
        *("--cap-add", "NET_ADMIN"),
    ]
    if spec.mounts:
        arguments += ["--cap-add", "SYS_ADMIN"]
    else:
        arguments += ["--security-opt", "proc-opts=hidepid=2"]
    for bind in spec.binds:
        arguments += ["--volume", f"{bind.source}:{bind.path}:{'ro' if bind.read_only else 'rw'}"]
    for published in spec.publish:
        arguments += ["--publish", f"{published}/tcp"]
    if _has_users_cgroup(spec):
        arguments += ["--cgroup-parent", f"/sepp/{spec.container}"]
        arguments += ["--volume", f"{_users_cgroup(spec)}:{MEMORY_GROUP}"]
    return arguments


def _prepare(spec: HostSpec) -> None:
    """Make what a container's start needs on the machine: mount points inside of volumes, its memory cgroup."""
    for bind in spec.binds:
        outer = next((b for b in reversed(spec.binds) if b != bind and bind.path.startswith(f"{b.path}/")), None)
        if outer is not None:
            inner = Path(outer.source, Path(bind.path).relative_to(outer.path))
            _make_private(inner)
        if not Path(bind.source).is_dir():
            raise EngineError(f"{bind.source} is not there ({bind.path} of host {spec.name})", f"ls {bind.source}")
    if _has_users_cgroup(spec):
        servers = _users_cgroup(spec)
        servers.mkdir(parents=True, exist_ok=True)
        (servers.parent / "memory.limit_in_bytes").write_text(str(spec.memory))


def _make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for root alone: roles open what shall be open."""
    if not folder.is_dir():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700)


def _has_users_cgroup(spec: HostSpec) -> bool:
    """Tell whether servers of users are limited by a cgroup that we make: systemd cannot on hybrid cgroups."""
    return not spec.mounts and not unified_cgroups() and (CGROUPS / "memory").is_dir()


def _users_cgroup(spec: HostSpec) -> Path:
    return CGROUPS / "memory/sepp" / spec.container / "servers"


def wait_for_systemd(container: str) -> None:
    """Wait until systemd in a container has started; EngineError if it has not in time.

    Failed units do not matter here: convergence mends them.
    """
    end, state = time.monotonic() + START_SECONDS, "nothing was said"
    while (left := end - time.monotonic()) > 0:
        try:
            done = subprocess.run(
                ["podman", "exec", container, "systemctl", "is-system-running", "--wait"],
                capture_output=True,
                text=True,
                timeout=left,
                check=False,
                env={**os.environ, "CONTAINERS_CONF": str(containers_conf())},
            )
        except subprocess.TimeoutExpired:
            break
        state = done.stdout.strip() or done.stderr.strip()
        if state in ("running", "degraded"):
            return
        time.sleep(0.2)
    raise EngineError(
        f"{container} has not started after {START_SECONDS} s ({state})", f"podman exec {container} systemctl list-jobs"
    )


def delete_host(platform: str, host: str) -> None:
    """Remove a host, if it is there; its volumes stay."""
    name = container_name(platform, host)
    podman("rm", "--force", "--ignore", "--volumes", "--time", str(STOP_SECONDS), name)
    for folder in CGROUPS.glob(f"*/sepp/{name}"):
        _remove_cgroups(folder)


def _remove_cgroups(folder: Path) -> None:
    """Remove a tree of cgroups, from the leaves; podman's monitor of the container ends a moment after it."""
    if not folder.is_dir():
        return
    for child in folder.iterdir():
        if child.is_dir():
            _remove_cgroups(child)
    end = time.monotonic() + STOP_SECONDS
    while True:
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno != errno.EBUSY or time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


def hosts(platform: str) -> tuple[str, ...]:
    """Return the names of all hosts of a platform that are there, running or not."""
    found = podman(
        "ps", "--all", "--filter", f"label=sepp.platform={platform}", "--format", '{{index .Labels "sepp.host"}}'
    )
    return tuple(sorted(found.split()))
