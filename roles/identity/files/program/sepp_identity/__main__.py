"""Reads the directory every few seconds, and gives the cluster its lists."""

import logging
import signal
import sys
import time

from sepp_identity import lists
from sepp_identity.cluster import Cluster, ClusterError
from sepp_identity.directory import DirectoryError, read
from sepp_identity.health import Health
from sepp_identity.settings import load

_LOG = logging.getLogger("sepp_identity")
KEEP_SECONDS = 60
"""What did not change is said again after this: somebody may have changed it there."""


def main() -> None:
    """Run until the end of the process."""
    # The first process of a container ends by no signal of which it says nothing.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    settings, cluster = load(), Cluster()
    health = Health(settings.address, settings.port)
    kept: dict[str, dict[str, str]] = {}
    said = 0.0
    while True:
        try:
            who = read(settings.directory)
            wanted = {
                settings.users: lists.users(who, settings.groups),
                settings.names: lists.names(who),
            }
            if time.monotonic() - said > KEEP_SECONDS:
                kept, said = {}, time.monotonic()
            for name in [name for name, data in wanted.items() if kept.get(name) != data]:
                cluster.apply(name, wanted[name])
            kept = wanted
            health.round("")
        except (DirectoryError, ClusterError) as error:
            kept = {}
            if health.round(str(error)):
                _LOG.warning("%s", error)
        time.sleep(settings.every)


if __name__ == "__main__":
    main()
