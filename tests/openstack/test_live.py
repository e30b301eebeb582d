"""One life of a platform, in order: the kit's commands, the engine and its real provider, and OpenStack's own services.

Each test goes on where the one before it ended. No server of the stand-in cloud runs, so hosts are not converged.
"""

import json
import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest
from openstack.exceptions import SDKException

from sepp.engine.paths import ROOT
from sepp.engine.stack import PROJECT, Stack
from sepp.targets.local.podman import podman
from tests.openstack.project import NAME, project
from tests.openstack.stand_in import NAME as CLOUD
from tests.openstack.stand_in import set_quotas, wait_until_it_serves

PLUGIN = "pulumi-resource-openstack"
DATA = "sepp-test-planck-scratch"
WAIT_SECONDS = 60
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
    live.openstack["operators"] = ["198.51.100.0/24"]
    live.up()
    rules = live.cloud.get_security_group("sepp-test-jump").security_group_rules
    assert [
        rule["remote_ip_prefix"] for rule in rules if rule["port_range_min"] == 22 and rule["direction"] == "ingress"
    ] == ["198.51.100.0/24"]
    live.unchanged()


def test_a_volume_grows_while_it_is_in_use(live):
    before, server = live.volumes(), live.server("planck-storage").id
    live.openstack["volumes"] = {"planck-scratch": {"size": "200 GiB"}}
    live.up()
    assert live.cloud.get_volume(DATA).size == 200
    assert live.volumes() == before
    assert live.attached_to(DATA) == [server]
    live.unchanged()


def test_growth_beyond_the_quota_is_refused_and_succeeds_once_there_is_room(live, limit):
    live.openstack["volumes"] = {"planck-scratch": {"size": "300 GiB"}}
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
    live.openstack["volumes"] = {"planck-scratch": {"size": "250 GiB"}}
    assert "planck-scratch with 250 GiB: it has 300 GiB, and volumes never shrink" in live.refused()
    assert live.cloud.get_volume(DATA).size == 300
    assert live.volumes() == before
    live.openstack["volumes"] = {"planck-scratch": {"size": "300 GiB"}}
    live.unchanged()


def test_another_flavour_resizes_a_server(live):
    server = live.server("core")
    live.openstack["flavours"] = {"core": "huge"}
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
    live.openstack["cloud"] = "other"
    assert "take the credentials of its own project" in live.refused()
    live.openstack["cloud"] = "sepp"
    live.unchanged()


def test_destroy_keeps_data_and_the_next_up_finds_them(live):
    volumes = live.volumes()
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


def _in_the_middle(live, began: Callable[[], bool], do: Callable[[], object]) -> str:
    """Run `up`, do something once it began, and return what it told in the end; it has to fail."""
    told = []
    run = threading.Thread(target=lambda: told.append(live.refused()))
    run.start()
    _wait_for(began)
    do()
    run.join()
    assert told, "the run did not fail"
    return told[0]


def _wait_for(met: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while not met():
        assert time.monotonic() < until, f"not within {WAIT_SECONDS} s"
        time.sleep(0.2)


def _lists_servers(live) -> bool:
    """Tell whether Nova answers, which asks Neutron for that."""
    try:
        list(live.cloud.compute.servers())
    except SDKException:
        return False
    return True


def _kill_engine() -> None:
    stack = Stack.of(NAME)
    locks = (stack.folder.parent / ".pulumi/locks/organization" / PROJECT / stack.name).glob("*.json")
    for lock in locks:
        os.kill(json.loads(lock.read_text())["pid"], signal.SIGKILL)


@pytest.mark.parametrize("name", ["planck", "planck-storage", "jump"])
def test_a_run_that_was_killed_is_healed_by_the_next(live, name):
    volumes = live.volumes()
    _in_the_middle(live, _removed(live, name), _kill_engine)
    live.up()
    servers = Counter(server.name for server in live.cloud.compute.servers())
    assert servers == dict.fromkeys((f"sepp-test-{host}" for host in ("core", "planck", "planck-storage", "jump")), 1)
    assert live.volumes() == volumes
    live.unchanged()


def test_an_api_that_goes_away_is_told_and_the_next_run_goes_on(live, clouds):
    volumes = live.volumes()
    began = _removed(live, "planck-storage")
    try:
        told = _in_the_middle(live, began, lambda: podman("exec", CLOUD, "systemctl", "stop", *API_UNITS))
    finally:
        podman("exec", CLOUD, "systemctl", "start", *API_UNITS)
        wait_until_it_serves(clouds)
        _wait_for(lambda: _lists_servers(live))
    assert "Next: " in told
    live.up()
    assert live.volumes() == volumes
    assert live.attached_to(DATA) == [live.server("planck-storage").id]
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
