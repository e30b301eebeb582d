"""Containers of the tests in which Debian's packages are installed; what is fetched for that is kept."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sepp.engine.paths import cache_dir
from sepp.targets.local.podman import podman


@contextmanager
def installing(container: str, image: str, packages: Sequence[str]) -> Iterator[None]:
    """Run a container in which packages were installed and nothing of them was started."""
    archives = cache_dir() / "stand-in"
    archives.mkdir(parents=True, exist_ok=True)
    script = (
        "printf 'exit 101\\n' >/usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d;"
        " export DEBIAN_FRONTEND=noninteractive; apt-get update;"
        f" apt-get -y -o DPkg::Options::=--force-unsafe-io install {' '.join(packages)};"
        " rm /usr/sbin/policy-rc.d"
    )
    cached = ("--volume", f"{archives}:/var/cache/apt/archives")
    podman("run", "--detach", "--replace", "--name", container, *cached, image, "sleep", "inf")
    try:
        podman("exec", container, "sh", "-ec", script, timeout=1200)
        yield
    finally:
        podman("rm", "--force", "--ignore", "--time", "0", container)
