"""Volumes of a local platform: files with a file system that can hold users to hard limits, mounted on the machine."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sepp.deployment import Deployment, Volume
from sepp.engine.errors import EngineError
from sepp.engine.paths import data_dir

MOUNT_OPTIONS = ("loop", "nosuid", "nodev")
"""Users write there: no set-user-id programs and no devices of theirs shall work."""


@dataclass(frozen=True, kw_only=True)
class Backend:
    """How a volume holds its limits: its file system, the tools of it and what makes it grow while mounted.

    `grow_unmounted` is the other way for those that some machines do not let grow while mounted.
    """

    filesystem: str
    package: str
    make: tuple[str, ...]
    options: tuple[str, ...] = ()
    after_mount: tuple[str, ...] = ()
    grow: Callable[[Path, str], tuple[str, ...]]
    grow_unmounted: tuple[str, ...] = ()
    alternative: str


BACKENDS = {
    "btrfs_qgroup": Backend(
        filesystem="btrfs",
        package="btrfs-progs",
        make=("mkfs.btrfs", "--quiet"),
        after_mount=("btrfs", "quota", "enable"),
        grow=lambda folder, _: ("btrfs", "filesystem", "resize", "max", str(folder)),
        alternative="loop",
    ),
    "xfs_project": Backend(
        filesystem="xfs",
        package="xfsprogs",
        make=("mkfs.xfs", "-q"),
        options=("prjquota",),
        grow=lambda folder, _: ("xfs_growfs", str(folder)),
        alternative="btrfs_qgroup",
    ),
    "loop": Backend(
        filesystem="ext4",
        package="e2fsprogs",
        make=("mkfs.ext4", "-q"),
        grow=lambda _, device: ("resize2fs", device),
        grow_unmounted=("resize2fs", "-f"),
        alternative="btrfs_qgroup",
    ),
}


@dataclass(frozen=True, kw_only=True)
class VolumeSpec:
    """A volume on this machine. `folder` is where it is; `size` in bytes; `backend` is None for a plain folder."""

    folder: str
    size: int
    backend: str | None
    repository: bool = False

    @property
    def path(self) -> Path:
        """The folder of the volume on the machine."""
        return Path(self.folder)

    @property
    def image(self) -> Path:
        """The file that holds the volume's file system."""
        return self.path.with_name(f"{self.path.name}.img")


def volume_spec(deployment: Deployment, volume: Volume) -> VolumeSpec:
    """Return where and how a volume of a deployment is kept: tiers by the backend, services' data as plain folders."""
    local = deployment.platform.local
    return VolumeSpec(
        folder=str(volumes_folder(deployment) / volume.name),
        size=volume.size,
        backend=local.quota_backend if volume.tier else None,
        repository=volume.tier == "repository",
    )


def ensure_volume(spec: VolumeSpec) -> None:
    """Make a volume, mount it and let it grow to its size; what exists is kept.

    EngineError says what the machine lacks, or that a volume would have to shrink.
    """
    spec.path.mkdir(mode=0o755, parents=True, exist_ok=True)
    if spec.backend is not None:
        _ensure_filesystem(spec, BACKENDS[spec.backend])
    if spec.repository:
        guard = spec.path / ".guard"
        guard.mkdir(mode=0o711, exist_ok=True)


def _ensure_filesystem(spec: VolumeSpec, backend: Backend) -> None:
    if not spec.image.exists():
        _make_image(spec, backend)
    size = spec.image.stat().st_size
    if size > spec.size:
        raise EngineError(f"{spec.image} has {size} bytes and cannot shrink to {spec.size}", "sepp plan")
    os.truncate(spec.image, spec.size)
    in_use = spec.path.is_mount()
    if not in_use:
        _mount(spec, backend)
    try:
        _grow(spec, backend)
    except EngineError as error:
        if in_use or not backend.grow_unmounted:
            raise EngineError(
                f"{spec.path} does not grow while it is mounted: {error}", "sepp destroy, then sepp up: the data stays"
            ) from error
        unmount_volume(spec)
        _run(*backend.grow_unmounted, str(spec.image))
        _mount(spec, backend)


def _grow(spec: VolumeSpec, backend: Backend) -> None:
    """Let a mounted file system fill its file."""
    device = _run("findmnt", "--noheadings", "--output", "SOURCE", "--mountpoint", spec.folder).strip()
    _run("losetup", "--set-capacity", device)
    _run(*backend.grow(spec.path, device))


def _make_image(spec: VolumeSpec, backend: Backend) -> None:
    """Make the file and its file system under another name first: what is half made is never believed."""
    _require(backend)
    draft = spec.image.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    os.truncate(draft, spec.size)
    _run(*backend.make, str(draft))
    draft.replace(spec.image)


def _require(backend: Backend) -> None:
    """Raise EngineError if the machine cannot make or mount the backend's file system."""
    if shutil.which(backend.make[0]) is None:
        raise EngineError(f"{backend.make[0]} is not installed", f"apt-get install {backend.package}")
    if not Path("/dev/loop-control").exists() and not _load("loop"):
        raise EngineError("this kernel has no loop devices", "modprobe loop")
    if not _knows(backend.filesystem) and not _load(backend.filesystem):
        raise EngineError(
            f"this kernel has no {backend.filesystem}",
            f"set sepp:local.quota_backend to {backend.alternative} in the stack's file",
        )


def _knows(filesystem: str) -> bool:
    return filesystem in Path("/proc/filesystems").read_text().split()


def _load(module: str) -> bool:
    return subprocess.run(["modprobe", module], capture_output=True, timeout=60, check=False).returncode == 0


def _mount(spec: VolumeSpec, backend: Backend) -> None:
    _require(backend)
    options = ",".join((*MOUNT_OPTIONS, *backend.options))
    try:
        _run("mount", "-t", backend.filesystem, "-o", options, str(spec.image), str(spec.path))
    except EngineError as error:
        if backend.options:
            raise EngineError(
                f"this kernel does not mount {backend.filesystem} with {','.join(backend.options)}: {error}",
                f"set sepp:local.quota_backend to {backend.alternative} in the stack's file",
            ) from error
        raise
    if backend.after_mount:
        _run(*backend.after_mount, str(spec.path))


def unmount_volume(spec: VolumeSpec) -> None:
    """Unmount a volume, if it is mounted; its data stays."""
    if spec.path.is_mount():
        _run("umount", str(spec.path))


def delete_volume(spec: VolumeSpec) -> None:
    """Delete a volume and all of its data."""
    unmount_volume(spec)
    spec.image.unlink(missing_ok=True)
    spec.image.with_suffix(".new").unlink(missing_ok=True)
    if spec.path.exists():
        shutil.rmtree(spec.path)


def volume_state(spec: VolumeSpec) -> tuple[bool, int]:
    """Return whether a volume is there and ready for use, and its size in bytes (0 for plain folders)."""
    if spec.backend is None:
        return spec.path.is_dir(), 0
    return spec.path.is_mount(), spec.image.stat().st_size if spec.image.exists() else 0


def volumes_folder(deployment: Deployment) -> Path:
    """Return the folder of a platform's volumes."""
    return Path(deployment.platform.local.data or data_dir()) / deployment.name


def found(folder: Path) -> tuple[VolumeSpec, ...]:
    """Return what a folder of volumes holds, also those that no deployment knows any more."""
    if not folder.is_dir():
        return ()
    names = {entry.name.removesuffix(".new").removesuffix(".img") for entry in folder.iterdir()}
    return tuple(
        # Which file system a file holds makes no difference to how it is mounted, measured and deleted.
        VolumeSpec(folder=str(folder / name), size=0, backend="loop" if (folder / f"{name}.img").exists() else None)
        for name in sorted(names)
    )


def used(spec: VolumeSpec) -> int:
    """Return how many bytes a volume holds; of one that is not mounted, how many its file takes."""
    if spec.path.is_mount():
        found = os.statvfs(spec.path)
        return (found.f_blocks - found.f_bfree) * found.f_frsize
    if spec.backend is not None:
        return spec.image.stat().st_blocks * 512 if spec.image.exists() else 0
    files = (Path(folder, name) for folder, _, names in os.walk(spec.path) for name in names)
    return sum(file.lstat().st_blocks * 512 for file in files)


def _run(*command: str) -> str:
    """Run a program and return what it prints; EngineError with its words if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except FileNotFoundError as error:
        raise EngineError(f"{command[0]} is not installed") from error
    if done.returncode != 0:
        raise EngineError(f"{' '.join(command[:2])}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
