"""Networks of containers that tests run."""

import json
import subprocess

from sepp.targets.local.machine import network_mtu
from sepp.targets.local.podman import podman, succeeds


def make_network(name: str, subnet: str) -> None:
    """Make a network, unless it is there.

    A run that was killed may leave its bridge behind though podman knows its network no more, and then podman
    refuses the subnet: such a bridge is removed.
    """
    if succeeds("network", "exists", name):
        return
    inspected = json.loads(podman("network", "inspect", *podman("network", "ls", "--quiet").split()))
    known = {network["network_interface"] for network in inspected}
    for bridge in json.loads(_ip("-json", "address", "show", "type", "bridge", "to", subnet)):
        if bridge["ifname"].startswith("podman") and bridge["ifname"] not in known:
            _ip("link", "delete", bridge["ifname"])
    podman("network", "create", "--subnet", subnet, "--opt", f"mtu={network_mtu()}", name)


def remove_network(name: str) -> None:
    """Remove a network, if it is there."""
    if succeeds("network", "exists", name):
        podman("network", "rm", name)


def _ip(*arguments: str) -> str:
    return subprocess.run(("ip", *arguments), capture_output=True, text=True, check=True).stdout
