"""What the hosts of a platform on OpenStack are told about disks and about each other's folders."""

import pytest

from sepp.catalogue.volumes import VOLUMES
from sepp.config.units import GIB
from sepp.deployment import Context
from sepp.plan import plan
from tests.cloud import OPENSTACK

ADDRESSES = {"core": "10.90.16.10", "planck-storage": "10.90.16.11", "planck": "10.90.16.12"}


@pytest.fixture
def variables(make_platform, planck):
    """A function that gives the role's arguments on a host."""

    def of(host, mission=planck, **settings):
        platform = make_platform(port=443, openstack={**OPENSTACK, **settings})
        deployment = plan(platform, [mission], name="demo", target="openstack")
        return VOLUMES.variables(
            Context(
                deployment=deployment,
                host=deployment.host(host),
                addresses=ADDRESSES,
                secrets={},
                authority="",
                certificates={},
                volumes={name: f"id of {name}" for name in deployment.keepers()},
            )
        )

    return of


def disks(variables):
    return {
        disk["path"]: (disk["id"], disk["filesystem"], disk.get("options", [])) for disk in variables["volumes_disks"]
    }


def test_tiers_have_the_file_system_of_their_limits(variables):
    for backend, kind, options in (("xfs_project", "xfs", ["prjquota"]), ("btrfs_qgroup", "btrfs", [])):
        assert disks(variables("planck-storage", quota_backend=backend)) == {
            "/repository": ("id of planck-repository", kind, options),
            "/home": ("id of planck-persistent", kind, options),
            "/scratch": ("id of planck-scratch", kind, options),
            "/public": ("id of planck-public", kind, options),
            "/share": ("id of planck-shares", kind, options),
        }


def test_a_larger_volume_is_another_argument_so_that_its_file_system_grows(variables):
    def sizes(**settings):
        return {disk["path"]: disk["size"] for disk in variables("planck-storage", **settings)["volumes_disks"]}

    before, after = (
        sizes(volume_size="4 GiB"),
        sizes(volume_size="4 GiB", volumes={"planck-scratch": {"size": "6 GiB"}}),
    )
    assert set(before.values()) == {4 * GIB}
    assert after == {**before, "/scratch": 6 * GIB}


def test_services_data_have_no_limits(variables):
    for backend in ("xfs_project", "btrfs_qgroup"):
        assert disks(variables("core", quota_backend=backend)) == {"/var/lib/ldap": ("id of core-directory", "xfs", [])}
        assert disks(variables("planck", quota_backend=backend)) == {
            "/var/lib/jupyterhub": ("id of planck-hub", "xfs", [])
        }


def test_users_host_gets_every_tier_from_the_storage_host(variables):
    remotes = variables("planck")["volumes_remotes"]
    assert {remote["server"] for remote in remotes} == {"planck-storage"}
    assert {remote["path"]: remote["read_only"] for remote in remotes} == {
        "/repository": True,
        "/home": False,
        "/scratch": False,
        "/public": False,
        "/share": False,
    }
    assert all(remote["source"] == remote["path"] for remote in remotes)


def test_what_one_mounts_the_other_exports_and_to_nobody_else(variables):
    exports = variables("planck-storage")["volumes_exports"]
    wanted = {remote["source"]: remote["read_only"] for remote in variables("planck")["volumes_remotes"]}
    inside = {"/repository/.guard/maps/data": True, "/repository/.guard/simulations/data": True}
    assert {export["path"]: export["hosts"] for export in exports} == {
        path: [{"address": ADDRESSES["planck"], "read_only": read_only}]
        for path, read_only in {**wanted, **inside}.items()
    }
    for host in ("core", "planck"):
        assert variables(host)["volumes_exports"] == []
    for host in ("core", "planck-storage"):
        assert variables(host)["volumes_remotes"] == []


def test_without_users_nothing_is_exported(variables, make_mission):
    assert variables("planck-storage", make_mission(interactive=None))["volumes_exports"] == []


def test_the_hub_waits_for_what_it_mounts(variables):
    assert variables("planck")["volumes_units"] == ["jupyterhub.service", "jupyterhub-proxy.service"]


def test_a_volume_of_the_operators_is_only_read(variables):
    given = variables("planck-storage", repositories={"planck": "planck-archive"})
    assert disks(given)["/srv/planck"] == ("id of planck-source", "auto", ["ro"])
    assert "/srv/planck" not in disks(variables("planck-storage"))
    assert given["volumes_folders"] == [
        {"source": "/srv/planck/maps", "path": "/repository/.guard/maps/data"},
        {"source": "/srv/planck/sim", "path": "/repository/.guard/simulations/data"},
    ]
    assert variables("planck", repositories={"planck": "planck-archive"})["volumes_folders"] == []
