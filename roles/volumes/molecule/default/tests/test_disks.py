"""Disks of the storage host: file systems, mounts, what was refused."""

import pytest
import testinfra
from testinfra.host import Host

DISKS = [
    ("/home", "/dev/vdb", "xfs", {"rw", "nosuid", "nodev", "noatime"}),
    ("/scratch", "/dev/vdc", "btrfs", {"rw", "nosuid", "nodev"}),
    ("/repository", "/dev/vdd", "ext4", {"rw", "nosuid", "nodev"}),
    ("/srv/planck", "/dev/vde", "ext4", {"ro", "nosuid", "nodev"}),
]
OWN = [disk for disk in DISKS if disk[0] != "/srv/planck"]


@pytest.fixture(scope="module")
def host() -> Host:
    return testinfra.get_host("nsenter://mol-volumes-planck-storage")


@pytest.mark.parametrize(("path", "device", "kind", "options"), DISKS)
def test_mounted(host, path, device, kind, options):
    source, found, flags = host.check_output(f"findmnt -no SOURCE,FSTYPE,OPTIONS {path}").split()
    assert (source, found) == (device, kind)
    assert options <= {*flags.split(",")}


@pytest.mark.parametrize(("path", "device", "kind", "_options"), DISKS)
def test_fstab_has_the_number_of_the_file_system(host, path, device, kind, _options):
    uuid = host.check_output(f"blkid --probe -o value -s UUID {device}")
    [line] = [line.split() for line in host.file("/etc/fstab").content_string.splitlines() if f" {path} " in line]
    assert line[0] == f"UUID={uuid}"
    assert line[2] == ("auto" if path == "/srv/planck" else kind)


@pytest.mark.parametrize(("path", "device", "_kind", "_options"), OWN)
def test_the_file_system_fills_its_disk(host, path, device, _kind, _options):
    """Also after the disk has grown: this runs once more then."""
    whole = int(host.check_output(f"blockdev --getsize64 {device}"))
    size = int(host.check_output(f"findmnt -bno SIZE {path}"))
    assert size > 0.8 * whole


def test_what_was_there_before_disks_grew_is_there(host):
    grown = int(host.check_output("blockdev --getsize64 /dev/vdb")) > 512 * 1024**2
    for path in ("/home", "/scratch", "/repository"):
        assert host.file(f"{path}/kept").exists is grown


def test_the_operators_folder_is_behind_the_guard(host):
    assert host.file("/repository/.guard/maps/data/map").content_string == "A map\n"
    assert host.file("/repository/.guard/maps").mode == 0o700
    assert host.run("touch /repository/.guard/maps/data/new").rc != 0
    assert host.run("touch /srv/planck/new").rc != 0


@pytest.mark.parametrize(("device", "kind"), [("/dev/vdf", "dos"), ("/dev/vdg", "ext4")])
def test_what_was_refused_is_as_it_was(host, device, kind):
    assert host.check_output(f"wipefs --noheadings --output TYPE {device}").split()[0] == kind
    assert "/refused" not in host.file("/etc/fstab").content_string
