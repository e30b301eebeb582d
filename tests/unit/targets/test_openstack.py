"""What is judged about a project, its servers and the way to them; the cloud is replaced by what it would say."""

import json
import socket
import subprocess
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from sepp.cli import build
from sepp.engine.errors import EngineError
from sepp.engine.stack import Stack
from sepp.engine.state import Resource, State
from sepp.targets import target_of
from sepp.targets.openstack import first_boot, ssh
from sepp.targets.openstack.adopting import with_left
from sepp.targets.openstack.cloud import Disk, Limit, Made, Server
from sepp.targets.openstack.faults import faults
from sepp.targets.openstack.flavours import chosen
from sepp.targets.openstack.keys import ENTRY, KeysProvider, public_of
from sepp.targets.openstack.needs import needs
from sepp.targets.openstack.preflight import check_project, demand, lacks
from sepp.targets.openstack.volume import VOLUME, gibibytes
from tests.cloud import CLOUD, cloud, flavour, flavours_of, named

INSTANCE = "openstack:compute/instance:Instance"


def lacking(deployment, project=CLOUD, known=None) -> list[str]:
    settings = deployment.platform.openstack
    flavours = chosen(deployment, settings, project.flavours, {})
    return list(lacks(deployment, settings, project, flavours, known or State()))


def state(outputs=None, servers=None) -> State:
    stack = Resource(urn="urn::stack", kind="pulumi:pulumi:Stack", real=False, protected=False, outputs=outputs or {})
    made = (
        Resource(urn=f"urn::{name}", kind=INSTANCE, protected=False, outputs={"id": identity})
        for name, identity in (servers or {}).items()
    )
    return State(resources=(stack, *made))


def knows_volume(identity: str) -> State:
    """The state of an engine that made `planck-scratch`."""
    urn = f"urn:pulumi:demo::sepp::{VOLUME}::planck-scratch"
    return State(resources=(Resource(urn=urn, kind=VOLUME, protected=True, outputs={"id": identity}),))


def test_a_project_that_has_all_lacks_nothing(make_deployment):
    assert lacking(make_deployment()) == []


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"image": "debian-31"}, "image 'debian-31' (did you mean 'debian-13'?)"),
        ({"external_network": "publik"}, "external network 'publik' (did you mean 'public'?)"),
        ({"provider_network": "nowhere"}, "network 'nowhere' (valid: "),
        ({"router": "site-ruter"}, "router 'site-ruter' (did you mean 'site-router'?)"),
        ({"zone": "novae"}, "zone 'novae' (did you mean 'nova'?)"),
        ({"volume_zone": "north"}, "volume zone 'north' (valid: nova)"),
        ({"volume_type": "sdd"}, "volume type 'sdd' (did you mean 'ssd'?)"),
        ({"dns_zone": "site.example"}, "DNS zone 'site.example' (did you mean 'sepp.site.example'?)"),
        ({"repositories": {"planck": "planck-archives"}}, "volume 'planck-archives' (did you mean 'planck-archive'?)"),
        ({"flavours": {"core": "mediu"}}, "flavour 'mediu' of core (did you mean 'medium'?)"),
        ({"flavours": {"planck": "small"}}, "a larger flavour: planck needs "),
    ],
)
def test_what_is_not_there_is_named(make_deployment, setting, words):
    [found] = lacking(make_deployment(**setting))
    assert found.startswith(words)


def test_all_quotas_that_are_too_small_are_named_with_numbers(make_deployment):
    limits = {**CLOUD.limits, "cores": Limit(used=5, most=8), "gigabytes": Limit(used=100, most=200)}
    deployment = make_deployment()
    wanted = needs(deployment, deployment.platform.openstack, flavours_of(deployment))
    assert lacking(deployment, cloud(limits=limits)) == [
        f"{wanted['cores'] - 3} cores: {wanted['cores']} more are needed, 5 of 8 are in use",
        f"{wanted['gigabytes'] - 100} GiB of volumes: {wanted['gigabytes']} more are needed, 100 of 200 are in use",
    ]


def test_what_the_platform_has_already_is_not_needed_again(make_deployment):
    deployment = make_deployment()
    wanted = dict(needs(deployment, deployment.platform.openstack, flavours_of(deployment)))
    full = {quota: Limit(used=wanted[quota], most=wanted[quota]) for quota in wanted}
    assert len(lacking(deployment, cloud(limits=full))) == len(wanted)
    assert lacking(deployment, cloud(limits=full, made=Made(used=wanted))) == []


def test_needs_are_what_the_graph_has(make_deployment):
    deployment = make_deployment()
    found = needs(deployment, deployment.platform.openstack, flavours_of(deployment))
    assert (found["instances"], found["volumes"], found["floating_ips"], found["security_groups"]) == (4, 7, 2, 5)
    assert found["gigabytes"] == 5 * 100 + 2 * 2
    assert found["cores"] == 4 + 1 + 4 + 1


@pytest.mark.parametrize("marked", [False, True], ids=["not yet marked", "marked as the platform's"])
def test_what_is_adopted_needs_no_quota_but_its_growth_does(make_deployment, marked):
    deployment = make_deployment(
        adopt={"planck-scratch": "v1", "entrance": "a1"}, volumes={"planck-scratch": {"size": "300 GiB"}}
    )
    limits = dict.fromkeys(("volumes", "gigabytes", "floating_ips"), Limit(used=10, most=10))
    there = cloud(
        volumes={"v1": "v1"},
        disks={"v1": Disk(size=250, type="ssd")},
        addresses={"a1": "a1"},
        limits=limits,
        made=Made(ids={"v1": "volume", "a1": "floating_ip"}, used={"volumes": 1, "gigabytes": 250, "floating_ips": 1})
        if marked
        else Made(),
    )
    more = 4 * 100 + 2 * 2 + 300 - 250
    assert lacking(deployment, there) == [
        "6 volumes: 6 more are needed, 10 of 10 are in use",
        f"{more} GiB of volumes: {more} more are needed, 10 of 10 are in use",
        "1 floating addresses: 1 more are needed, 10 of 10 are in use",
    ]


def test_an_overlapping_range_is_refused(make_deployment):
    [found] = lacking(make_deployment(), cloud(ranges={"other": "10.90.0.0/16"}))
    assert found == "the range 10.90.16.0/20 is taken: the subnet other has 10.90.0.0/16; choose another 'subnet'"
    assert lacking(make_deployment(), cloud(ranges={"own": "10.90.16.0/20"}, made=Made(used={"subnets": 1}))) == []


def test_no_flavour_is_large_enough(make_deployment):
    found = lacking(make_deployment(), cloud(flavours=(flavour("tiny", 1, 1),)))
    assert [line.split(" needs ")[0] for line in found] == [
        "a flavour: core",
        "a flavour: planck-storage",
        "a flavour: planck",
    ]


def test_a_flavour_without_a_disk_does_not_fit(make_deployment):
    assert "none is large enough" in lacking(make_deployment(), cloud(flavours=(flavour("diskless", 64, 512, 0),)))[0]


def test_a_new_flavour_resizes_no_server(make_deployment):
    deployment = make_deployment()
    settings = deployment.platform.openstack
    offered = (*CLOUD.flavours, flavour("new", 2, 2))
    fresh = chosen(deployment, settings, offered, {})
    kept = chosen(deployment, settings, offered, {"core": "medium"})
    assert (fresh["core"].name, kept["core"].name) == ("new", "medium")


def test_a_flavour_that_became_too_small_is_left(make_deployment):
    deployment = make_deployment()
    found = chosen(deployment, deployment.platform.openstack, CLOUD.flavours, {"planck": "small"})
    assert found["planck"].name == "medium"


def test_credentials_of_another_project_are_refused():
    check_project(state({"project": "project-1"}), CLOUD)
    check_project(State(), CLOUD)
    with pytest.raises(EngineError, match="a run here would forget all of it"):
        check_project(state({"project": "another"}), CLOUD)


def test_what_is_adopted_has_to_be_there_and_in_nobody_elses_use(make_deployment):
    deployment = make_deployment(
        adopt={"planck-persistent": "v1", "planck-scratch": "v3", "entrance": "a1"}, repositories={"planck": "archive"}
    )
    there = cloud(
        volumes={"data": "v1", "v1": "v1", "archive": "v2", "v2": "v2"},
        addresses={"192.0.2.7": "a1", "a1": "a1"},
        holders={"v1": "i1", "v2": "i2", "a1": "o2"},
        made=Made(ids={"i1": "server sepp-demo-planck-storage"}),
    )
    assert lacking(deployment, there) == [
        "volume 'v3' (valid: v1, v2)",
        "floating address 'a1' for itself: o2 has it; take it away there",
        "volume 'archive' for itself: i2 has it; take it away there",
    ]


def test_a_volume_that_is_there_neither_shrinks_nor_changes_its_type(make_deployment):
    known, there = knows_volume("v1"), cloud(disks={"v1": Disk(size=300, type="ssd")})
    smaller = make_deployment(volumes={"planck-scratch": {"size": "250 GiB", "type": "luks"}})
    assert lacking(smaller, there, known) == [
        "planck-scratch with 250 GiB: it has 300 GiB, and volumes never shrink",
        "planck-scratch of type 'luks': it is of type 'ssd', and stays so; keep that in its settings",
    ]
    assert lacking(make_deployment(volumes={"planck-scratch": {"size": "301 GiB"}}), there, known) == []


def test_an_adopted_volume_neither_shrinks_nor_changes_its_type(make_deployment):
    there = cloud(volumes=named("archive"), disks={"id-of-archive": Disk(size=300, type="ssd")})
    deployment = make_deployment(adopt={"planck-scratch": "id-of-archive"}, volume_type="luks")
    assert lacking(deployment, there) == [
        "planck-scratch with 100 GiB: it has 300 GiB, and volumes never shrink",
        "planck-scratch of type 'luks': it is of type 'ssd', and stays so; keep that in its settings",
    ]


def test_no_other_volume_takes_the_place_of_one_with_data(make_deployment):
    there = cloud(volumes=named("other"), disks={"id-of-other": Disk(size=100, type="ssd")})
    deployment = make_deployment(adopt={"planck-scratch": "id-of-other"})
    assert lacking(deployment, there, knows_volume("v1")) == [
        "planck-scratch on volume 'id-of-other': its data are on v1; take it out of 'adopt'"
    ]
    assert lacking(deployment, there, knows_volume("id-of-other")) == []


def test_a_volume_that_was_left_is_taken_again(make_deployment):
    marked = {"v1": "volume sepp-demo-planck-scratch", "v2": "volume sepp-demo-planck-public", "i1": "server a"}
    disks = dict.fromkeys(("v1", "v2", "v3"), Disk(size=100, type="ssd"))
    there = cloud(disks=disks, volumes={"v1": "v1", "v2": "v2"}, made=Made(ids=marked))
    deployment = make_deployment(adopt={"planck-public": "v3"})
    taken = with_left(deployment, there, knows_volume("v9")).platform.openstack.adopt
    assert taken == {"planck-public": "v3"}, "the engine knows the one, the settings name the other"
    assert with_left(make_deployment(), there, state()).platform.openstack.adopt == {
        "planck-scratch": "v1",
        "planck-public": "v2",
    }


def test_which_of_several_volumes_that_were_left_is_asked_for(make_deployment):
    marked = dict.fromkeys(("v1", "v2"), "volume sepp-demo-planck-scratch")
    there = cloud(disks=dict.fromkeys(marked, Disk(size=100, type="ssd")), made=Made(ids=marked))
    assert with_left(make_deployment(), there, state()).platform.openstack.adopt == {}
    assert lacking(make_deployment(), there) == [
        "one volume as planck-scratch: v1 and v2 are marked as it; name one in 'adopt'"
    ]


def test_a_jump_host_of_the_sites_has_to_answer(make_deployment):
    host_key = "ssh-ed25519 " + "A" * 68
    jump = {"address": "192.0.2.7", "inside": "10.90.16.5", "user": "ops", "host_key": host_key}
    deployment = make_deployment(operators=(), jump=jump)
    assert lacking(deployment, cloud(jump_answers=False)) == [
        "a jump host that answers: 192.0.2.7 does not, at port 22"
    ]
    assert lacking(deployment) == []
    assert lacking(make_deployment(), cloud(jump_answers=False)) == []


def test_whether_a_jump_host_answers_is_found_out_in_bounded_time():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert ssh.answers("127.0.0.1", port)
    assert not ssh.answers("127.0.0.1", port)


def test_a_first_run_that_was_killed_at_once_may_go_on():
    made = cloud(made=Made(ids={"9": "network sepp-demo-network"}))
    with pytest.raises(EngineError, match="a platform of this name already"):
        check_project(state(), made)
    check_project(replace(state(), pending=1), made)


def test_all_that_lacks_is_demanded_at_once(make_deployment):
    deployment = make_deployment(image="debian-31", zone="novae")
    with pytest.raises(EngineError) as raised:
        demand(deployment, deployment.platform.openstack, CLOUD, State())
    assert "\n- image 'debian-31'" in str(raised.value)
    assert "\n- zone 'novae'" in str(raised.value)


def test_servers_that_do_not_run_are_faults():
    made = Made(
        ids={"1": "server a", "2": "server b", "3": "server c"},
        servers=(
            Server(id="1", name="a", status="ACTIVE"),
            Server(id="2", name="b", status="ERROR", reason="no valid host"),
            Server(id="3", name="c", status="SHUTOFF"),
        ),
    )
    found = list(faults(made, state(servers={"a": "1", "b": "2", "c": "3"})))
    assert [fault.text for fault in found] == [
        "the server b is in ERROR: no valid host",
        "the server c does not run (SHUTOFF)",
    ]
    assert [fault.broken for fault in found] == ["2", None]


def test_a_server_that_is_gone_is_a_fault():
    [found] = faults(Made(), state(servers={"a": "1"}))
    assert (found.text, found.broken) == ("the server of a is gone", None)


def test_what_a_killed_run_left_behind_is_found():
    made = Made(ids={"1": "server a", "9": "port b"}, servers=(Server(id="1", name="a", status="ACTIVE"),))
    [found] = faults(made, state(servers={"a": "1"}))
    assert found.text == "the port b (9) is marked as the platform's, and the engine does not know it"


def test_an_orphan_in_error_is_an_orphan():
    made = Made(ids={"1": "server a"}, servers=(Server(id="1", name="a", status="ERROR"),))
    [found] = faults(made, state())
    assert "does not know it" in found.text
    assert found.broken is None


def test_volumes_are_counted_in_whole_gibibytes():
    assert [gibibytes(size) for size in (1, 2**30, 2**30 + 1)] == [1, 1, 2]


@pytest.fixture
def keys():
    return KeysProvider().create({"names": [ENTRY, "jump", "core"]}).outs["private"]


def test_keys_stay_and_new_hosts_get_theirs(keys):
    later = KeysProvider().update("", {"private": keys}, {"names": [ENTRY, "core", "planck"]}).outs["private"]
    assert {name: later[name] for name in keys} == keys
    assert len(set(later.values())) == 4


def test_first_boot_is_cloud_config_with_the_hosts_own_key(keys):
    text = first_boot.of_host("core", keys["core"], keys[ENTRY])
    assert text.startswith("#cloud-config\n")
    config = json.loads(text.partition("\n")[2])
    assert config["ssh_keys"]["ed25519_private"] == keys["core"]
    assert config["users"] == [{"name": "root", "ssh_authorized_keys": [public_of(keys[ENTRY])]}]
    assert config["ssh_pwauth"] is False
    assert keys[ENTRY] not in text


def test_on_the_jump_host_nobody_can_do_anything_but_go_on(keys):
    [user] = json.loads(first_boot.of_jump("jump", keys["jump"], keys[ENTRY]).partition("\n")[2])["users"]
    assert user["shell"] == "/usr/sbin/nologin"
    assert user["ssh_authorized_keys"] == [f"restrict,port-forwarding {public_of(keys[ENTRY])}"]


def test_ssh_itself_reads_the_files(keys, make_deployment, tmp_path):
    way = ssh.jump_of(make_deployment().platform.openstack, "203.0.113.5", keys)
    ssh.write(tmp_path / "ssh", ssh.files(tmp_path / "ssh", way, {"core": "10.90.16.4"}, keys))
    assert (tmp_path / "ssh/key").stat().st_mode & 0o777 == 0o600
    shown = subprocess.run(
        ["ssh", "-G", "-F", str(tmp_path / "ssh/config"), "core"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert {"hostname 10.90.16.4", "user root", "proxyjump jump", "hostkeyalias core"} <= set(shown)
    assert "stricthostkeychecking true" in shown
    subprocess.run(["ssh-keygen", "-F", "core", "-f", str(tmp_path / "ssh/known_hosts")], check=True)


def test_a_host_that_cannot_be_reached_is_waited_for_not_for_ever(monkeypatch, tmp_path):
    def refused(*_):
        raise EngineError("core: Connection refused")

    monkeypatch.setattr(ssh, "run", refused)
    monkeypatch.setattr(ssh.time, "sleep", lambda _: None)
    with pytest.raises(EngineError, match=r"core cannot be reached by ssh .*Connection refused"):
        ssh.wait(tmp_path, ["core"], seconds=0.01)


def test_limits_without_end_lack_nothing():
    assert Limit(used=10**9, most=None).lacks(10**9) == 0
    assert Limit(used=1, most=2).lacks(3) == 2


@pytest.fixture
def project(monkeypatch):
    """Makes the cloud say what a project has."""

    def be(said):
        monkeypatch.setattr("sepp.targets.openstack.reading.read", lambda *_: said)

    return be


def test_a_plan_says_what_the_cloud_lacks(project, make_deployment):
    project(cloud(images={}))
    assert target_of(make_deployment()).compared().lacks == ("image 'debian-13' (there is none)",)


def test_a_plan_says_what_the_platform_costs(project, make_deployment):
    project(CLOUD)
    assert target_of(make_deployment()).compared().cost is None
    prices = {
        "flavours": {"small": "10 EUR", "medium": "20.50 EUR", "large": "80 EUR", "huge": "160 EUR"},
        "volumes": {"default": "0.10 EUR"},
        "address": "3.50 EUR",
    }
    found = target_of(make_deployment(prices=prices)).compared().cost
    assert found == "Monthly cost: 118.40 EUR (servers 61.00, GiB of volumes 50.40, addresses 7.00)"
    adopted = make_deployment(prices=prices, adopt={"entrance": "00000000-0000-4000-8000-000000000001"})
    assert target_of(adopted).compared().cost == found
    without = target_of(make_deployment(prices={**prices, "volumes": {"ssd": "1 EUR"}})).compared().cost
    assert without.endswith("without a price: 504 GiB of volumes of default")


def test_drift_names_what_the_engine_does_not_see(project, make_deployment, monkeypatch):
    monkeypatch.setattr(Stack, "state", lambda _: state({"project": "project-1"}, {"planck": "1"}))
    ids = {"1": "server sepp-demo-planck", "9": "server sepp-demo-core", "8": "volume sepp-demo-gaia-scratch"}
    project(cloud(made=Made(ids=ids, servers=(Server(id="1", name="sepp-demo-planck", status="ACTIVE"),))))
    found = target_of(make_deployment()).faults()
    [mended], [left] = found.mended, found.left
    assert mended.startswith("the server sepp-demo-core (9) is marked")
    assert left.startswith("the volume sepp-demo-gaia-scratch (8) is marked")


@pytest.mark.parametrize("known", [State(), state()], ids=["no state", "state of a run that failed at once"])
def test_a_platform_whose_state_is_elsewhere_is_not_made_twice(project, make_deployment, monkeypatch, known):
    monkeypatch.setattr(Stack, "state", lambda _: known)
    project(cloud(made=Made(ids={"9": "server sepp-demo-core"})))
    with pytest.raises(EngineError, match=r"a platform of this name already.*server sepp-demo-core"):
        target_of(make_deployment()).compared()


def test_states_of_hosts_are_those_of_their_servers(project, make_deployment):
    servers = (
        Server(id="1", name="sepp-demo-core", status="ACTIVE"),
        Server(id="2", name="sepp-demo-planck", status="SHUTOFF"),
    )
    project(cloud(made=Made(servers=servers)))
    states = target_of(make_deployment()).states()
    assert states == {"core": "running", "planck": "SHUTOFF", "planck-storage": "absent"}


def test_hosts_are_reached_by_ssh_with_arguments_that_stay_whole(make_deployment, monkeypatch, tmp_path):
    monkeypatch.setattr("sepp.targets.openstack.target.ssh_folder", lambda _: tmp_path)
    with pytest.raises(EngineError, match="no way to the hosts yet"):
        target_of(make_deployment()).hosts()
    (tmp_path / "config").touch()
    command = target_of(make_deployment()).hosts().access("core", ["echo", "a b"])
    assert command == ["ssh", "-F", str(tmp_path / "config"), "core", "--", "echo 'a b'"]


def test_the_entrance_is_where_the_last_up_made_it(make_deployment, monkeypatch):
    with pytest.raises(EngineError, match="is not deployed"):
        target_of(make_deployment()).entrance()
    monkeypatch.setattr(Stack, "state", lambda _: state({"entrance": "203.0.113.5"}))
    assert target_of(make_deployment()).entrance().address == "203.0.113.5"


def test_a_plan_does_without_a_cloud(tmp_path, monkeypatch):
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    ended = CliRunner().invoke(build(), ["plan", "openstack/example"])
    assert ended.exit_code == 3
    assert "jwst-scratch  20 TiB" in ended.output
    assert "Not compared with the project: no credentials" in ended.output
