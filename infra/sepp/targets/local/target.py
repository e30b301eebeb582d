"""A platform on the operator's machine."""

import os
from collections.abc import Mapping, Sequence

from sepp.targets.local.machine import containers_conf
from sepp.targets.local.podman import container_name, look
from sepp.targets.local.volume import VOLUME
from sepp.targets.target import Target
from sepp.verify.access import ByCommand, Hosts


class Local(Target):
    """Hosts are containers."""

    holds_data = frozenset({VOLUME})

    def address(self) -> str:
        """Return the address of the entrance."""
        return self.deployment.platform.local.address

    def hosts(self) -> Hosts:
        """Return the way to the platform's hosts as root."""

        def command(host: str, argv: Sequence[str]) -> Sequence[str]:
            return ["podman", "exec", "--interactive", container_name(self.deployment.name, host), *argv]

        return ByCommand(access=command, environment={**os.environ, "CONTAINERS_CONF": str(containers_conf())})

    def states(self) -> Mapping[str, str]:
        """Return the state of each host, in podman's words if it does not run."""
        names = {host.name: container_name(self.deployment.name, host.name) for host in self.deployment.hosts}
        return {host: look(name).state for host, name in names.items()}


TARGET = Local
