"""Hashes by which a run knows what has changed: of a role's content, of its variables, of what an image holds."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sepp.engine.paths import ROOT

COLLECTION = ROOT / "collections/ansible_collections/sepp/kit/plugins/modules"
PLAYBOOKS = ROOT / "playbooks"

_NOT_APPLIED = {"molecule", "README.md"}
"""What a role folder holds beside what is applied to hosts; below `files` these names are like any other."""

_NOT_INSTALLED = {*_NOT_APPLIED, "templates", "handlers", "meta/argument_specs.yml"}
"""What of it the phase `install` does not use; its tasks are those named install*."""


def role_folder(role: str) -> Path:
    """Return the folder of a role of the kit."""
    return ROOT / "roles" / role


def digest(parts: Iterable[str | bytes]) -> str:
    """Return a short hash of parts, in which it matters where one ends and the next begins."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()[:20]


@cache
def role_content(role: str) -> str:
    """Return the hash of all that a role applies to a host, with the kit's modules that it is applied by."""
    applied = (path for path in _files(role_folder(role)) if not _is_of(path, _NOT_APPLIED))
    return digest([*_named(role_folder(role), applied), *_named(COLLECTION, _files(COLLECTION))])


@cache
def install_content(role: str) -> str:
    """Return the hash of what a role's phase `install` is made from."""
    folder = role_folder(role)
    installed = (path for path in _files(folder) if _is_installed(path))
    return digest([*_named(folder, installed), (PLAYBOOKS / "image.yml").read_bytes()])


def role_digest(role: str, variables: Mapping[str, Any]) -> str:
    """Return the hash of a role's content with its variables on one host: a marker that is equal needs no run."""
    return digest([role_content(role), json.dumps(variables, sort_keys=True)])


def _is_installed(path: Path) -> bool:
    if path.parts[0] == "tasks":
        return path.parts[1].startswith(("install", "main"))
    return not _is_of(path, _NOT_INSTALLED)


def _is_of(path: Path, names: set[str]) -> bool:
    """Tell whether a path of a role is one of these, or below one."""
    return not names.isdisjoint(map(str, (path, *path.parents)))


def _named(folder: Path, paths: Iterable[Path]) -> Iterator[str | bytes]:
    for path in paths:
        yield str(path)
        yield "x" if (folder / path).stat().st_mode & 0o100 else "-"
        yield (folder / path).read_bytes()


def _files(folder: Path) -> Iterator[Path]:
    """Give the paths of files below a folder, relative to it, without what Python compiled of them."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            yield path.relative_to(folder)
