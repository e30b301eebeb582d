"""Lets containers follow the servers of the stand-in cloud, whoever makes, stops, enlarges and deletes these."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.openstack.servers import Servers
from tests.openstack.stand_in import connect

_POLL_SECONDS = 1


@contextmanager
def following(clouds: Path, servers: Servers) -> Iterator[None]:
    """Do to the containers what Nova believes of its servers; what fails is raised in the end."""
    hypervisor = _Hypervisor(connect(clouds, "admin"), servers)
    hypervisor.start()
    try:
        yield
    finally:
        hypervisor.ended.set()
        hypervisor.join()
    if hypervisor.failed:
        raise hypervisor.failed


class _Hypervisor(threading.Thread):
    def __init__(self, cloud: Any, servers: Servers) -> None:
        super().__init__(daemon=True)
        self.cloud = cloud
        self.servers = servers
        self.ended = threading.Event()
        self.failed: Exception | None = None
        self.runs: dict[str, str] = {}
        """Ids of servers by the names of those whose containers run."""
        self.stopped: set[str] = set()
        self.disks: dict[tuple[str, str], int] = {}
        """Sizes in GiB of volumes by server and volume."""

    def run(self) -> None:
        try:
            while not self.ended.wait(_POLL_SECONDS):
                self._follow({server.name: server for server in self.cloud.compute.servers(all_projects=True)})
        except Exception as error:
            self.failed = error

    def _follow(self, there: dict[str, Any]) -> None:
        for name, identity in list(self.runs.items()):
            if name not in there or there[name].id != identity:
                self.servers.lose(name)
                del self.runs[name]
                self.stopped.discard(name)
        for name, server in there.items():
            if server.status == "SHUTOFF" and name in self.runs and name not in self.stopped:
                self.servers.stop(name)
                self.stopped.add(name)
            elif server.status == "ACTIVE":
                self._bring_up(name, server)

    def _bring_up(self, name: str, server: Any) -> None:
        ports = list(self.cloud.network.ports(device_id=server.id))
        if name not in self.runs:
            user_data = base64.b64decode(self.cloud.compute.get_server(server.id).user_data).decode()
            self.servers.start(name, ports[0].fixed_ips[0]["ip_address"], user_data)
            self.runs[name] = server.id
        elif name in self.stopped:
            self.servers.resume(name)
            self.stopped.remove(name)
            self.disks = {disk: size for disk, size in self.disks.items() if disk[0] != server.id}
        for volume in server.attached_volumes:
            size = self.cloud.block_storage.get_volume(volume.id).size
            if self.disks.get((server.id, volume.id)) != size:
                self.servers.attach(name, volume.id, size)
                self.disks[server.id, volume.id] = size
        for port in ports:
            for address in self.cloud.network.ips(port_id=port.id):
                self.servers.open_to_the_outside(name, address.floating_ip_address)
