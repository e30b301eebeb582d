"""What a local platform needs of this machine, and whether it is there."""

import os
import shutil
import socket
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

from sepp.config.units import GIB
from sepp.deployment import Deployment
from sepp.engine.errors import NEXT, EngineError
from sepp.engine.paths import cache_dir
from sepp.targets.check import Check, installed, lacking
from sepp.targets.given import given_certificate
from sepp.targets.local import machine, podman
from sepp.targets.local.volumes import BACKENDS, volumes_folder
from sepp.targets.trust import check_authority

_DISK = 20 * GIB
_DISK_LEAST = 8 * GIB
_CONTAINERS = Path("/var/lib/containers")


def checks(deployment: Deployment) -> Iterator[Check]:
    """Check this machine for a deployment."""
    yield from containers()
    yield from _programs(deployment)
    yield _cgroups()
    yield _loop_devices()
    yield _filesystem(deployment)
    yield from _disks(deployment)
    yield _memory(deployment)
    yield _port(deployment)
    yield _subnet(deployment)
    yield from _certificates(deployment)
    yield from _folders(deployment)


def containers() -> Iterator[Check]:
    """Check what makes and runs containers on this machine."""
    packages = machine.missing_packages()
    wanted = {
        "podman": ("podman", "podman"),
        "container runtime": (machine.runtime(), machine.runtime()),
        "mmdebstrap": ("mmdebstrap", "mmdebstrap"),
        "networks of podman": ("iptables", "iptables"),
    }
    yield _root()
    for name, (program, package) in wanted.items():
        yield installed(name, program, package)
    for helper in ("netavark", "aardvark-dns"):
        if helper in packages:
            yield lacking(helper, helper)
        else:
            yield Check(name=helper, state="ok", found="installed")


def require(deployment: Deployment) -> None:
    """Refuse, before anything is made, a machine that lacks something: EngineError names all of it."""
    missing = [check for check in checks(deployment) if check.state == "missing"]
    if missing:
        lines = "".join(f"\n  {check.name}: {check.found}. {check.remedy}" for check in missing)
        raise EngineError(f"this machine lacks:{lines}", f"./sepp doctor --fix local/{deployment.name}")


def _root() -> Check:
    if os.geteuid() == 0:
        return Check(name="user", state="ok", found="root")
    return Check(name="user", state="missing", found="not root", remedy="sudo -E ./sepp ...")


def _programs(deployment: Deployment) -> Iterator[Check]:
    """Check programs; hosts' own are checked by what makes them."""
    backend = BACKENDS[deployment.platform.local.quota_backend]
    wanted = {
        "file system tools": (backend.make[0], backend.package),
        "firewall": ("nft", "nftables"),
        "mounts": ("findmnt", "util-linux"),
    }
    for name, (program, package) in wanted.items():
        yield installed(name, program, package)


def _cgroups() -> Check:
    if machine.unified_cgroups():
        return Check(name="cgroups", state="ok", found="version 2")
    return Check(
        name="cgroups",
        state="poor",
        found="hybrid: limits of users' servers are made by the kit, not by systemd",
        remedy="boot with systemd.unified_cgroup_hierarchy=1",
    )


def _loop_devices() -> Check:
    if Path("/dev/loop-control").exists():
        return Check(name="loop devices", state="ok", found="/dev/loop-control")
    return Check(name="loop devices", state="missing", found="none", remedy="modprobe loop")


def _filesystem(deployment: Deployment) -> Check:
    backend = BACKENDS[deployment.platform.local.quota_backend]
    name = f"kernel: {backend.filesystem}"
    modules = Path("/lib/modules", os.uname().release)
    known = backend.filesystem in Path("/proc/filesystems").read_text().split()
    if known or any(modules.rglob(f"{backend.filesystem}.ko*")):
        return Check(name=name, state="ok", found="known")
    remedy = f"set sepp:local.quota_backend to {backend.alternative} in the stack's file"
    return Check(name=name, state="missing", found="unknown", remedy=remedy)


def _disks(deployment: Deployment) -> Iterator[Check]:
    places = {"disk for hosts": _CONTAINERS, "disk for data": volumes_folder(deployment), "disk for cache": cache_dir()}
    for name, place in places.items():
        there = next(folder for folder in (place, *place.parents) if folder.exists())
        free = shutil.disk_usage(there).free
        state = "ok" if free >= _DISK else "poor" if free >= _DISK_LEAST else "missing"
        remedy = None if state == "ok" else f"make room: {_DISK // GIB} GiB are wanted, {_DISK_LEAST // GIB} GiB needed"
        yield Check(name=name, state=state, found=f"{free / GIB:.0f} GiB free in {there}", remedy=remedy)


def _memory(deployment: Deployment) -> Check:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    wanted = sum(host.memory for host in deployment.hosts)
    found = f"{total / GIB:.0f} GiB; the hosts may use {wanted / GIB:.0f} GiB"
    if total >= wanted:
        return Check(name="memory", state="ok", found=found)
    return Check(name="memory", state="poor", found=found, remedy="set sepp:sizes, or lower the actors' limits")


def _port(deployment: Deployment) -> Check:
    address, port = deployment.platform.local.address, deployment.platform.port
    name = f"port {port}"
    if (
        machine.missing_packages() == ()
        and podman.look(podman.container_name(deployment.name, "core")).state == "running"
    ):
        return Check(name=name, state="ok", found="this platform's entrance")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return Check(
                name=name,
                state="missing",
                found=f"{address}: {error.strerror}",
                remedy="set sepp:port or sepp:local.address in the stack's file",
            )
    return Check(name=name, state="ok", found="free")


def _subnet(deployment: Deployment) -> Check:
    wanted = IPv4Network(deployment.platform.local.subnet)
    own = machine.missing_packages() == () and podman.network_subnet(deployment.name) == str(wanted)
    clashing = [route for route in _routes() if route.overlaps(wanted)]
    if own or not clashing:
        return Check(name="subnet", state="ok", found=f"{wanted}, {'made' if own else 'free'}")
    return Check(
        name="subnet",
        state="missing",
        found=f"{wanted} overlaps {clashing[0]}, to which this machine has a route",
        remedy="set sepp:local.subnet in the stack's file",
    )


def _certificates(deployment: Deployment) -> Iterator[Check]:
    """Check the files of `sepp:tls`."""
    tls = deployment.platform.tls
    try:
        check_authority(tls)
        given_certificate(tls, deployment.public_names)
    except EngineError as error:
        found, _, remedy = str(error).partition(NEXT)
        yield Check(name="certificate", state="missing", found=found, remedy=remedy)
    else:
        if files := [*filter(None, [tls.given and tls.given.certificate, tls.authority])]:
            yield Check(name="certificate", state="ok", found=", ".join(files))


def _folders(deployment: Deployment) -> Iterator[Check]:
    """Check the operator's own folders that the hosts mount: collections of repositories, licensed software."""
    for folder in sorted({mount.source for host in deployment.hosts for mount in host.mounts if mount.source}):
        if Path(folder).is_dir():
            yield Check(name="folder", state="ok", found=folder)
        else:
            remedy = "make it, or name another one in the mission's file"
            yield Check(name="folder", state="missing", found=f"{folder} is not there", remedy=remedy)


def _routes() -> Iterator[IPv4Network]:
    """Give the networks that this machine has routes to, the default route excepted."""
    for line in Path("/proc/net/route").read_text().splitlines()[1:]:
        fields = line.split()
        destination, mask = (int.from_bytes(bytes.fromhex(fields[index]), "little") for index in (1, 7))
        if mask:
            yield IPv4Network((destination, mask.bit_count()))
