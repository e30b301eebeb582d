"""Virtual machines that start from the kit's images: what containers cannot show of a boot, of disks, NFS and XFS.

QEMU computes every instruction of them, so that they run on machines without virtualisation too; slowly. The first boot
reads a config drive as Nova makes it, disks carry ids as Cinder's do.
"""

import json
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sepp.config.units import GIB, MIB
from sepp.targets.openstack import ssh
from sepp.targets.openstack.first_boot import of_host
from sepp.targets.openstack.keys import make_key, public_of

QEMU = "qemu-system-x86_64"
ROOT_SIZE = 10 * GIB
MEMORY = 1024 * MIB
BOOT_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine to be: its image (qcow2), its address on the network of all, and files of its disks by volume id."""

    name: str
    image: Path
    address: str
    disks: Mapping[str, Path] = field(default_factory=dict[str, Path])


@contextmanager
def machines(wanted: Sequence[Machine], folder: Path) -> Iterator[Path]:
    """Run one or two machines on a network of their own; yields the folder of ssh's configuration, with their names."""
    keys = {name: make_key() for name in (*(machine.name for machine in wanted), "entry")}
    ports = {machine.name: _free_port() for machine in wanted}
    network = f"127.0.0.1:{_free_port()}"
    ssh.write(folder, _ssh_files(folder, ports, keys))
    with ExitStack() as stack:
        for number, machine in enumerate(wanted):
            own = folder / machine.name
            own.mkdir()
            cards = [_card(machine.name, number, lan=True), _card(machine.name, number, lan=False)]
            drive = _config_drive(own, machine, cards, of_host(machine.name, keys[machine.name], keys["entry"]))
            link = f"{'listen' if number == 0 else 'connect'}={network}"
            command = _command(own, drive, machine, cards, link, ports[machine.name])
            stack.enter_context(_running(command, own / "console"))
        ssh.wait(folder, [machine.name for machine in wanted], BOOT_SECONDS)
        yield folder


def _command(own: Path, drive: Path, machine: Machine, cards: Sequence[str], link: str, port: int) -> list[str]:
    disk = own / "root.qcow2"
    _run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", str(machine.image), str(disk), str(ROOT_SIZE))
    command = [
        *(QEMU, "-machine", "q35", "-accel", "tcg", "-cpu", "max", "-m", str(MEMORY // MIB), "-nographic"),
        *("-netdev", f"socket,id=lan,{link}", "-device", f"virtio-net-pci,netdev=lan,mac={cards[0]},romfile="),
        *("-netdev", f"user,id=own,restrict=on,hostfwd=tcp:127.0.0.1:{port}-:22"),
        *("-device", f"virtio-net-pci,netdev=own,mac={cards[1]},romfile="),
        *("-drive", f"file={disk},format=qcow2,if=none,id=root", "-device", "virtio-blk-pci,drive=root,bootindex=0"),
        *("-drive", f"file={drive},format=raw,if=virtio"),
    ]
    for number, (volume, file) in enumerate(machine.disks.items()):
        command += ["-drive", f"file={file},format=raw,if=none,id=disk{number}"]
        command += ["-device", f"virtio-blk-pci,drive=disk{number},serial={volume}"]
    return command


def _config_drive(own: Path, machine: Machine, cards: Sequence[str], user_data: str) -> Path:
    """Make a disk like the one that Nova gives a server."""
    links = [{"id": f"card{i}", "type": "phy", "ethernet_mac_address": mac} for i, mac in enumerate(cards)]
    networks = [
        {"id": "lan", "link": "card0", "type": "ipv4", "ip_address": machine.address, "netmask": "255.255.240.0"},
        {"id": "own", "link": "card1", "type": "ipv4_dhcp"},
    ]
    latest = own / "drive" / "openstack" / "latest"
    latest.mkdir(parents=True)
    (latest / "user_data").write_text(user_data)
    (latest / "meta_data.json").write_text(json.dumps({"uuid": machine.name, "hostname": machine.name}))
    (latest / "network_data.json").write_text(json.dumps({"links": links, "networks": networks, "services": []}))
    drive = own / "config"
    _make_file_system(drive, 8 * MIB, "-L", "config-2", "-d", str(own / "drive"))
    return drive


def make_disk(file: Path, size: int, content: Path | None = None) -> Path:
    """Make the file of a disk of a size in bytes: blank, or with a file system that holds the content of a folder."""
    if content is not None:
        _make_file_system(file, size, "-d", str(content))
        return file
    with file.open("w") as opened:
        opened.truncate(size)
    return file


def _make_file_system(file: Path, size: int, *options: str) -> None:
    with file.open("w") as opened:
        opened.truncate(size)
    _run("mke2fs", "-q", "-F", "-t", "ext4", *options, str(file))


def _ssh_files(folder: Path, ports: Mapping[str, int], keys: Mapping[str, str]) -> dict[str, str]:
    lines = [
        f"Host {name}\n  HostName 127.0.0.1\n  Port {port}\n  User root\n  HostKeyAlias {name}\n"
        for name, port in ports.items()
    ]
    lines.append(
        f"Host *\n  IdentityFile {folder}/key\n  IdentitiesOnly yes\n  BatchMode yes\n  StrictHostKeyChecking yes\n"
        f"  UserKnownHostsFile {folder}/known_hosts\n  ConnectTimeout 10\n"
        f"  ControlMaster auto\n  ControlPersist 60s\n  ControlPath {folder}/%C\n"
    )
    known = "".join(f"{name} {public_of(keys[name])}\n" for name in ports)
    return {"config": "".join(lines), "known_hosts": known, "key": keys["entry"]}


def _card(name: str, number: int, *, lan: bool) -> str:
    return f"52:54:00:00:{'01' if lan else '02'}:{number:02x}"


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def _running(command: Sequence[str], console: Path) -> Iterator[None]:
    with console.open("w") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, env={**os.environ, "LC_ALL": "C"})
