"""Containers that stand in for the servers of the stand-in cloud, where no server runs.

They have the addresses that Neutron gave, sshd, and a first boot by cloud-init with the user data that Nova got; loop
devices are their volumes. Kernels of test machines may have no NFS: its port is a file server's there, which tells the
clients the disk of a folder, and they mount that, since all have one kernel.
"""

import json
import shutil
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sepp.config.units import GIB
from sepp.converge.hashes import digest
from sepp.targets.local.images import IMAGE_SETTINGS, ensure_image
from sepp.targets.local.podman import podman, succeeds, wait_for_systemd
from tests.installing import installing
from tests.networks import make_network, remove_network
from tests.openstack.stand_in import NAME as OUTSIDE

FOLDER = "SEPP_TEST_SERVERS"
"""The variable that names the folder of what the servers are made from."""
NETWORK = "sepp-servers"
PACKAGES = ("openssh-server", "cloud-init", "nfs-kernel-server", "btrfs-progs", "xfsprogs")
CAPABILITIES = ("NET_ADMIN", "SYS_ADMIN", "MKNOD", "AUDIT_WRITE", "AUDIT_CONTROL")
OWN_UNITS = ("ssh.socket", "nfs-server.service", "nfs-blkmap.service", "rpcbind.service", "rpcbind.socket")
FILES = {
    # The machine's package sources are in the image.
    "/etc/cloud/cloud.cfg.d/99-test.cfg": """\
        datasource_list: [NoCloud]
        apt: {preserve_sources_list: true}
    """,
    # The clock and the kernel's settings are the machine's.
    "/etc/systemd/system/systemd-timesyncd.service": """\
        [Service]
        ExecStart=/bin/sleep infinity
        [Install]
        WantedBy=multi-user.target
    """,
    "/etc/systemd/system/systemd-sysctl.service": """\
        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/bin/true
    """,
    "/etc/systemd/system/nfs-server.service": """\
        [Service]
        RuntimeDirectory=exported
        ExecStartPre=/usr/local/sbin/export
        ExecStart=/usr/bin/python3 -m http.server --directory /run/exported 2049
        ExecReload=/usr/local/sbin/export
        [Install]
        WantedBy=multi-user.target
    """,
    # In containers udev does not run.
    "/etc/systemd/system/disks.service": """\
        [Service]
        ExecStart=/usr/local/sbin/disks
        [Install]
        WantedBy=multi-user.target
    """,
    "/usr/local/sbin/disks": """\
        #!/bin/sh
        mkdir -p /dev/disk/by-uuid
        while sleep 0.2; do
          for disk in /dev/disk/by-id/*; do
            uuid=$(blkid --probe --output value --match-tag UUID "$disk") && ln -sfn "$disk" "/dev/disk/by-uuid/$uuid"
          done
        done
    """,
    "/usr/local/sbin/export": """\
        #!/bin/sh -e
        exportfs -r
        sed '/^#/d; /^$/d' /etc/exports | while read -r path clients; do
          findmnt --noheadings --output SOURCE,FSTYPE --mountpoint "$path" >"/run/exported/$(systemd-escape -p "$path")"
        done
    """,
    "/sbin/mount.nfs4": """\
        #!/bin/sh -e
        find="import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=5).read().decode())"
        address=http://${1%%:*}:2049/$(systemd-escape -p "${1#*:}")
        disk=$(python3 -c "$find" "$address") || { echo "mount.nfs4: $1: no such export" >&2; exit 32; }
        set -- $disk "$2" ",$4,"
        [ -b "$1" ] || mknod "$1" b 7 "${1#/dev/loop}"
        mount -i -t "$2" -o nodev,nosuid "$1" "$3"
        case "$4" in *,ro,*) mount -o remount,bind,ro,nodev,nosuid "$3" ;; esac
    """,
}
"""What a container needs in place of a kernel of its own, by path."""


def ensure_server_image(services: Sequence[str]) -> str:
    """Make the image of a server on which roles are installed already, where it is missing; return its name."""
    below = ensure_image(services, print)
    tag = f"localhost/sepp/server:{digest([below, json.dumps([PACKAGES, OWN_UNITS, FILES])])}"
    if not succeeds("image", "exists", tag):
        container = "sepp-server-image"
        with installing(container, below, PACKAGES):
            podman("exec", container, "systemctl", "disable", *OWN_UNITS)
            for path, text in FILES.items():
                podman("exec", container, "rm", "-f", path)
                lines = "".join(f"{line.removeprefix(' ' * 8)}\n" for line in text.rstrip().splitlines())
                podman("exec", container, "python3", "-c", _WRITE, path, lines)
            podman("exec", container, "systemctl", "unmask", "systemd-timesyncd.service")
            podman("exec", container, "systemctl", "enable", "disks.service")
            podman("exec", container, "ln", "-sf", "/dev/null", "/etc/systemd/system/run-rpc_pipefs.mount")
            podman("commit", "--quiet", *IMAGE_SETTINGS, container, tag, timeout=600)
    return tag


_one_at_a_time = threading.Lock()
_WRITE = """\
import pathlib, sys
path = pathlib.Path(sys.argv[1])
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text(sys.argv[2])
path.chmod(0o755 if sys.argv[2].startswith("#!") else 0o644)
"""


@dataclass(frozen=True, kw_only=True)
class Servers:
    """The servers of a platform; `folder` holds their seeds and disks, and the names of their images by server."""

    folder: Path

    def prepare(self, images: dict[str, str], subnet: str) -> None:
        """Say what the servers are made from, and make their network."""
        (self.folder / "images.json").write_text(json.dumps(images))
        make_network(NETWORK, subnet)

    def start(self, name: str, address: str, user_data: str) -> None:
        """Make a server run and boot for the first time."""
        seed = self.folder / "seeds" / name
        seed.mkdir(parents=True, exist_ok=True)
        for file, text in (("user-data", user_data), ("meta-data", f"instance-id: {name}\n")):
            (seed / file).write_text(text)
            (seed / file).chmod(0o600)
        arguments = [
            *("--name", container(name), "--hostname", name.rpartition("-")[2], "--label", f"sepp.test={NETWORK}"),
            *("--network", f"{NETWORK}:ip={address}", "--systemd=always", "--device-cgroup-rule", "b 7:* rwm"),
            *(option for capability in CAPABILITIES for option in ("--cap-add", capability)),
            *("--volume", f"{seed}:/var/lib/cloud/seed/nocloud:ro"),
        ]
        image = json.loads((self.folder / "images.json").read_text())[name]
        podman("run", "--detach", "--replace", *arguments, image, "/sbin/init")
        wait_for_systemd(container(name))

    def attach(self, name: str, volume: str, size: int) -> None:
        """Give a server a volume by its id, of a size in GiB, as virtio would show it; one that it has may grow."""
        disk = self.folder / "disks" / volume
        disk.parent.mkdir(exist_ok=True)
        with disk.open("a") as file:
            file.truncate(size * GIB)
        found = _run("losetup", "--noheadings", "--output", "NAME", "--associated", str(disk)).split()
        device = found[0] if found else _run("losetup", "--find", "--show", str(disk)).strip()
        _run("losetup", "--set-capacity", device)
        number = device.removeprefix("/dev/loop")
        script = (
            f"mkdir -p /dev/disk/by-id; [ -b {device} ] || mknod {device} b 7 {number};"
            f" ln -sf {device} /dev/disk/by-id/virtio-{volume[:20]}"
        )
        podman("exec", container(name), "sh", "-ec", script)

    def open_to_the_outside(self, name: str, address: str) -> None:
        """Give a server a floating address, if it is there and has none yet."""
        with _one_at_a_time:
            if succeeds("container", "exists", container(name)):
                networks = json.loads(podman("inspect", container(name)))[0]["NetworkSettings"]["Networks"]
                if OUTSIDE not in networks:
                    podman("network", "connect", "--ip", address, OUTSIDE, container(name))

    def stop(self, name: str) -> None:
        """Shut a server down."""
        podman("stop", "--time", "60", container(name))

    def resume(self, name: str) -> None:
        """Start a server that was shut down; its volumes have to be attached again."""
        podman("start", container(name))
        wait_for_systemd(container(name))

    def lose(self, name: str) -> None:
        """Take a server away as a failure of its machine does; its volumes stay."""
        podman("rm", "--force", "--time", "0", container(name))

    def remove(self) -> None:
        """Take all servers away with their disks and their network."""
        found = podman("ps", "--all", "--quiet", "--filter", f"label=sepp.test={NETWORK}").split()
        if found:
            podman("rm", "--force", "--volumes", "--time", "0", *found)
        for disk in self.folder.glob("disks/*"):
            for device in _run("losetup", "--noheadings", "--output", "NAME", "--associated", str(disk)).split():
                _run("losetup", "--detach", device)
        remove_network(NETWORK)
        shutil.rmtree(self.folder / "disks", ignore_errors=True)


def container(server: str) -> str:
    """Return the name of a server's container."""
    return f"sepp-server-{server}"


def _run(*command: str) -> str:
    return subprocess.run(command, text=True, check=True, stdout=subprocess.PIPE).stdout
