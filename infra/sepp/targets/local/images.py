"""Images of local hosts: a Debian with systemd, and on it, one layer for each role, what the roles install."""

import fcntl
import inspect
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sepp.config.units import GIB
from sepp.converge.hashes import PLAYBOOKS, digest, install_content
from sepp.converge.inventory import of_container
from sepp.engine.errors import EngineError
from sepp.engine.paths import ROOT, cache_dir
from sepp.targets.local import sources
from sepp.targets.local.machine import available_memory, containers_conf
from sepp.targets.local.podman import podman, succeeds
from sepp.targets.workbench import workbench

Report = Callable[[str], None]
"""Is told what is being made, one sentence each."""

PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "libpam-systemd"),
    *("python3", "python3-apt", "ca-certificates", "iproute2", "procps", "nftables", "acl"),
)
MASKED = (
    *("systemd-udevd.service", "systemd-udevd-control.socket", "systemd-udevd-kernel.socket"),
    *("systemd-udev-trigger.service", "systemd-logind.service", "getty.target", "console-getty.service"),
    *("systemd-resolved.service", "systemd-timesyncd.service", "dev-hugepages.mount"),
    "unattended-upgrades.service",  # upgrades have a timer: this one waits for the machine's shutdown, and asks logind
)
"""Units that have no work in a container: the machine does it."""

LOCAL_FACTS = {"base_container": True}
"""Arguments of roles that all local hosts have in common: the phase `install` knows no others."""

_PLAYBOOKS = {"install": "image.yml", "mission": "mission.yml"}
"""The playbooks that run a phase of a role."""

APT_SETTINGS = ('Acquire::Languages "none"', 'APT::Install-Recommends "false"', 'DPkg::Lock::Timeout "120"')
IMAGE_SETTINGS = (
    "--change",
    'CMD ["/sbin/init"]',
    "--change",
    "STOPSIGNAL SIGRTMIN+3",
    "--change",
    "LABEL sepp.image=host",
)
_MEMORY = Path("/dev/shm")  # noqa: S108
_DIES_WITH_US = ("setpriv", "--pdeathsig", "TERM")
"""Ends a long program where its run is killed, so that it does not work on beside the next run."""
_NOT_BEING_MADE = "1h"
"""Age of a nameless image that no other user's build is about to name."""
_TWICE_THE_BASE = 3 * GIB
_TWICE_THE_LARGEST = 12 * GIB
"""What the image with role hub takes while it is written, with half as much again."""


def base_tag() -> str:
    """Return the name of the image of a host on which nothing is installed, by all that it is made from."""
    made_from = (PACKAGES, MASKED, APT_SETTINGS, sources.mirrors(), sources.extra_authorities())
    how = (inspect.getsource(_bootstrap), inspect.getsource(_write_extra))
    return f"localhost/sepp/host:{digest([json.dumps([*made_from, sources.environment(), how])])}"


def baked_tag(services: Sequence[str]) -> str:
    """Return the name of the image of a host with these services, by what their roles install and the base."""
    if not services:
        return base_tag()
    below = baked_tag(services[:-1])
    return f"localhost/sepp/host-{'-'.join(services)}:{digest([below, install_content(services[-1])])}"


def ensure_image(services: Sequence[str], report: Report) -> str:
    """Make the image of a host with these services, where it is missing, and return its name.

    Each role is a layer on the image of those before it, so hosts share layers, a changed role remakes no more than
    is above it, and a run that was killed goes on where it was. EngineError if a role cannot be installed.
    """
    tag = baked_tag(services)
    if succeeds("image", "exists", tag):
        return tag
    if services:
        ensure_installed(tag, ensure_image(services[:-1], report), services[-1], report)
        return tag
    with _only_one(tag) as wanted:
        if wanted:
            _sweep()
            _make_base(tag, report)
    return tag


def ensure_installed(
    tag: str,
    below: str,
    role: str,
    report: Report,
    *,
    phase: str = "install",
    given: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Make the image `tag` where it is missing: a phase of a role, with arguments, on the image `below`.

    EngineError if the role cannot be installed.
    """
    with _only_one(tag) as wanted:
        if wanted:
            _sweep()
            _bake(tag, below, _Phase(role=role, name=phase, given=given), report)


def _bakery() -> str:
    """Return how the names of temporary containers and folders start. A label would go over to the hosts."""
    return f"sepp-bake-{digest([str(cache_dir())])[:8]}-"


def _sweep() -> None:
    """Remove what killed builds of this user left: containers, folders, half made files, images without a name."""
    left = podman("ps", "--all", "--quiet", "--filter", f"name=^{_bakery()}").split()
    if left:
        podman("rm", "--force", "--volumes", "--time", "0", *left)
    for folder in (_MEMORY, _folder("images")):
        for old in folder.glob(f"{_bakery()}*"):
            shutil.rmtree(old, ignore_errors=True)  # a dying program may be removing it as well
    for draft in _folder("images").glob("*.new"):
        draft.unlink(missing_ok=True)
    podman("image", "prune", "--force", "--filter", "label=sepp.image=host", "--filter", f"until={_NOT_BEING_MADE}")


@contextmanager
def _only_one(tag: str) -> Generator[bool]:
    """Wait for other builds to end; yield whether the image is still missing."""
    cache_dir().mkdir(parents=True, exist_ok=True)
    with (cache_dir() / "images.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not succeeds("image", "exists", tag)


def _folder(*names: str) -> Path:
    """Return a folder of the cache, made if missing."""
    folder = cache_dir().joinpath(*names)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _make_base(tag: str, report: Report) -> None:
    archive = _folder("images") / f"{tag.rpartition(':')[2]}.tar"
    if not archive.exists():
        report("image of a Debian 13 host (once, about half a minute)")
        _bootstrap(archive)
        for old in archive.parent.glob("*.tar"):
            if old != archive:
                old.unlink()
    image = podman("import", *IMAGE_SETTINGS, str(archive)).split()[-1]
    podman("tag", image, tag)


def _bootstrap(archive: Path) -> None:
    """Make the root file system of a host as an archive, under another name until it is complete."""
    if shutil.which("mmdebstrap") is None:
        raise EngineError("mmdebstrap is not installed", "apt-get install mmdebstrap")
    draft = archive.with_suffix(f".{os.getpid()}.new")
    with tempfile.TemporaryDirectory(dir=_roomy(_TWICE_THE_BASE), prefix=_bakery()) as folder:
        extra = _write_extra(Path(folder, "extra"))
        command = [
            *(
                *_DIES_WITH_US,
                "mmdebstrap",
                "--quiet",
                "--variant=minbase",
                "--format=tar",
                f"--include={','.join(PACKAGES)}",
            ),
            *(f"--aptopt={setting}" for setting in APT_SETTINGS),
            *("--dpkgopt=force-unsafe-io", "--skip=cleanup/apt/lists"),
            # Package archives are kept between builds.
            *("--skip=download/empty", "--skip=essential/unlink"),
            '--setup-hook=mkdir -p "$1/var/cache/apt/archives/"',
            f"--setup-hook=sync-in {_folder('apt-base')} /var/cache/apt/archives/",
            f"--customize-hook=sync-out /var/cache/apt/archives {_folder('apt-base')}",
            f"--customize-hook=sync-in {extra} /",
            '--customize-hook=chroot "$1" update-ca-certificates',
            f'--customize-hook=chroot "$1" systemctl mask {" ".join(MASKED)}',
            *(sources.RELEASE, str(draft), *sources.apt_sources()),
        ]
        environment = {**os.environ, "TMPDIR": folder}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        draft.unlink(missing_ok=True)
        raise EngineError(f"mmdebstrap: {_last_lines(done.stderr)}", "look at the network and the package mirror")
    draft.replace(archive)


def _write_extra(folder: Path) -> Path:
    """Write the files that a host has beyond its packages, as a tree."""
    variables = sources.environment()
    quoted = " ".join(f'"{name}={value}"' for name, value in variables.items())
    files = {"etc/environment": "".join(f'{name}="{value}"\n' for name, value in variables.items())}
    if variables:
        files["etc/systemd/system.conf.d/sepp.conf"] = f"[Manager]\nDefaultEnvironment={quoted}\n"
    for number, certificate in enumerate(sources.extra_authorities()):
        files[f"usr/local/share/ca-certificates/machine-{number}.crt"] = certificate
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


@dataclass(frozen=True, kw_only=True)
class _Phase:
    """A phase of a role, with arguments."""

    role: str
    name: str
    given: Mapping[str, Any]


def _bake(tag: str, below: str, phase: _Phase, report: Report) -> None:
    """Run a phase of a role in a container and keep the result as an image."""
    report(f"image with role {phase.role} (once)")
    caches = ("--volume", f"{_folder('apt')}:/var/cache/apt/archives", "--volume", f"{_folder('home')}:/root/.cache")
    with workbench(f"{_bakery()}{os.getpid()}", below, *caches) as container:
        # What packages bring is started by nobody here.
        podman(
            "exec", container, "sh", "-c", 'printf "exit 101\\n" >/usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d'
        )
        _install(container, phase)
        podman("exec", container, "rm", "-rf", "/usr/sbin/policy-rc.d", "/root/.ansible", "/tmp/ansible")  # noqa: S108
        _commit(container, tag)


def _commit(container: str, tag: str) -> None:
    """Keep a container as an image. Podman writes it twice before it has it, and keeps others waiting at the end."""
    with tempfile.TemporaryDirectory(dir=_roomy(_TWICE_THE_LARGEST), prefix=_bakery()) as drafts:
        written = podman(
            "commit", "--quiet", "--pause=false", *IMAGE_SETTINGS, container, timeout=1200, drafts=Path(drafts)
        )
    podman("tag", written.split()[-1], tag)


def _roomy(wanted: int) -> Path:
    """Return a folder for so much (bytes) that is soon removed: in memory, if so much of it is free."""
    free = min(shutil.disk_usage(_MEMORY).free if _MEMORY.is_dir() else 0, available_memory())
    return _MEMORY if free > wanted else _folder("images")


def _install(container: str, phase: _Phase) -> None:
    host = {**of_container(container), "image_role": phase.role, **LOCAL_FACTS, **phase.given}
    log = _folder("images") / f"{phase.role}.log"
    with tempfile.TemporaryDirectory(prefix="sepp-image-") as folder, log.open("w") as output:
        inventory = Path(folder, "hosts.json")
        inventory.write_text(json.dumps({"all": {"hosts": {"image": host}}}))
        # A role's arguments are facts of a platform; `install` needs none, so they are not checked here.
        done = subprocess.run(
            [
                *(
                    *_DIES_WITH_US,
                    str(Path(sys.executable).with_name("ansible-playbook")),
                    "--inventory",
                    str(inventory),
                ),
                *("--tags", phase.name, "--skip-tags", "always", str(PLAYBOOKS / _PLAYBOOKS[phase.name])),
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "CONTAINERS_CONF": str(containers_conf())},
        )
    if done.returncode != 0:
        raise EngineError(f"role {phase.role} cannot be installed: {_last_lines(log.read_text())}", f"less {log}")


def _last_lines(text: str) -> str:
    return "\n".join(line for line in text.strip().splitlines()[-12:] if line.strip())
