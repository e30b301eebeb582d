"""Makes images of containers: a small Debian without a service manager, and on it what a role installs."""

import fcntl
import inspect
import json
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sepp.catalogue import CATALOGUE
from sepp.converge.hashes import digest, install_content
from sepp.deployment import Deployment
from sepp.engine.errors import EngineError
from sepp.engine.paths import MISSIONS, cache_dir
from sepp.report.sbom import bill_of_materials
from sepp.targets.kubernetes import images, oci
from sepp.targets.kubernetes.images import Recipe
from sepp.targets.local import sources
from sepp.targets.local.images import APT_SETTINGS, IMAGE_SETTINGS, Report, ensure_installed
from sepp.targets.local.podman import podman, succeeds
from sepp.targets.workbench import files_of, software, workbench

_CONTAINER = "sepp-container"
_TOOLS = f"{_CONTAINER}-tools"


@dataclass(frozen=True, kw_only=True)
class Archive:
    """An image of a service as an OCI archive, with the bill of its software (CycloneDX) beside it."""

    recipe: Recipe
    made_from: str
    content: str

    @property
    def name(self) -> str:
        """What the image is called, without a registry."""
        return f"{images.repository(self.recipe)}:{self.content}"

    @property
    def file(self) -> Path:
        """The archive."""
        return _folder(self.recipe) / self.made_from / f"{self.content}.tar"

    @property
    def bill(self) -> Path:
        """The bill."""
        return self.file.with_suffix(".cdx.json")


def archives(recipe: Recipe) -> list[Archive]:
    """Return the archives of a service on this machine, the newest first."""
    found = sorted(_folder(recipe).glob("*/*.tar"), key=lambda file: file.stat().st_mtime, reverse=True)
    return [Archive(recipe=recipe, made_from=file.parent.name, content=file.stem) for file in found]


def newest(recipe: Recipe) -> Archive | None:
    """Return the archive that a new pod would get; None if this machine has none that is up to date."""
    return next((each for each in archives(recipe) if each.made_from == images.made_from(recipe)), None)


def made(deployment: Deployment) -> dict[str, str]:
    """Return the hashes of the images that this machine has made for a deployment, by name."""
    found = {recipe.name: newest(recipe) for recipe in images.recipes(deployment, MISSIONS)}
    return {name: archive.content for name, archive in found.items() if archive}


def unmade(deployment: Deployment) -> tuple[str, ...]:
    """Return the names of the images that this machine has to make for a deployment."""
    there = made(deployment)
    return tuple(recipe.name for recipe in images.recipes(deployment, MISSIONS) if recipe.name not in there)


def outdated(recipe: Recipe) -> list[Archive]:
    """Return the archives on this machine that no new pod would get."""
    current = newest(recipe)
    return [each for each in archives(recipe) if each != current]


def ensure_archive(recipe: Recipe, report: Report, *, update: bool = False) -> Archive:
    """Make the image of a service where it is missing; with `update` anew, with Debian's latest packages.

    EngineError if something cannot be installed.
    """
    with _drafts() as drafts:
        there = None if update else newest(recipe)
        return there or _make(recipe, drafts, report)


def ensure_root(recipe: Recipe, report: Report) -> str:
    """Install a service where that is missing, and return the name of the image, which `finish` has not seen.

    EngineError if something cannot be installed.
    """
    with _drafts() as drafts:
        return _installed(recipe, drafts, report)


def base_tag() -> str:
    """Return the name of the image on which roles are installed, by all that it is made from."""
    made_from = (*images.TOOLS, *APT_SETTINGS, *sources.mirrors(), *sources.extra_authorities())
    return f"localhost/sepp/container:{digest([*made_from, str(sources.environment()), inspect.getsource(_bootstrap)])}"


def installed_tag(recipe: Recipe) -> str:
    """Return the name of the image in which a service is installed, with all that installs it."""
    installed = f"localhost/sepp/container-{recipe.service}:{digest([base_tag(), install_content(recipe.service)])}"
    if recipe.mission is None:
        return installed
    return f"localhost/sepp/container-{recipe.name}:{digest([installed, images.made_from(recipe)])}"


def _folder(recipe: Recipe) -> Path:
    return cache_dir() / "containers" / recipe.name


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


def _installed(recipe: Recipe, drafts: Path, report: Report) -> str:
    _ensure_base(drafts / "base.tar", report)
    plain = installed_tag(Recipe(service=recipe.service))
    ensure_installed(plain, base_tag(), recipe.service, report)
    if recipe.mission:
        ensure_installed(
            installed_tag(recipe), plain, recipe.service, report, phase="mission", given=json.loads(recipe.said)
        )
    return installed_tag(recipe)


def _make(recipe: Recipe, drafts: Path, report: Report) -> Archive:
    """Install, finish, and write the archive, which is among the drafts until it is complete."""
    installed = _installed(recipe, drafts, report)
    report(f"container of {recipe.name}")
    with _finished(recipe, installed) as finished, files_of("container", finished) as root:
        found = software(_TOOLS, root, installed)
        content = images.content(recipe, found)
        archive = Archive(recipe=recipe, made_from=images.made_from(recipe), content=content)
        archive.file.parent.mkdir(parents=True, exist_ok=True)
        config = images.config(
            recipe, content, podman("image", "inspect", "--format", "{{.Architecture}}", installed).strip()
        )
        draft = drafts / "image.tar"
        oci.write_archive(root, config, f"localhost/{archive.name}", draft)
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
def _finished(recipe: Recipe, installed: str) -> Generator[str]:
    """Yield the name of a container with a service alone, for as long as it is needed."""
    with workbench(_CONTAINER, installed) as name:
        podman("cp", str(images.SCRIPTS), f"{name}:/run/scripts")
        if images.knows_users(recipe):
            podman("exec", name, f"/run/scripts/{images.NAMES}", timeout=600)
        podman(
            "exec",
            name,
            "/run/scripts/finish",
            CATALOGUE[recipe.service].user,
            str(images.number(recipe.service)),
            timeout=1800,
        )
        yield name
