"""The way to the hosts of the OpenStack target, for their convergence: ssh through the jump host."""

from pathlib import Path

from sepp.engine.stack import Stack
from sepp.targets import converge
from sepp.targets.openstack import ssh
from sepp.targets.provider import Properties


class ConvergeProvider(converge.ConvergeProvider):
    """Converges servers. `ssh` of the properties holds the files for ssh by name."""

    def output(self, props: Properties, host: str, script: str) -> str:
        """Return what a shell script prints on a host; EngineError if it cannot be asked."""
        return ssh.run(_folder(props), host, script)

    def ready(self, props: Properties) -> None:
        """Wait until the hosts can be reached; EngineError names one that cannot."""
        ssh.wait(_folder(props), list(props["wanted"]))


def _folder(props: Properties) -> Path:
    folder = ssh_folder(props["platform"])
    ssh.write(folder, props["ssh"])
    return folder


def ssh_folder(platform: str) -> Path:
    """Return the folder of the files for ssh of a platform's hosts."""
    return Stack(target="openstack", name=platform).folder / "ssh"
