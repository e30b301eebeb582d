"""A registry of images on this machine, from Debian's package: unpacked and not installed, so that nothing starts."""

import socket
import subprocess
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sepp.engine.paths import cache_dir

_PACKAGE = "docker-registry"
_SECONDS = 20


def _program() -> Path:
    """Return the registry's program; the first time its package is fetched."""
    folder = cache_dir() / "tests-kubernetes" / _PACKAGE
    folder.mkdir(parents=True, exist_ok=True)
    if not list(folder.glob("*.deb")):
        subprocess.run(["apt-get", "-q", "download", _PACKAGE], cwd=folder, check=True)
    [package] = folder.glob("*.deb")
    subprocess.run(["dpkg", "--extract", package, folder / "unpacked"], check=True)
    return folder / "unpacked/usr/bin" / _PACKAGE


@contextmanager
def registry(folder: Path) -> Generator[str]:
    """Run a registry that keeps its images in a folder; yield its host and port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    config = folder / "config.yml"
    config.write_text(
        f"version: 0.1\nlog: {{level: error}}\nhttp: {{addr: '{address}'}}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder / 'images'}}}}}\n"
    )
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([_program(), "serve", config], stdout=log, stderr=log)
    try:
        _await(address)
        yield address
    finally:
        process.terminate()
        process.wait()


def _await(address: str) -> None:
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            urllib.request.urlopen(f"http://{address}/v2/", timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "the registry does not answer"
            time.sleep(0.1)
