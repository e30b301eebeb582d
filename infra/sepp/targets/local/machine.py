"""What podman needs to be told about this machine: a generated containers.conf."""

import json
import os
import resource
import shutil
from functools import cache
from pathlib import Path

from sepp.engine.errors import EngineError
from sepp.engine.paths import state_dir

CGROUPS = Path("/sys/fs/cgroup")
PIDS_LIMIT = 16384
"""Processes of one host at most: a fork bomb stays inside."""

_SYS_RESOURCE = 24
_PROGRAMS = {"podman": "podman", "iptables": "iptables"}
"""podman's networks need iptables, and its package does not ask for it."""
_HELPERS = ("/usr/lib/podman", "/usr/libexec/podman", "/usr/local/libexec/podman", "/usr/local/lib/podman")


def unified_cgroups() -> bool:
    """Tell whether the machine has cgroup v2 alone, as ordinary machines do."""
    return (CGROUPS / "cgroup.controllers").exists()


def runtime() -> str:
    """Return the container runtime for this machine: crun, or runc where cgroups are hybrid."""
    return "crun" if unified_cgroups() and shutil.which("crun") else "runc"


def missing_packages() -> tuple[str, ...]:
    """Return the Debian packages that hosts on this machine need and that are not installed."""
    programs = {**_PROGRAMS, runtime(): runtime()}
    helpers = {"netavark": "netavark", "aardvark-dns": "aardvark-dns"}
    missing = [package for program, package in programs.items() if shutil.which(program) is None]
    for helper, package in helpers.items():
        if not any(Path(folder, helper).exists() for folder in _HELPERS):
            missing.append(package)
    return tuple(missing)


@cache
def containers_conf() -> Path:
    """Write podman's settings for this machine and return their file; the operator's own CONTAINERS_CONF wins.

    EngineError if a program is missing or the user is not root.
    """
    given = os.environ.get("CONTAINERS_CONF")
    if given:
        return Path(given)
    if os.geteuid() != 0:
        raise EngineError("hosts on this machine need root", "sudo -E ./sepp up")
    if missing := missing_packages():
        raise EngineError(f"not installed: {', '.join(missing)}", f"apt-get install {' '.join(missing)}")
    file = state_dir() / "containers.conf"
    text = render()
    if not file.exists() or file.read_text() != text:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_text(text)
        draft.replace(file)
    return file


def render() -> str:
    """Return the text of containers.conf for this machine."""
    systemd = Path("/run/systemd/system").exists()
    containers = [f"pids_limit = {PIDS_LIMIT}"]
    if limits := _ulimits():
        containers.append(f"default_ulimits = {json.dumps(limits)}")
    engine = [
        f'runtime = "{runtime()}"',
        f'cgroup_manager = "{"systemd" if systemd else "cgroupfs"}"',
        f'events_logger = "{"journald" if systemd else "file"}"',
    ]
    sections = {"containers": containers, "engine": engine, "network": ['network_backend = "netavark"']}
    return "".join(f"[{name}]\n" + "".join(f"{line}\n" for line in lines) for name, lines in sections.items())


def _ulimits() -> list[str]:
    """Return limits below the machine's own: without CAP_SYS_RESOURCE podman's defaults fail, and equal ones do."""
    if _has_capability(_SYS_RESOURCE):
        return []
    wanted = {"nofile": (resource.RLIMIT_NOFILE, 1 << 20), "nproc": (resource.RLIMIT_NPROC, 1 << 15)}
    return [f"{name}={value}:{value}" for name, (kind, most) in wanted.items() for value in [_below(kind, most)]]


def _below(kind: int, most: int) -> int:
    hard = resource.getrlimit(kind)[1]
    return most if hard == resource.RLIM_INFINITY or hard > most else 1 << ((hard - 1).bit_length() - 1)


def _has_capability(number: int) -> bool:
    status = Path("/proc/self/status").read_text()
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(effective, 16) >> number & 1)


def available_memory() -> int:
    """Return the memory that programs can have without swapping, in bytes (proc_meminfo(5), MemAvailable)."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))


def network_mtu() -> int:
    """Return the MTU of the machine's default route in bytes; 1500 without one."""
    for line in Path("/proc/net/route").read_text().splitlines()[1:]:
        interface, destination = line.split()[:2]
        if destination == "00000000":
            return int(Path(f"/sys/class/net/{interface}/mtu").read_text())
    return 1500
