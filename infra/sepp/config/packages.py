"""What the operator has to have on her machine before a mission can be deployed: packages and installations."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from sepp.config.findings import Finding
from sepp.config.mission import Application, Licensed, Mission


def of_packages(mission: Mission) -> Iterator[Finding]:
    """Judge the operator's own software that a mission wants, by what is on this machine."""
    for name, software in mission.interactive or ():
        path = ("interactive", name)
        if isinstance(software, Application):
            yield from (Finding((*path, key), message) for key, message in _application(software))
        elif isinstance(software, Licensed) and not Path(software.directory).is_dir():
            message = f"there is no folder '{software.directory}' on this machine: mount the installation there"
            yield Finding((*path, "directory"), message)


def _application(application: Application) -> Iterator[tuple[str, str]]:
    file = Path(application.package)
    if not file.is_file():
        yield "package", f"there is no file '{file}' on this machine: put the package there"
        return
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != application.sha256:
        message = (
            f"the file '{file}' has the checksum {found}, not {application.sha256}: get the package anew, "
            "or write the new sum if you know that the file is right"
        )
        yield "sha256", message
