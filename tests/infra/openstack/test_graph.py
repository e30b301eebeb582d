"""The whole graph of a platform on OpenStack, made with Pulumi's mocks: what is registered, and how it hangs together.

Names and types are what the engine recognises resources by. If one changes, the engine deletes the old resource and
makes a new one: give the new one the option `aliases` with its old name or type, and only then change this test.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import rpc

from sepp.config.load import load
from sepp.converge.inventory import SSH, hosts
from sepp.plan import plan
from sepp.targets.marks import MISSION, PLATFORM
from sepp.targets.openstack.rules import ANYWHERE, GroupRule, group_rules, groups_of
from tests.cloud import OPENSTACK, cloud, named
from tests.generate import write_missions
from tests.graph import VOLUMES, Graph, register

ROOT = Path(__file__).parents[3]
INSTANCE = "openstack:compute/instance:Instance"
PORT = "openstack:networking/port:Port"
RULE = "openstack:networking/secGroupRule:SecGroupRule"
VOLUME = "openstack:blockstorage/volume:Volume"
ATTACHMENT = "openstack:compute/volumeAttach:VolumeAttach"
ADDRESS = "openstack:networking/floatingIp:FloatingIp"
INTERFACE = "openstack:networking/routerInterface:RouterInterface"
ASSOCIATION = "openstack:networking/floatingIpAssociate:FloatingIpAssociate"
CANNOT_BE_MARKED = (RULE, INTERFACE, ASSOCIATION)
CONVERGE = "pulumi-python:dynamic/sepp:Converge", "converge"

HOSTS = ("core", "planck", "planck-storage")
GRAPH = {
    ("sepp:openstack:Network", "network"),
    ("openstack:networking/network:Network", "network"),
    ("openstack:networking/subnet:Subnet", "network"),
    ("openstack:networking/router:Router", "network"),
    (INTERFACE, "network"),
    ("sepp:openstack:Security", "security"),
    *(("openstack:networking/secGroup:SecGroup", name) for name in (*HOSTS, "jump", "member")),
    *(("sepp:openstack:Server", name) for name in (*HOSTS, "jump")),
    *((kind, name) for kind in (INSTANCE, PORT) for name in (*HOSTS, "jump")),
    *((kind, name) for kind in ("sepp:openstack:Volume", VOLUME, ATTACHMENT) for name in VOLUMES),
    *((kind, name) for kind in ("sepp:openstack:Address", ADDRESS, ASSOCIATION) for name in ("entrance", "jump")),
    *(
        (kind, name)
        for word, name in (
            ("Authority", "authority"),
            ("Certificate", "directory"),
            ("Certificate", "entrance"),
            ("Converge", "converge"),
            ("Keys", "keys"),
            ("Secrets", "secrets"),
        )
        for kind in (f"sepp:openstack:{word}", f"pulumi-python:dynamic/sepp:{word}")
    ),
    ("pulumi:providers:openstack", "openstack"),
}
"""All but the security groups' rules, whose names are those of the plan's."""


def all_rules(graph: Graph) -> tuple[GroupRule, ...]:
    return group_rules(graph.deployment, graph.deployment.platform.openstack)


@pytest.fixture(scope="session")
def make_graph(planck, make_platform):
    def make(**changes: Any) -> Graph:
        platform = make_platform(domain="sepp.site.example", port=443, openstack={**OPENSTACK, **changes})
        with pytest.MonkeyPatch.context() as changed:
            return register(plan(platform, [planck], name="demo", target="openstack"), changed)

    return make


@pytest.fixture(scope="session")
def graph(make_graph) -> Graph:
    return make_graph()


def test_names_and_types_are_those_of_the_first_release(graph: Graph) -> None:
    registered = {key for key in graph.options if key[0] not in (RULE, "pulumi:pulumi:Stack")}
    assert registered == GRAPH, "give renamed resources the option `aliases`; see the top of this file"


def test_the_rules_are_those_of_the_plan_and_no_others(graph: Graph) -> None:
    groups = {f"id of openstack:networking/secGroup:SecGroup {name}": name for name in (*HOSTS, "jump", "member")}
    found = {
        (
            groups[rule["securityGroupId"]],
            {"ingress": "in", "egress": "out"}[rule["direction"]],
            rule["protocol"],
            rule.get("portRangeMin"),
            rule.get("portRangeMax"),
            rule.get("remoteIpPrefix"),
            groups.get(rule.get("remoteGroupId", "")),
        )
        for rule in graph.of_kind(RULE).values()
    }
    assert found == {(r.group, r.way, r.protocol, r.port, r.port, r.range, r.peer) for r in all_rules(graph)}
    assert all(
        inputs["deleteDefaultRules"] for inputs in graph.of_kind("openstack:networking/secGroup:SecGroup").values()
    )


def test_a_changed_rule_goes_before_the_new_one_comes(graph: Graph) -> None:
    assert all(opts.delete_before_replace for (typ, _), opts in graph.options.items() if typ == RULE)


def test_an_address_leaves_its_port_before_another_one_comes(graph: Graph) -> None:
    assert all(graph.options[ASSOCIATION, name].delete_before_replace for name in ("entrance", "jump"))


def test_addresses_are_from_the_external_network_by_its_name(make_graph) -> None:
    """The provider looks for a network of this name, also where the settings have the id."""
    for setting in ("public", "id-of-public"):
        graph = make_graph(external_network=setting)
        assert {inputs["pool"] for inputs in graph.of_kind(ADDRESS).values()} == {"public"}


def test_data_keys_and_addresses_are_protected_and_retained(graph: Graph) -> None:
    kinds = {VOLUME, ADDRESS, *(f"pulumi-python:dynamic/sepp:{kind}" for kind in ("Keys", "Secrets", "Authority"))}
    for (typ, name), opts in graph.options.items():
        assert bool(opts.protect) is (typ in kinds), (typ, name)
        assert bool(opts.retain_on_delete) is (typ in kinds), (typ, name)


def test_what_is_kept_by_destroy_keeps_nothing_else(graph: Graph) -> None:
    """The engine keeps what a protected resource depends on: that may be the provider, and nothing else."""
    for (typ, name), opts in graph.options.items():
        if opts.protect:
            assert not opts.depends_on, (typ, name)
            assert not graph.options[opts.parent._type, opts.parent._name].depends_on, (typ, name)
            assert "id of" not in str(graph.mocks.inputs[typ, name]), (typ, name)


def test_destroy_ends(graph: Graph) -> None:
    """What a resource stands on goes after it: addresses and hosts before the way out, hosts before their rules."""
    for name in ("entrance", "jump"):
        association = graph.options[ASSOCIATION, name]
        assert [needed._type for needed in association.depends_on] == [INTERFACE]
    for name in (*HOSTS, "jump"):
        needed = Counter(each._type for each in graph.options["sepp:openstack:Server", name].depends_on)
        own = [rule for rule in all_rules(graph) if rule.group in groups_of(name)]
        assert needed == {INTERFACE: 1, RULE: len(own)}
    converged = {each._name for each in graph.options["sepp:openstack:Converge", "converge"].depends_on}
    assert converged == {*HOSTS, "jump"}


def test_everything_that_can_be_marked_is(graph: Graph) -> None:
    for (typ, name), inputs in graph.mocks.inputs.items():
        area = "planck" if name.startswith("planck") else "core"
        if typ in (INSTANCE, VOLUME):
            assert inputs["metadata"] == {PLATFORM: "demo", MISSION: area}, (typ, name)
        elif typ.startswith("openstack:networking/") and typ not in CANNOT_BE_MARKED:
            assert inputs["tags"] == [f"{PLATFORM}=demo", f"{MISSION}={area}"], (typ, name)


def test_servers_are_not_replaced_without_a_word(graph: Graph) -> None:
    for name, inputs in graph.of_kind(INSTANCE).items():
        ignored = graph.options[INSTANCE, name].ignore_changes
        assert {"imageId", "userData"} <= set(ignored)
        assert graph.options[INSTANCE, name].delete_before_replace
        assert inputs["powerState"] == "active"
        assert inputs["configDrive"] is True


def test_first_boot_knows_the_hosts_key_and_is_secret(graph: Graph) -> None:
    for name, inputs in graph.of_kind(INSTANCE).items():
        assert rpc.is_rpc_secret(inputs["userData"]), name
        assert inputs["userData"]["value"].startswith("#cloud-config\n"), name


def test_volumes_are_attached_to_the_host_that_keeps_them(graph: Graph) -> None:
    keepers = {volume: host.name for volume, host in graph.deployment.keepers().items()}
    assert {
        name: inputs["instanceId"].rpartition(" ")[2] for name, inputs in graph.of_kind(ATTACHMENT).items()
    } == keepers


def test_hosts_are_told_their_disks_and_what_they_share(make_graph) -> None:
    graph = make_graph(repositories={"planck": "planck-archive"})
    variables = hosts(json.loads(graph.mocks.inputs[CONVERGE]["inventory"]["value"]))
    attached = {
        (inputs["instanceId"].rpartition(" ")[2], inputs["volumeId"]) for inputs in graph.of_kind(ATTACHMENT).values()
    }
    assert {(name, disk["id"]) for name in HOSTS for disk in variables[name]["volumes_disks"]} == attached
    disks = {disk["id"]: disk for name in HOSTS for disk in variables[name]["volumes_disks"]}
    assert disks["id-of-planck-archive"] == {
        "id": "id-of-planck-archive",
        "path": "/srv/planck",
        "filesystem": "auto",
        "options": ["ro"],
    }
    assert disks[f"id of {VOLUME} planck-scratch"]["options"] == ["prjquota"]
    exports = {export["path"]: export["hosts"] for export in variables["planck-storage"]["volumes_exports"]}
    remotes = {remote["source"]: remote for remote in variables["planck"]["volumes_remotes"]}
    assert set(remotes) <= set(exports)
    [address] = {client["address"] for clients in exports.values() for client in clients}
    assert variables["core"]["base_names"][address] == ["planck"]
    assert all(exports[path][0]["read_only"] is remote["read_only"] for path, remote in remotes.items())


def test_flavours_are_the_smallest_that_fit(graph: Graph) -> None:
    found = {name: inputs["flavorId"] for name, inputs in graph.of_kind(INSTANCE).items()}
    assert found == {
        "core": "id-of-medium",
        "planck-storage": "id-of-small",
        "planck": "id-of-medium",
        "jump": "id-of-small",
    }


def test_hosts_are_reached_through_the_jump_host_only(graph: Graph) -> None:
    inputs = graph.mocks.inputs[CONVERGE]
    assert rpc.is_rpc_secret(inputs["inventory"])
    assert rpc.is_rpc_secret(inputs["ssh"])
    files = inputs["ssh"]["value"]
    assert "StrictHostKeyChecking yes" in files["config"]
    assert files["config"].count("ProxyJump jump") == len(HOSTS)
    assert {line.split()[0] for line in files["known_hosts"].splitlines()} == {*HOSTS, "jump"}
    variables = hosts(json.loads(inputs["inventory"]["value"]))
    jump = graph.of_kind(PORT)
    assert set(jump) == {*HOSTS, "jump"}
    for name in HOSTS:
        [ssh] = [rule["from"] for rule in variables[name]["base_rules"] if rule["port"] == SSH]
        assert len(ssh) == 1
        assert ssh != ["any"]
        assert variables[name]["ansible_user"] == "root"
        assert "-F " in variables[name]["ansible_ssh_common_args"]


def test_no_secret_is_registered_in_clear(graph: Graph) -> None:
    for (typ, name), inputs in graph.mocks.inputs.items():
        clear = {key: value for key, value in inputs.items() if not rpc.is_rpc_secret(value)}
        if not typ.endswith((":Certificate",)):
            assert "PRIVATE KEY" not in str(clear), (typ, name)
            assert "secret " not in str(clear), (typ, name)


def test_exports(graph: Graph) -> None:
    assert set(graph.exports) == {
        "address",
        "authority",
        "entrance",
        "flavours",
        "inventory",
        "project",
        "records",
        "secrets",
        "ssh",
        "summary",
    }


def test_an_existing_network_and_jump_host_are_used(make_graph) -> None:
    key = "ssh-ed25519 " + "A" * 68
    graph = make_graph(
        network={"network": "site-network", "subnet": "site-subnet"},
        operators=(),
        jump={"address": "192.0.2.7", "inside": "10.90.16.5", "user": "ops", "host_key": key},
    )
    kinds = Counter(typ for typ, _ in graph.options)
    assert not {kind for kind in kinds if kind.endswith((":Router", ":Subnet", "/network:Network"))}
    assert set(graph.of_kind(INSTANCE)) == {*HOSTS}
    assert {port["networkId"] for port in graph.of_kind(PORT).values()} == {"id-of-site-network"}
    files = graph.mocks.inputs[CONVERGE]["ssh"]["value"]
    assert "User ops" in files["config"]
    assert f"jump {key}\n" in files["known_hosts"]


def test_on_a_provider_network_no_address_floats(make_graph) -> None:
    graph = make_graph(provider_network="dmz")
    assert not graph.of_kind(ADDRESS)
    outside = {name for name, port in graph.of_kind(PORT).items() if port["networkId"] == "id-of-dmz"}
    assert outside == {"core-public", "jump-public"}


def test_dns_has_every_public_name(make_graph) -> None:
    graph = make_graph(dns_zone="sepp.site.example")
    records = graph.of_kind("openstack:dns/recordSet:RecordSet")
    assert set(records) == set(graph.deployment.public_names)
    assert {inputs["name"] for inputs in records.values()} == {f"{name}." for name in records}
    assert "records" not in graph.exports


def test_without_a_zone_the_records_to_make_are_told(graph: Graph) -> None:
    records = graph.exported("records")
    assert set(records) == set(graph.deployment.public_names)
    assert set(records.values()) == {graph.exported("entrance")}


def test_adopted_volumes_and_addresses_are_imported(make_graph) -> None:
    graph = make_graph(adopt={"planck-persistent": "v1", "entrance": "a1"})
    imported = {(typ, name): opts.import_ for (typ, name), opts in graph.options.items() if opts.import_}
    assert imported == {(VOLUME, "planck-persistent"): "v1", (ADDRESS, "entrance"): "a1"}


def test_a_repository_on_a_volume_is_attached_and_not_managed(make_graph) -> None:
    graph = make_graph(repositories={"planck": "planck-archive"})
    assert graph.of_kind(ATTACHMENT)["planck-source"]["volumeId"] == "id-of-planck-archive"
    assert "planck-source" not in graph.of_kind(VOLUME)


def test_a_second_mission_changes_nothing_of_the_first(planck, make_mission, make_platform, monkeypatch) -> None:
    def registered(*missions: Any) -> Graph:
        platform = make_platform(
            domain="sepp.site.example", port=443, missions=tuple(m.mission for m in missions), openstack=OPENSTACK
        )
        return register(plan(platform, missions, name="demo", target="openstack"), monkeypatch)

    one, two = registered(planck), registered(planck, make_mission(mission="gaia"))
    for (typ, name), inputs in one.mocks.inputs.items():
        if typ.startswith("openstack:"):
            assert two.mocks.inputs[typ, name] == inputs, (typ, name)


def test_the_example_is_registered(monkeypatch) -> None:
    platform, missions = load(ROOT / "stacks/openstack/Pulumi.example.yaml", ROOT / "mission_configs")
    project = cloud(volumes=named("gssc-archive", "jwst-archive"), images=named("debian-13-genericcloud"))
    graph = register(plan(platform, missions, name="example", target="openstack"), monkeypatch, project)
    assert len(graph.of_kind(INSTANCE)) == 8
    assert graph.of_kind(VOLUME)["jwst-scratch"]["size"] == 20 * 1024


@pytest.mark.parametrize("count", [1, 10, 30])
def test_platforms_grow_linearly(count, tmp_path, make_platform, monkeypatch) -> None:
    names = write_missions(tmp_path, count)
    config = {"sepp:domain": "sepp.site.example", "sepp:missions": names, "sepp:openstack": OPENSTACK}
    (tmp_path / "Pulumi.many.yaml").write_text(json.dumps({"config": config}))
    platform, missions = load(tmp_path / "Pulumi.many.yaml", tmp_path)
    graph = register(plan(platform, missions, name="many", target="openstack"), monkeypatch)
    assert len(graph.of_kind(INSTANCE)) == 2 + 2 * count
    assert len(graph.of_kind(VOLUME)) == 1 + 6 * count
    open_to = {rule.get("remoteIpPrefix") for rule in graph.of_kind(RULE).values() if rule["direction"] == "ingress"}
    assert open_to == {None, ANYWHERE, "192.0.2.0/24"}
