"""What has to lie beside a mission file: the folders and files that it names."""

import os
from collections.abc import Iterator
from pathlib import Path as FilePath

from sepp.config.errors import quoted, suggestion
from sepp.config.findings import Finding
from sepp.config.mission import Mission
from sepp.config.tree import Path


def of_files(mission: Mission, file: FilePath) -> Iterator[Finding]:
    """Judge a mission by the file that it is in, and by what lies beside that."""
    if mission.mission != file.stem:
        message = f"the file has another name: rename it to '{mission.mission}.yaml', or write 'mission: {file.stem}'"
        yield Finding(("mission",), message)
    elif file.suffix != ".yaml":
        yield Finding(("mission",), f"the file's name ends with '{file.suffix}': rename it to '{file.stem}.yaml'")
    folder = file.parent
    for path, name, is_folder in _named(mission):
        problem = _folder(folder, name) if is_folder else _file(folder, name)
        if problem:
            yield Finding(path, problem)


def _named(mission: Mission) -> Iterator[tuple[Path, str, bool]]:
    """Give every folder and file that a mission names, with its setting's path; True for folders."""
    if mission.interactive and mission.interactive.examples:
        yield ("interactive", "examples"), mission.interactive.examples, True
    if mission.portal and mission.portal.faq:
        yield ("portal", "faq"), mission.portal.faq, True
    for name, extension in mission.extensions.items():
        yield ("extensions", name, "role"), extension.role, True
    for name, workflow in mission.pipelines.workflows.items() if mission.pipelines else ():
        yield ("pipelines", "workflows", name, "cwl"), workflow.cwl, False


def _folder(folder: FilePath, name: str) -> str | None:
    path = folder / name
    if not path.is_dir():
        return _missing(folder, name, "folder") if not path.exists() else f"{quoted(name)} is a file, not a folder"
    root = folder.resolve()
    for parent, folders, files in os.walk(path):
        for entry in (*folders, *files):
            link = FilePath(parent, entry)
            if link.is_symlink() and _leaves(link, root):
                shown = link.relative_to(folder)
                return f"'{shown}' is a symbolic link that leaves the folder of the mission files: put the file there"
    return _escape(path, root, name)


def _file(folder: FilePath, name: str) -> str | None:
    path = folder / name
    if not path.is_file():
        return _missing(folder, name, "file") if not path.exists() else f"{quoted(name)} is not a file"
    return _escape(path, folder.resolve(), name)


def _missing(folder: FilePath, name: str, kind: str) -> str:
    parent = (folder / name).parent
    there = [entry.name for entry in parent.iterdir()] if parent.is_dir() else []
    meant = suggestion(FilePath(name).name, there)
    words = f" (did you mean '{(FilePath(name).parent / meant).as_posix()}'?)" if meant else ""
    return f"there is no {kind} {quoted(name)} beside the mission file{words}"


def _escape(path: FilePath, root: FilePath, name: str) -> str | None:
    if _leaves(path, root):
        return f"{quoted(name)} is a symbolic link that leaves the folder of the mission files"
    return None


def _leaves(path: FilePath, root: FilePath) -> bool:
    try:
        return not path.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return True
