"""The kit's image of a storage host, started as a server is: from its own disk, by a config drive."""

import shutil
import tempfile
from pathlib import Path

import pytest

from sepp.targets.openstack import ssh
from sepp.targets.openstack.bakery import ensure_image_file
from tests.machines.machines import QEMU, ROOT_SIZE, Machine, machines


@pytest.mark.skipif(shutil.which(QEMU) is None, reason=f"{QEMU} is not on PATH")
def test_a_server_starts_from_the_kits_image_and_is_what_its_config_drive_says():
    image = ensure_image_file(("base", "storage", "volumes"), print).file
    wanted = Machine(name="planck-storage", image=image, address="10.90.16.11")
    # A short path: the sockets of ssh lie below it.
    with tempfile.TemporaryDirectory(prefix="sepp-") as name, machines([wanted], Path(name, "machines")) as ways:
        ssh.run(ways, wanted.name, "systemctl is-system-running --wait || { systemctl --failed; exit 1; }", 300)
        assert ssh.run(ways, wanted.name, "hostname").strip() == wanted.name
        assert wanted.address in ssh.run(ways, wanted.name, "hostname --all-ip-addresses").split()
        root = int(ssh.run(ways, wanted.name, "findmnt --noheadings --bytes --output SIZE /"))
        assert root > 0.9 * ROOT_SIZE, "the file system fills the server's disk"
        assert f"{wanted.name} login:" in (ways / wanted.name / "console").read_text(errors="replace")
