"""One life of a platform, in order: the kit's commands, the engine and its real provider, and OpenStack's own services.

Each test goes on where the one before it ended. No server of the stand-in cloud runs, so hosts are not converged.
"""

import shutil
from collections import Counter
from collections.abc import Callable

import pytest
from openstack.exceptions import SDKException

from sepp.engine.paths import ROOT
from sepp.targets.local.podman import podman
from tests.kit import wait_for
from tests.openstack.project import NAME, project
from tests.openstack.stand_in import NAME as CLOUD
from tests.openstack.stand_in import set_quotas, wait_until_it_serves

PLUGIN = "pulumi-resource-openstack"
DATA = "sepp-test-planck-scratch"

API_UNITS = ("neutron-api", "nova-api", "cinder-api")

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(shutil.which(PLUGIN) is None, reason=f"{PLUGIN} is not on PATH"),
]


@pytest.fixture(scope="module")
def live(clouds):
    """The platform, not made yet, in a project with room enough."""
    with project(clouds, ROOT / "tests/openstack/live/__main__.py") as live:
        yield live


@pytest.fixture
def limit(live, admin):
    """A function that sets quotas of the project by the cloud's names; all are as before in the end."""
    project = live.cloud.current_project_id
    yield lambda **limits: set_quotas(admin, project, **limits)
    set_quotas(admin, project)


def test_up_makes_all_and_a_second_one_changes_nothing(live):
    told = live.up()
    assert "creating floating ip entrance" in told
    [record] = [line for line in told.splitlines() if line.startswith("DNS record   sepp.site.example A ")]
    entrance = record.split()[4]
    port = next(live.cloud.network.ips(floating_ip_address=entrance)).port_id
    assert live.cloud.network.get_port(port).device_id == live.server("core").id
    assert {live.server(name).status for name in ("core", "planck", "planck-storage", "jump")} == {"ACTIVE"}
    assert live.attached_to(DATA) == [live.server("planck-storage").id]
    live.unchanged()


def test_a_rule_changed_by_its_settings_is_another_rule(live):
    live.target["operators"] = ["198.51.100.0/24"]
    live.up()
    rules = live.cloud.get_security_group("sepp-test-jump").security_group_rules
    assert [
        rule["remote_ip_prefix"] for rule in rules if rule["port_range_min"] == 22 and rule["direction"] == "ingress"
    ] == ["198.51.100.0/24"]
    live.unchanged()


def test_a_volume_grows_while_it_is_in_use(live):
    before, server = live.volumes(), live.server("planck-storage").id
    live.target["volumes"] = {"planck-scratch": {"size": "200 GiB"}}
    live.up()
    assert live.cloud.get_volume(DATA).size == 200
    assert live.volumes() == before
    assert live.attached_to(DATA) == [server]
    live.unchanged()


def test_growth_beyond_the_quota_is_refused_and_succeeds_once_there_is_room(live, limit):
    live.target["volumes"] = {"planck-scratch": {"size": "300 GiB"}}
    used = sum(volume.size for volume in live.cloud.block_storage.volumes())
    limit(gigabytes=used + 50)
    assert f"50 GiB of volumes: 100 more are needed, {used} of {used + 50} are in use" in live.refused()
    assert live.cloud.get_volume(DATA).size == 200
    limit(gigabytes=used + 100)
    live.up()
    assert live.cloud.get_volume(DATA).size == 300
    live.unchanged()


def test_a_volume_never_shrinks(live):
    before = live.volumes()
    live.target["volumes"] = {"planck-scratch": {"size": "250 GiB"}}
    assert "planck-scratch with 250 GiB: it has 300 GiB, and volumes never shrink" in live.refused()
    assert live.cloud.get_volume(DATA).size == 300
    assert live.volumes() == before
    live.target["volumes"] = {"planck-scratch": {"size": "300 GiB"}}
    live.unchanged()


def test_another_flavour_resizes_a_server(live):
    server = live.server("core")
    live.target["flavours"] = {"core": "huge"}
    live.up()
    after = live.server("core")
    assert (after.id, after.flavor.name) == (server.id, "huge")
    live.unchanged()


def test_a_lost_server_is_made_anew_with_its_volumes(live):
    volumes, lost = live.volumes(), live.server("planck-storage")
    live.cloud.delete_server(lost.id, wait=True)
    live.up()
    assert live.server("planck-storage").id != lost.id
    assert live.volumes() == volumes
    assert live.attached_to(DATA) == [live.server("planck-storage").id]
    live.unchanged()


def test_a_server_in_error_is_made_anew(live, admin):
    broken = live.server("planck")
    admin.compute.reset_server_state(broken.id, "error")
    assert "the server sepp-test-planck is in ERROR: it is made anew" in live.up()
    assert live.server("planck").id != broken.id
    live.unchanged()


def test_a_stopped_server_is_started(live):
    server = live.server("planck")
    live.cloud.compute.stop_server(server.id)
    live.cloud.compute.wait_for_server(live.cloud.compute.get_server(server.id), "SHUTOFF")
    live.up()
    assert (live.server("planck").id, live.server("planck").status) == (server.id, "ACTIVE")
    live.unchanged()


def test_credentials_of_another_project_change_nothing(live):
    live.target["cloud"] = "other"
    assert "take the credentials of its own project" in live.refused()
    live.target["cloud"] = "sepp"
    live.unchanged()


def test_a_mission_comes_with_an_adopted_volume_and_goes_without_its_data(live):
    before = live.volumes()
    volume = live.cloud.create_volume(size=150, name="by-hand", wait=True)
    servers = {name: live.server(name).id for name in ("core", "planck", "planck-storage")}
    live.settings["missions"].append("gssc")
    live.target["adopt"] = {"gssc-public": volume.id}
    assert "gssc-public with 100 GiB: it has 150 GiB, and volumes never shrink" in live.refused()
    assert not _there(live, "gssc")
    live.target["volumes"]["gssc-public"] = {"size": "160 GiB"}
    live.up()
    assert {live.server(name).status for name in ("gssc", "gssc-storage")} == {"ACTIVE"}
    assert live.attached_to(volume.id) == [live.server("gssc-storage").id]
    adopted = live.cloud.get_volume(volume.id)
    assert (adopted.size, adopted.name, adopted.metadata["sepp-mission"]) == (160, "by-hand", "gssc")
    with_gssc = live.volumes()
    assert before.items() < with_gssc.items()
    live.unchanged()

    live.settings["missions"].remove("gssc")
    del live.target["adopt"], live.target["volumes"]["gssc-public"]
    assert live.sepp("up", NAME).exit_code == 2, "nobody was asked"
    live.up()
    assert not _there(live, "gssc")
    assert live.volumes() == with_gssc
    assert {name: live.server(name).id for name in servers} == servers
    live.unchanged()


def test_a_mission_that_comes_back_has_its_data(live):
    volumes = live.volumes()
    live.settings["missions"].append("gssc")
    live.target["adopt"] = {"gssc-public": volumes["by-hand"]}
    live.target["volumes"]["gssc-public"] = {"size": "160 GiB"}
    live.up()
    assert live.volumes() == volumes
    assert live.attached_to("sepp-test-gssc-scratch") == [live.server("gssc-storage").id]
    live.unchanged()
    live.settings["missions"].remove("gssc")
    del live.target["adopt"], live.target["volumes"]["gssc-public"]
    live.up()


def _address_of(live, name: str) -> str:
    """Return the floating address of a server."""
    [port] = live.cloud.network.ports(name=f"sepp-test-{name}")
    [address] = live.cloud.network.ips(port_id=port.id)
    return address.floating_ip_address


def test_another_address_leads_to_the_entrance_once_it_is_free(live):
    network, before = live.cloud.network, _address_of(live, "core")
    free = network.create_ip(floating_network_id=network.find_network("outside").id)
    taken = network.create_port(network_id=network.find_network("sepp-test-network").id, name="of-somebody-else")
    network.update_ip(free, port_id=taken.id)
    live.target["adopt"] = {"entrance": free.id}
    assert f"floating address '{free.id}' for itself: {taken.id} has it" in live.refused()
    assert _address_of(live, "core") == before
    network.delete_port(taken)
    assert f"sepp.site.example A {free.floating_ip_address} " in live.up()
    assert _address_of(live, "core") == free.floating_ip_address
    [old] = network.ips(floating_ip_address=before)
    assert old.port_id is None
    live.unchanged()


def test_an_address_that_somebody_took_away_comes_back(live):
    network, address = live.cloud.network, _address_of(live, "core")
    [taken] = network.ips(floating_ip_address=address)
    [port] = network.ports(name="sepp-test-planck")
    network.update_ip(taken, port_id=port.id)
    live.up()
    assert _address_of(live, "core") == address
    live.unchanged()


def test_a_platform_whose_state_is_lost_is_not_made_twice(live, tmp_path, monkeypatch):
    """The same as a second platform of this name, which another operator makes in the project."""
    servers = {server.id for server in live.cloud.compute.servers()}
    with monkeypatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path))
        told = live.refused()
    assert "has a platform of this name already, and nothing is known of it here" in told
    assert "Next: work where its state is" in told
    assert {server.id for server in live.cloud.compute.servers()} == servers
    live.unchanged()


def test_destroy_keeps_data_and_the_next_up_finds_them(live, admin):
    volumes = live.volumes()
    admin.compute.reset_server_state(live.server("planck-storage").id, "error")
    live.does("destroy", "--yes", NAME)
    assert live.volumes() == volumes
    assert {server.status for server in live.cloud.compute.servers()} <= {"DELETED"}
    live.up()
    assert live.volumes() == volumes
    assert live.attached_to(DATA) == [live.server("planck-storage").id]
    live.unchanged()


def _removed(live, name: str) -> Callable[[], bool]:
    """Remove a server; return whether another one has begun to be."""
    lost = live.server(name)
    live.cloud.delete_server(lost.id, wait=True)
    return lambda: (live.server(name) or lost).id != lost.id


def _there(live, name: str) -> bool:
    """Tell whether a server is there: Nova still shows for a moment what it has deleted."""
    found = live.server(name)
    return found is not None and found.status != "DELETED"


def _lists_servers(live) -> bool:
    """Tell whether Nova answers, which asks Neutron for that."""
    try:
        list(live.cloud.compute.servers())
    except SDKException:
        return False
    return True


@pytest.mark.parametrize("name", ["planck", "planck-storage", "jump"])
def test_a_run_that_was_killed_is_healed_by_the_next(live, name):
    volumes = live.volumes()
    live.in_the_middle(_removed(live, name), live.kill_engine)
    live.up()
    servers = Counter(server.name for server in live.cloud.compute.servers() if server.status != "DELETED")
    assert servers == dict.fromkeys((f"sepp-test-{host}" for host in ("core", "planck", "planck-storage", "jump")), 1)
    assert live.volumes() == volumes
    live.unchanged()


def test_an_api_that_goes_away_is_told_and_the_next_run_goes_on(live, clouds):
    volumes = live.volumes()
    began = _removed(live, "planck-storage")
    try:
        told = live.in_the_middle(began, lambda: podman("exec", CLOUD, "systemctl", "stop", *API_UNITS))
    finally:
        podman("exec", CLOUD, "systemctl", "start", *API_UNITS)
        wait_until_it_serves(clouds)
        wait_for(lambda: _lists_servers(live))
    assert "Next: " in told
    live.up()
    assert live.volumes() == volumes
    assert live.attached_to(DATA) == [live.server("planck-storage").id]
    live.unchanged()


def test_destroy_ends_also_after_half_an_up(live):
    volumes = live.volumes()
    live.does("destroy", "--yes", NAME)
    live.in_the_middle(lambda: _there(live, "planck"), live.kill_engine)
    live.does("destroy", "--yes", NAME)
    assert live.volumes() == volumes
    assert {server.status for server in live.cloud.compute.servers()} <= {"DELETED"}
    assert not list(live.cloud.network.networks(project_id=live.cloud.current_project_id))
    live.up()
    assert live.volumes() == volumes
    live.unchanged()


def test_destroy_with_data_leaves_nothing(live):
    live.does("destroy", "--with-data", "--yes", NAME)
    mine = {"project_id": live.cloud.current_project_id}
    network = live.cloud.network
    assert not live.volumes()
    assert {server.status for server in live.cloud.compute.servers()} <= {"DELETED"}
    for left in (network.ips, network.ports, network.routers, network.networks):
        assert not list(left(**mine))
    assert [group.name for group in network.security_groups(**mine)] == ["default"]
