"""The way to the hosts of the local target, for their convergence."""

from sepp.targets import converge
from sepp.targets.local import podman
from sepp.targets.provider import Properties


class ConvergeProvider(converge.ConvergeProvider):
    """Converges containers."""

    def output(self, props: Properties, host: str, script: str) -> str:
        """Return what a shell script prints in a host's container; EngineError if it does not run."""
        return podman.podman("exec", podman.container_name(props["platform"], host), "sh", "-c", script)
