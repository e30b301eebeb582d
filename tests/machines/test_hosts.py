"""Storage host and mission's host from the kit's image: disks by Cinder's ids, limits of XFS, and NFS between them.

Not part of `make test`: processors that are computed take a quarter of an hour for it. `make machines` runs it.
"""

import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from sepp.config.load import load
from sepp.config.units import MIB
from sepp.converge.inventory import build
from sepp.converge.run import converge
from sepp.deployment import Context
from sepp.engine.errors import EngineError
from sepp.engine.paths import ROOT
from sepp.plan import plan
from sepp.targets.openstack import ssh
from sepp.targets.openstack.bakery import ensure_image_file
from sepp.targets.pki import make_authority
from tests.machines.machines import QEMU, Machine, machines, make_disk

ADDRESSES = {"core": "10.90.16.10", "gssc-storage": "10.90.16.11", "gssc": "10.90.16.12"}
IMAGE = ("base", "storage", "volumes")
ROLES = ("volumes", "storage")
"""What `base` does is seen elsewhere, and takes minutes on an emulated processor."""
QUOTA = 48 * MIB
UID = 3000
FIRST = (
    # The machines reach no package source, and find all packages installed.
    "mkdir -p /var/lib/apt/periodic; touch /var/lib/apt/periodic/update-success-stamp;"
    f"printf '%s\\n' {' '.join(repr(f'{address} {name}') for name, address in ADDRESSES.items())} >>/etc/hosts;"
    f" groupadd --gid {UID} everyone; groupadd --gid {UID + 1} gssc-scientists;"
    f" useradd --uid {UID} --gid everyone --home-dir /home/ada ada"
)

pytestmark = pytest.mark.skipif(shutil.which(QEMU) is None, reason=f"{QEMU} is not on PATH")


@pytest.fixture(scope="module")
def folder():
    # A short path: the sockets of ssh lie below it.
    with tempfile.TemporaryDirectory(prefix="sepp-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def deployment(folder):
    """A platform of one mission whose repository is a volume of the operator's."""
    mission = yaml.safe_load((ROOT / "mission_configs/gssc.yaml").read_text())
    mission["storage"]["persistent"] = {"quota": f"{QUOTA // MIB} MiB"}
    (folder / "missions").mkdir()
    (folder / "missions/gssc.yaml").write_text(yaml.safe_dump(mission))
    openstack = {
        "cloud": "site",
        "image": "debian-13",
        "external_network": "outside",
        "operators": ["192.0.2.0/24"],
        "repositories": {"gssc": "gssc-archive"},
    }
    settings = {"domain": "sepp.site.example", "port": 443, "missions": ["gssc"], "openstack": openstack}
    file = folder / "Pulumi.test.yaml"
    file.write_text(yaml.safe_dump({"config": {f"sepp:{key}": value for key, value in settings.items()}}))
    platform, missions = load(file, folder / "missions")
    made = plan(platform, missions, name="test", target="openstack")
    hosts = (replace(host, services=tuple(role for role in host.services if role in ROLES)) for host in made.hosts)
    return replace(made, hosts=tuple(hosts))


@pytest.fixture(scope="module")
def hosts(deployment, folder):
    """The two hosts of the mission, converged; gives a function that runs a script as root on one."""
    kept = {name: host for name, host in deployment.keepers().items() if host.area != "core"}
    ids = {name: f"{number:08d}-52a1-4c3e-9d7f-2b6c8e0f1a35" for number, name in enumerate(kept)}
    archive = folder / "archive"
    for path in ("rinex/observation", "rinex/navigation", "products", "campaigns"):
        (archive / path).mkdir(parents=True)
        (archive / path / "about").write_text(f"{path}\n")
    blank = {name for name in kept if name in {volume.name for volume in deployment.volumes}}
    files = {name: make_disk(folder / f"{name}.disk", 512 * MIB, None if name in blank else archive) for name in kept}
    image = ensure_image_file(IMAGE, print).file
    wanted = [
        Machine(
            name=name,
            image=image,
            address=ADDRESSES[name],
            disks={ids[volume]: files[volume] for volume, host in kept.items() if host.name == name},
        )
        for name in ("gssc-storage", "gssc")
    ]
    with machines(wanted, folder / "machines") as ways:
        for name in ("gssc-storage", "gssc"):
            ssh.run(ways, name, FIRST)
        # More groups than a request of NFS can name, and on the server only.
        ssh.run(ways, "gssc-storage", "usermod --append --groups gssc-scientists ada")
        contexts = [_context(deployment, name, ways, ids) for name in ("gssc-storage", "gssc")]
        inventory = build([_context(deployment, "core", ways, ids), *contexts])
        converge(inventory, log=folder / "log", report=print, only=[machine.name for machine in wanted])
        yield lambda host, script, seconds=60: ssh.run(ways, host, script, seconds)


def _context(deployment, name, ways, ids):
    return Context(
        deployment=deployment,
        host=deployment.host(name),
        addresses=ADDRESSES,
        secrets={"storage-usage": "not needed"},
        authority=make_authority("Test").certificate,
        certificates={},
        connection=ssh.connection(ways, name),
        volumes={**dict.fromkeys(["core-directory"], "none"), **ids},
    )


def test_a_tier_is_an_xfs_that_counts_projects_on_the_disk_of_its_volume(hosts):
    source, kind, options = hosts("gssc-storage", "findmnt -no SOURCE,FSTYPE,OPTIONS /home").split()
    assert (kind, source[:7]) == ("xfs", "/dev/vd")
    assert "prjquota" in options.split(",")


def test_a_users_folder_is_reached_by_nfs_and_full_at_her_quota(hosts):
    _wait_for(lambda: hosts("gssc", "ls -d /home/ada"))
    assert hosts("gssc", "findmnt -no FSTYPE /home").strip() == "nfs4"
    as_ada = "setpriv --reuid ada --regid everyone --init-groups"
    hosts("gssc", f"{as_ada} dd if=/dev/zero of=/home/ada/fits bs=1M count={QUOTA // MIB // 2} conv=fsync")
    with pytest.raises(EngineError, match=r"quota exceeded|No space left"):
        hosts("gssc", f"{as_ada} dd if=/dev/zero of=/home/ada/too-much bs=1M count={QUOTA // MIB} conv=fsync")
    hosts("gssc", f"{as_ada} rm /home/ada/too-much /home/ada/fits")


def test_root_of_the_missions_host_is_nobody_on_the_storage_host(hosts):
    with pytest.raises(EngineError, match="Permission denied"):
        hosts("gssc", "touch /home/ada/by-root")


def _wait_for(tried, seconds=60):
    until = time.monotonic() + seconds
    while True:
        try:
            return tried()
        except EngineError:
            if time.monotonic() > until:
                raise
        time.sleep(1)
