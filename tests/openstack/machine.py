"""A virtual machine that starts from the kit's image as a server does: from its own disk, by a config drive.

QEMU computes every instruction, so that it runs on machines without virtualisation too; slowly.
"""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sepp.config.units import GIB, MIB
from sepp.targets.openstack import ssh
from sepp.targets.openstack.first_boot import of_host
from sepp.targets.openstack.keys import make_key, public_of

QEMU = "qemu-system-x86_64"
ROOT_SIZE = 10 * GIB
MEMORY = 1024 * MIB
BOOT_SECONDS = 600
CARDS = {"inside": "52:54:00:00:00:01", "way": "52:54:00:00:00:02"}
"""Hardware addresses of its network cards: one with an address by Nova, and the one by which the tests reach it."""


@contextmanager
def machine(name: str, image: Path, address: str, folder: Path) -> Iterator[None]:
    """Run a machine until it can be reached by the ssh of a folder; what its console says is there, too."""
    host_key, entry_key, port = make_key(), make_key(), _free_port()
    ssh.write(folder, _ssh_files(folder, name, port, host_key, entry_key))
    disk, drive = folder / "disk.qcow2", folder / "drive"
    _run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", str(image), str(disk), str(ROOT_SIZE))
    _make_config_drive(drive, folder / "on-drive", name, address, of_host(name, host_key, entry_key))
    with (folder / "console").open("w") as console:
        command = _command(disk, drive, port)
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT)
        try:
            ssh.wait(folder, [name], BOOT_SECONDS)
            yield
        finally:
            process.terminate()
            process.wait()


def _command(disk: Path, drive: Path, port: int) -> list[str]:
    return [
        # It ends with a run that is killed.
        *("setpriv", "--pdeathsig", "TERM"),
        *(QEMU, "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2"),
        *("-m", str(MEMORY // MIB), "-nographic"),
        *("-netdev", "user,id=inside,restrict=on"),
        *("-device", f"virtio-net-pci,netdev=inside,mac={CARDS['inside']},romfile="),
        *("-netdev", f"user,id=way,restrict=on,hostfwd=tcp:127.0.0.1:{port}-:22"),
        *("-device", f"virtio-net-pci,netdev=way,mac={CARDS['way']},romfile="),
        *("-drive", f"file={disk},format=qcow2,if=none,id=root", "-device", "virtio-blk-pci,drive=root,bootindex=0"),
        *("-drive", f"file={drive},format=raw,if=virtio"),
    ]


def _make_config_drive(drive: Path, folder: Path, name: str, address: str, user_data: str) -> None:
    links = [{"id": card, "type": "phy", "ethernet_mac_address": mac} for card, mac in CARDS.items()]
    networks = [
        {"id": "inside", "link": "inside", "type": "ipv4", "ip_address": address, "netmask": "255.255.240.0"},
        {"id": "way", "link": "way", "type": "ipv4_dhcp"},
    ]
    latest = folder / "openstack" / "latest"
    latest.mkdir(parents=True)
    (latest / "user_data").write_text(user_data)
    (latest / "meta_data.json").write_text(json.dumps({"uuid": name, "hostname": name}))
    (latest / "network_data.json").write_text(json.dumps({"links": links, "networks": networks, "services": []}))
    with drive.open("w") as file:
        file.truncate(8 * MIB)
    _run("mkfs.ext4", "-q", "-F", "-L", "config-2", "-d", str(folder), str(drive))


def _ssh_files(folder: Path, name: str, port: int, host_key: str, entry_key: str) -> dict[str, str]:
    config = (
        f"Host {name}\n  HostName 127.0.0.1\n  Port {port}\n  User root\n  HostKeyAlias {name}\n"
        f"  IdentityFile {folder}/key\n  IdentitiesOnly yes\n  BatchMode yes\n  StrictHostKeyChecking yes\n"
        f"  UserKnownHostsFile {folder}/known_hosts\n  ConnectTimeout 10\n"
    )
    return {"config": config, "known_hosts": f"{name} {public_of(host_key)}\n", "key": entry_key}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _run(*command: str) -> None:
    subprocess.run(command, check=True, env={**os.environ, "LC_ALL": "C"})
