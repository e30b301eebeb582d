"""Makes the disk of a server with roles installed: the image of a local host, with a kernel and a first boot."""

import fcntl
import os
import shutil
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

from sepp.converge.hashes import digest
from sepp.engine.errors import EngineError
from sepp.engine.paths import cache_dir
from sepp.report.sbom import bill_of_materials
from sepp.targets.local.images import IMAGE_SETTINGS, MASKED, Report, baked_tag, base_tag, ensure_image
from sepp.targets.local.podman import podman, succeeds
from sepp.targets.openstack.images import SCRIPTS, content, made_from, title
from sepp.targets.workbench import files_of, software, workbench

_CONTAINER = "sepp-disk"
_TOOLS = ("e2fsprogs", "fdisk", "grub-efi-amd64-bin", "grub-pc-bin", "grub2-common", "mtools", "qemu-utils")


@dataclass(frozen=True, kw_only=True)
class ImageFile:
    """A server's disk in qcow2, with the bill of its software (CycloneDX) beside it; `name` is by its content."""

    name: str
    made_from: str
    file: Path
    bill: Path

    @property
    def size(self) -> int:
        """How large the disk is for a server, in bytes (QEMU's docs/interop/qcow2, header)."""
        with self.file.open("rb") as file:
            return int.from_bytes(file.read(32)[24:])


def ensure_image_file(roles: tuple[str, ...], report: Report, *, update: bool = False) -> ImageFile:
    """Make the disk of a server with these roles where it is missing; with `update` anew, with Debian's latest.

    EngineError if something cannot be installed, or if this machine is no amd64.
    """
    if os.uname().machine != "x86_64":
        raise EngineError("images of servers are made on amd64 only", "take a machine with that processor")
    cache_dir().mkdir(parents=True, exist_ok=True)
    with (cache_dir() / "disks.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _ensure(roles, report, update=update)


def _ensure(roles: tuple[str, ...], report: Report, *, update: bool) -> ImageFile:
    root = f"localhost/sepp/machine:{digest([baked_tag(roles), (SCRIPTS / 'finish').read_text()])}"
    number = str(uuid.uuid5(uuid.NAMESPACE_OID, root))
    if update or not succeeds("image", "exists", root):
        report(f"root file system of {title(roles)} (minutes)")
        _finish(ensure_image(roles, report), root, number)
    with files_of("image", root) as folder:
        found = software(_CONTAINER, folder, root)
    name = f"{title(roles)}-{content(roles, found)}"
    folder = cache_dir() / "disks" / title(roles)
    disk = ImageFile(
        name=name, made_from=made_from(roles), file=folder / f"{name}.qcow2", bill=folder / f"{name}.cdx.json"
    )
    if not disk.file.exists():
        report(f"disk {name} (about a minute)")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _make(_ensure_tools(report), root, number, disk.file)
    disk.bill.write_text(bill_of_materials(name, "operating-system", found))
    return disk


def _finish(image: str, tag: str, number: str) -> None:
    """Make a machine's root file system of a host's image; `number` is the file system's, which the boot looks for."""
    # It takes away what podman mounts into the container.
    with workbench(_CONTAINER, image, "--cap-add", "SYS_ADMIN") as name:
        podman("cp", str(SCRIPTS / "finish"), f"{name}:/run/finish")
        podman("exec", name, "/run/finish", number, *MASKED, timeout=1800)
        podman("commit", "--quiet", "--pause=false", *IMAGE_SETTINGS, name, tag, timeout=1200)


def _make(tools: str, root: str, number: str, file: Path) -> None:
    """Make the disk in a container of the image `tools`, under another name until it is complete."""
    with tempfile.TemporaryDirectory(dir=file.parent) as draft:
        mounts = ("--mount", f"type=image,source={root},destination=/machine", "--volume", f"{draft}:/disk")
        with workbench(_CONTAINER, tools, "--cap-add", "SYS_ADMIN", *mounts) as name:
            podman("cp", str(SCRIPTS / "make-disk"), f"{name}:/run/make-disk")
            command = ("/run/make-disk", "/machine", number, "/disk/made")
            podman("exec", "--env", "TMPDIR=/disk", name, *command, timeout=1800)
        Path(draft, "made").replace(file)


def _ensure_tools(report: Report) -> str:
    """Make the image with the tools that make disks, where it is missing; return its name."""
    tag = f"localhost/sepp/disk-tools:{digest([base_tag(), *_TOOLS])}"
    if not succeeds("image", "exists", tag):
        with workbench(_CONTAINER, ensure_image((), report)) as name:
            podman("exec", name, "apt-get", "-q", "update")
            podman("exec", name, "apt-get", "-q", "-y", "--no-install-recommends", "install", *_TOOLS, timeout=1200)
            podman("commit", "--quiet", "--pause=false", *IMAGE_SETTINGS, name, tag, timeout=600)
    return tag
