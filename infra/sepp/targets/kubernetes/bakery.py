"""Makes images of containers: a small Debian without a service manager, and on it what a role installs."""

import fcntl
import inspect
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sepp.catalogue import CATALOGUE
from sepp.converge.hashes import digest, install_content
from sepp.engine.errors import EngineError
from sepp.engine.paths import cache_dir
from sepp.report.sbom import bill_of_materials
from sepp.targets.kubernetes import images, oci
from sepp.targets.local import sources
from sepp.targets.local.images import APT_SETTINGS, IMAGE_SETTINGS, Report, ensure_installed
from sepp.targets.local.podman import podman, succeeds
from sepp.targets.workbench import files_of, software, workbench

_CONTAINER = "sepp-container"


@dataclass(frozen=True, kw_only=True)
class Archive:
    """An image of a service as an OCI archive, with the bill of its software (CycloneDX) beside it."""

    service: str
    made_from: str
    content: str

    @property
    def name(self) -> str:
        """What the image is called, without a registry."""
        return f"{images.repository(self.service)}:{self.content}"

    @property
    def file(self) -> Path:
        """The archive."""
        return _folder(self.service) / self.made_from / f"{self.content}.tar"

    @property
    def bill(self) -> Path:
        """The bill."""
        return self.file.with_suffix(".cdx.json")


def archives(service: str) -> list[Archive]:
    """Return the archives of a service on this machine, the newest first."""
    found = sorted(_folder(service).glob("*/*.tar"), key=lambda file: file.stat().st_mtime, reverse=True)
    return [Archive(service=service, made_from=file.parent.name, content=file.stem) for file in found]


def newest(service: str) -> Archive | None:
    """Return the archive that a new pod would get; None if this machine has none that is up to date."""
    return next((each for each in archives(service) if each.made_from == images.made_from(service)), None)


def outdated(service: str) -> list[Archive]:
    """Return the archives on this machine that no new pod would get."""
    current = newest(service)
    return [each for each in archives(service) if each != current]


def ensure_archive(service: str, report: Report, *, update: bool = False) -> Archive:
    """Make the image of a service where it is missing; with `update` anew, with Debian's latest packages.

    EngineError if something cannot be installed.
    """
    with _drafts() as drafts:
        there = None if update else newest(service)
        return there or _make(service, drafts, report)


def ensure_root(service: str, report: Report) -> str:
    """Install a service where that is missing, and return the name of the image, which `finish` has not seen.

    EngineError if something cannot be installed.
    """
    with _drafts() as drafts:
        return _installed(service, drafts, report)


def base_tag() -> str:
    """Return the name of the image on which roles are installed, by all that it is made from."""
    made_from = (*images.TOOLS, *APT_SETTINGS, *sources.mirrors(), *sources.extra_authorities())
    return f"localhost/sepp/container:{digest([*made_from, str(sources.environment()), inspect.getsource(_bootstrap)])}"


def installed_tag(service: str) -> str:
    """Return the name of the image in which a service is installed, with all that installs it."""
    return f"localhost/sepp/container-{service}:{digest([base_tag(), install_content(service)])}"


def _folder(service: str) -> Path:
    return cache_dir() / "containers" / service


@contextmanager
def _drafts() -> Generator[Path]:
    """Wait for other builds to end, and yield the folder of what is not complete yet."""
    cache_dir().mkdir(parents=True, exist_ok=True)
    with (cache_dir() / "containers.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        drafts = cache_dir() / "containers" / ".drafts"
        # A killed run may have left some.
        shutil.rmtree(drafts, ignore_errors=True)
        drafts.mkdir(parents=True)
        yield drafts


def _installed(service: str, drafts: Path, report: Report) -> str:
    _ensure_base(drafts / "base.tar", report)
    ensure_installed(installed_tag(service), base_tag(), service, report)
    return installed_tag(service)


def _make(service: str, drafts: Path, report: Report) -> Archive:
    """Install, finish, and write the archive, which is among the drafts until it is complete."""
    installed = _installed(service, drafts, report)
    report(f"container of {service}")
    with _finished(service, installed) as root:
        found = software(_CONTAINER, root, installed)
        content = images.content(service, found)
        archive = Archive(service=service, made_from=images.made_from(service), content=content)
        archive.file.parent.mkdir(parents=True, exist_ok=True)
        config = images.config(
            service, content, podman("image", "inspect", "--format", "{{.Architecture}}", root).strip()
        )
        draft = drafts / "image.tar"
        with files_of("image", root) as folder:
            oci.write_archive(folder, config, f"localhost/{archive.name}", draft)
    archive.bill.write_text(bill_of_materials(archive.name, "container", found))
    draft.replace(archive.file)
    return archive


def _ensure_base(draft: Path, report: Report) -> None:
    if not succeeds("image", "exists", base_tag()):
        if shutil.which("mmdebstrap") is None:
            raise EngineError("mmdebstrap is not installed", "apt-get install mmdebstrap")
        report("small Debian 13 for containers (once, about half a minute)")
        _bootstrap(draft)
        podman("import", *IMAGE_SETTINGS, str(draft), base_tag())
        draft.unlink()


def _bootstrap(archive: Path) -> None:
    """Make the root file system on which roles are installed; `finish` takes away all that is the machine's."""
    with tempfile.TemporaryDirectory(prefix="sepp-container-") as folder:
        files = {"etc/environment": "".join(f'{name}="{value}"\n' for name, value in sources.environment().items())}
        for position, certificate in enumerate(sources.extra_authorities()):
            files[f"usr/local/share/ca-certificates/machine-{position}.crt"] = certificate
        for name, text in files.items():
            Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
            Path(folder, name).write_text(text)
        command = [
            *("mmdebstrap", "--quiet", "--variant=apt", "--format=tar", f"--include={','.join(images.TOOLS)}"),
            *(f"--aptopt={setting}" for setting in APT_SETTINGS),
            *("--dpkgopt=force-unsafe-io", "--skip=cleanup/apt/lists"),
            *(f"--customize-hook=upload {Path(folder, name)} /{name}" for name in files),
            '--customize-hook=chroot "$1" update-ca-certificates',
            # Then what the role asks for is all that anybody asked for.
            '--customize-hook=chroot "$1" sh -c "dpkg-query -W -f \'\\${Package} \' | xargs apt-mark auto"',
            *(sources.RELEASE, str(archive), *sources.apt_sources()),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise EngineError(f"mmdebstrap: {done.stderr[-2000:].strip()}", "look at the network and the package mirror")


@contextmanager
def _finished(service: str, installed: str) -> Generator[str]:
    """Yield the name of an image with a service alone, for as long as it is needed."""
    root = f"{installed}-finished"
    with workbench(_CONTAINER, installed) as name:
        podman("cp", str(images.SCRIPTS), f"{name}:/run/scripts")
        if images.knows_users(service):
            podman("exec", name, f"/run/scripts/{images.NAMES}", timeout=600)
        podman("exec", name, "/run/scripts/finish", CATALOGUE[service].user, str(images.number(service)), timeout=1800)
        podman("commit", "--quiet", "--pause=false", name, root, timeout=1200)
    try:
        yield root
    finally:
        podman("image", "rm", root)
