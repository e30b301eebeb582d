"""The kit's image of a storage host, started as a server is: from its own disk, by a config drive."""

import shutil

import pytest

from sepp.targets.openstack import ssh
from sepp.targets.openstack.bakery import ensure_image_file
from tests.built import STORAGE
from tests.openstack.machine import QEMU, ROOT_SIZE, machine

NAME = "planck-storage"
ADDRESS = "10.90.16.11"


@pytest.mark.skipif(shutil.which(QEMU) is None, reason=f"{QEMU} is not on PATH")
def test_a_server_starts_from_the_kits_image_and_is_what_its_config_drive_says(tmp_path):
    image = ensure_image_file(STORAGE, print).file
    with machine(NAME, image, ADDRESS, tmp_path):
        ssh.run(tmp_path, NAME, "systemctl is-system-running --wait || { systemctl --failed >&2; exit 1; }", 300)
        assert ssh.run(tmp_path, NAME, "hostname").strip() == NAME
        assert ADDRESS in ssh.run(tmp_path, NAME, "ip -4 addr show")
        root = int(ssh.run(tmp_path, NAME, "findmnt --noheadings --bytes --output SIZE /"))
        assert root > 0.9 * ROOT_SIZE, "the file system fills the server's disk"
        # Of the kernel and of systemd: a prompt may come late on a busy machine.
        assert "Debian GNU/Linux 13" in (tmp_path / "console").read_text(errors="replace")
