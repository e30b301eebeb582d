"""The files of a service: what its role's phase `configure` writes where the role is installed already."""

import fcntl
import json
import stat
import string
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sepp.catalogue import CATALOGUE
from sepp.catalogue.base import BASE
from sepp.catalogue.service import Process
from sepp.converge import run
from sepp.engine.errors import EngineError
from sepp.engine.paths import cache_dir
from sepp.targets.kubernetes import bakery, images
from sepp.targets.local.images import LOCAL_FACTS, Report
from sepp.targets.local.podman import podman
from sepp.targets.workbench import files_of, workbench

MOST_BYTES = 1024 * 1024
"""What a ConfigMap or Secret may hold (https://kubernetes.io/docs/concepts/configuration/configmap/)."""

TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
"""Whose certificates a service believes, in Debian's place for it."""

UNITS = "/etc/systemd/system"
"""Where roles write units and what is dropped in."""

_LETTERS = frozenset(f"{string.ascii_letters}{string.digits}.-")
_NOT_OF_THE_SERVICE = (
    *("/dev/", "/proc/", "/root/", "/run/", "/sys/", "/tmp/"),  # noqa: S108
    *("/var/cache/", "/var/lib/dpkg/", "/var/log/", "/var/tmp/"),  # noqa: S108
)


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of a service. `secret` are those that not everybody on a host could read."""

    path: str
    content: bytes
    secret: bool

    @property
    def key(self) -> str:
        """What the file is called among others in one object of the cluster."""
        return key(self.path)

    @property
    def is_text(self) -> bool:
        """Tell whether the cluster can keep it as text."""
        try:
            self.content.decode()
        except UnicodeDecodeError:
            return False
        return True

    @property
    def base64(self) -> str:
        """The content as the cluster keeps what is no text."""
        return b64encode(self.content).decode()


def key(path: str) -> str:
    """Return what a file is called among others in one object of the cluster: its path in allowed letters."""
    return "".join(letter if letter in _LETTERS else f"_{ord(letter):x}_" for letter in path[1:])


def written(
    service: str, variables: Mapping[str, Any], *, authority: str, log: Path, report: Report
) -> tuple[File, ...]:
    """Return what a service's role writes for these variables, by path; among them are `sepp_secrets`.

    A service that connects to others gets whom it trusts as well: the platform's authority (PEM), and Debian's.
    EngineError if the role fails, or if the cluster would not take what it writes.
    """
    root = bakery.ensure_root(images.Recipe(service=service), report)
    with _only_one(service) as name, workbench(name, root) as container:
        run.configure(service, container, {**LOCAL_FACTS, **variables}, log=log)
        if set(CATALOGUE[service].needs) - {BASE.name}:
            _trust(container, authority)
        differs = json.loads(podman("diff", "--format", "json", container))
        with files_of("container", container) as folder:
            # A unit's settings may be there before the package that brings the unit.
            dropped = (unit_of(each)[1:] + "*/*.conf" for each in CATALOGUE[service].parts)
            units = (f"/{file.relative_to(folder)}" for pattern in dropped for file in folder.glob(pattern))
            # Where the package brings the unit, it is among what is installed.
            installed = (unit_of(each) for each in CATALOGUE[service].parts if (folder / unit_of(each)[1:]).exists())
            paths = {*differs.get("added", ()), *differs.get("changed", ()), *units, *installed}
            found = tuple(_files(folder, sorted(paths)))
    _refuse_too_much(service, found)
    return found


def unit_of(process: Process) -> str:
    """Return the path of the unit that is a process, or that its timer starts; settings are in a folder beside it."""
    return f"{UNITS}/{process.service}"


def packed(files: Sequence[File]) -> str:
    """Return files as text."""
    return json.dumps([{**vars(file), "content": file.base64} for file in files])


def unpacked(text: str) -> tuple[File, ...]:
    """Return the files of a text."""
    return tuple(
        File(path=entry["path"], content=b64decode(entry["content"]), secret=entry["secret"])
        for entry in json.loads(text)
    )


@contextmanager
def _only_one(service: str) -> Generator[str]:
    """Wait for other runs for a service to end; yield the name of its container."""
    with (cache_dir() / f"files-{service}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield f"sepp-files-{service}"


def _trust(container: str, authority: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".crt") as file:
        file.write(authority)
        file.flush()
        podman("cp", file.name, f"{container}:/usr/local/share/ca-certificates/sepp-platform.crt")
    podman("cp", str(images.SCRIPTS), f"{container}:/run/scripts")
    podman("exec", container, "/run/scripts/trust")


def _files(folder: Path, paths: Sequence[str]) -> Iterator[File]:
    for path in paths:
        file = folder / path.removeprefix("/")
        if path.startswith(_NOT_OF_THE_SERVICE) or file.is_symlink() or not file.is_file():
            continue
        yield File(path=path, content=file.read_bytes(), secret=not file.stat().st_mode & stat.S_IROTH)


def _refuse_too_much(service: str, files: Sequence[File]) -> None:
    for secret in (False, True):
        of_a_kind = [file for file in files if file.secret is secret]
        total = sum(len(file.content) for file in of_a_kind)
        if total > MOST_BYTES:
            largest = max(of_a_kind, key=lambda file: len(file.content))
            raise EngineError(
                f"the files of {service} have {total} bytes, and an object of the cluster takes {MOST_BYTES}: "
                f"the largest is {largest.path} ({len(largest.content)} bytes)",
                "make the mission's pages and notebooks smaller, or take some away",
            )
