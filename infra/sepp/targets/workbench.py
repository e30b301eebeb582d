"""Containers in which images are made and looked at: nothing of the image is started there."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sepp.targets.local.podman import podman

_LIST = Path(__file__).with_name("list-software")


@contextmanager
def workbench(name: str, image: str, *options: str) -> Generator[str]:
    """Run a container of an image, in place of one that a killed run left; yield its name. EngineError of podman."""
    how = ("--detach", "--replace", "--name", name, "--systemd=false")
    podman("run", *how, *options, image, "/bin/sleep", "infinity")
    try:
        yield name
    finally:
        podman("rm", "--force", "--ignore", "--volumes", "--time", "0", name)


@contextmanager
def files_of(kind: str, name: str) -> Generator[Path]:
    """Yield the folder in which the files of an image or a container (`kind`) are. EngineError of podman."""
    try:
        yield Path(podman(kind, "mount", name).strip())
    finally:
        podman(kind, "unmount", name)


def software(name: str, root: Path, tools: str) -> list[dict[str, Any]]:
    """Return what a root file system holds, as `bill_of_materials` takes it; `tools` is an image with Python."""
    with workbench(name, tools, "--volume", f"{root}:/image:ro") as container:
        podman("cp", str(_LIST), f"{container}:/run/list-software")
        return json.loads(podman("exec", container, "/run/list-software", "/image"))
