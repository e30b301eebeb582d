"""A cluster that does all that a platform needs of one."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from sepp.targets.kubernetes.bakery import Archive
from tests.kubernetes.enforcer import enforced
from tests.kubernetes.node import NAME, Node, node
from tests.kubernetes.provisioner import provisioned


@contextmanager
def cluster(folder: Path, archives: Iterable[Archive]) -> Generator[Node]:
    """Run a cluster of one node with these images, which enforces network policies and gives volumes to claims."""
    with node(folder) as running, enforced(running.server, NAME), provisioned(running.server, NAME):
        for archive in archives:
            running.load(archive.file)
        yield running
