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

_NOT_APPLIED = {"molecule", "README.md", "__pycache__"}
"""What a role folder holds beside what is applied to hosts."""

_NOT_INSTALLED = {*_NOT_APPLIED, "templates", "handlers", "argument_specs.yml"}
"""What the phase `install` does not use; its tasks are those named install*."""


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
    return digest([*_content(role_folder(role), _NOT_APPLIED), *_content(COLLECTION, _NOT_APPLIED)])


@cache
def install_content(role: str) -> str:
    """Return the hash of what a role's phase `install` is made from."""
    folder = role_folder(role)
    files = (file for file in _files(folder, _NOT_INSTALLED) if _is_installed(file.relative_to(folder)))
    return digest([*_named(folder, files), (PLAYBOOKS / "image.yml").read_bytes()])


def role_digest(role: str, variables: Mapping[str, Any]) -> str:
    """Return the hash of a role's content with its variables on one host: a marker that is equal needs no run."""
    return digest([role_content(role), json.dumps(variables, sort_keys=True)])


def _is_installed(path: Path) -> bool:
    return path.parts[0] != "tasks" or path.parts[1].startswith(("install", "main"))


def _content(folder: Path, without: set[str]) -> Iterator[str | bytes]:
    return _named(folder, _files(folder, without))


def _named(folder: Path, files: Iterable[Path]) -> Iterator[str | bytes]:
    for file in files:
        yield str(file.relative_to(folder))
        yield "x" if file.stat().st_mode & 0o100 else "-"
        yield file.read_bytes()


def _files(folder: Path, without: set[str]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in without or path.suffix == ".pyc":
            continue
        if path.is_dir():
            yield from _files(path, without)
        else:
            yield path
