"""The whole graph of a local platform, made with Pulumi's mocks: what is registered, and how it hangs together.

Names and types are what the engine recognises resources by. If one changes, the engine deletes the old resource and
makes a new one: give the new one the option `aliases` with its old name or type, and only then change this test.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

from sepp.plan import plan
from sepp.targets import rotation
from sepp.targets.local.network import NetworkProvider
from sepp.targets.secret import SecretsProvider

GRAPH = {
    ("sepp:local:Authority", "authority"),
    ("sepp:local:Certificate", "directory"),
    ("sepp:local:Certificate", "entrance"),
    ("sepp:local:Converge", "converge"),
    ("sepp:local:Host", "core"),
    ("sepp:local:Host", "planck"),
    ("sepp:local:Host", "planck-storage"),
    ("sepp:local:Image", "base-directory-cas-portal-proxy"),
    ("sepp:local:Image", "base-hub"),
    ("sepp:local:Image", "base-storage"),
    ("sepp:local:Network", "network"),
    ("sepp:local:Secrets", "secrets"),
    ("sepp:local:Volume", "core-directory"),
    ("sepp:local:Volume", "planck-hub"),
    ("sepp:local:Volume", "planck-persistent"),
    ("sepp:local:Volume", "planck-public"),
    ("sepp:local:Volume", "planck-repository"),
    ("sepp:local:Volume", "planck-scratch"),
    ("sepp:local:Volume", "planck-shares"),
}
HOLD_DATA = {"Volume", "Secrets", "Authority"}


class Mocks(pulumi.runtime.Mocks):
    """Answers with what the providers themselves compute, where that needs no machine."""

    def __init__(self) -> None:
        self.inputs: dict[tuple[str, str], dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.inputs[args.typ, args.name] = inputs = dict(args.inputs)
        made: dict[str, Callable[[], dict[str, Any] | None]] = {
            "Network": lambda: NetworkProvider().check({}, inputs).inputs,
            "Secrets": lambda: {
                **SecretsProvider().check({}, inputs).inputs,
                "values": {name: f"secret {name}" for name in inputs["names"]},
            },
            "Authority": lambda: {**inputs, "certificate": "AUTHORITY", "key": "PRIVATE KEY of the authority"},
            "Certificate": lambda: {
                **inputs,
                "certificate": f"CERTIFICATE of {inputs['names']}",
                "key": f"PRIVATE KEY of {args.name}",
            },
            "Image": lambda: {**inputs, "tag": "image:1"},
            "Host": lambda: {**inputs, "instance": f"instance of {args.name}"},
        }
        make = made.get(args.typ.rpartition(":")[2]) if args.typ.startswith("pulumi-python:") else None
        return args.name, (make() if make else None) or inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        raise AssertionError(f"the program asks for {args.token}")


class Graph:
    """What the program registered: inputs, options and exports."""

    def __init__(self) -> None:
        self.mocks = Mocks()
        self.options: dict[tuple[str, str], pulumi.ResourceOptions] = {}
        self.exports: dict[str, Any] = {}

    def note(self, args: pulumi.ResourceTransformationArgs) -> None:
        self.options[args.type_, args.name] = args.opts

    def of_kind(self, kind: str) -> Iterator[tuple[str, pulumi.ResourceOptions]]:
        return ((name, opts) for (typ, name), opts in self.options.items() if typ.rpartition(":")[2] == kind)


def register(deployment, monkeypatch) -> Graph:
    from sepp.targets.local import program

    graph = Graph()
    asyncio.set_event_loop(asyncio.new_event_loop())
    pulumi.runtime.set_mocks(graph.mocks, project="sepp", stack=deployment.name, preview=False)
    monkeypatch.setattr(pulumi, "export", lambda name, value: graph.exports.update({name: value}))

    @pulumi.runtime.test
    def run() -> None:
        pulumi.runtime.register_stack_transformation(graph.note)
        program.deploy(deployment, ())

    run()
    return graph


@pytest.fixture
def graph(planck, make_platform, monkeypatch) -> Graph:
    return register(plan(make_platform(), [planck], name="demo", target="local"), monkeypatch)


def test_names_and_types_are_those_of_the_first_release(graph: Graph) -> None:
    registered = {key for key in graph.options if key[0].startswith("sepp:")}
    assert registered == GRAPH, "give renamed resources the option `aliases`; see the top of this file"
    inner = {(typ, name) for typ, name in graph.options if typ.startswith("pulumi-python:")}
    assert inner == {(f"pulumi-python:dynamic/sepp:{typ.rpartition(':')[2]}", name) for typ, name in GRAPH}


def test_what_holds_data_is_protected_and_retained(graph: Graph) -> None:
    for (typ, name), opts in graph.options.items():
        if typ.startswith("pulumi-python:"):
            holds = typ.rpartition(":")[2] in HOLD_DATA
            assert bool(opts.protect) is holds, name
            assert not holds or opts.retain_on_delete, name


def test_hosts_go_before_what_they_stand_on(graph: Graph) -> None:
    for name, opts in graph.of_kind("Host"):
        if not opts.parent:
            needs = {dependency._name for dependency in opts.depends_on}
            assert "network" in needs, name
    core = graph.options["sepp:local:Host", "core"]
    assert {dependency._name for dependency in core.depends_on} == {"network", "core-directory"}
    hosts = graph.options["sepp:local:Converge", "converge"].depends_on
    assert {host._name for host in hosts} == {"core", "planck", "planck-storage"}


def test_no_secret_is_registered_in_clear(graph: Graph) -> None:
    secrets = [opts.additional_secret_outputs for _, opts in graph.of_kind("Secrets") if opts.parent]
    assert secrets == [["values"]]
    inventory = graph.mocks.inputs["pulumi-python:dynamic/sepp:Converge", "converge"]["inventory"]
    assert rpc.is_rpc_secret(inventory)
    for (typ, name), inputs in graph.mocks.inputs.items():
        if not typ.endswith((":Converge", ":Certificate")):
            assert "PRIVATE KEY" not in str(inputs), (typ, name)


def test_hashes_are_shown_and_hosts_are_known(graph: Graph) -> None:
    inputs = graph.mocks.inputs["pulumi-python:dynamic/sepp:Converge", "converge"]
    assert set(inputs["wanted"]) == {"core", "planck", "planck-storage"}
    assert set(inputs["wanted"]["planck"]) == {"base", "hub"}
    assert inputs["instances"]["core"] == "instance of core"


def test_exports(graph: Graph) -> None:
    assert set(graph.exports) == {"address", "authority", "data", "inventory", "secrets", "summary"}


def test_what_is_asked_for_anew_gets_another_generation(planck, make_platform, monkeypatch) -> None:
    deployment = plan(make_platform(), [planck], name="demo", target="local")
    parts = ("hub-cookie", rotation.of_certificate("entrance"))
    now = datetime(2026, 1, 31, tzinfo=UTC)
    with monkeypatch.context() as context:
        for name, value in rotation.environment(parts, now).items():
            context.setenv(name, value)
        inputs = register(deployment, monkeypatch).mocks.inputs
    assert set(inputs["pulumi-python:dynamic/sepp:Secrets", "secrets"]["rotated"]) == set(parts)
    generations = {
        name: inputs["pulumi-python:dynamic/sepp:Certificate", name].get("generation")
        for name in rotation.certificates(deployment)
    }
    assert generations == {"directory": None, "entrance": now.isoformat()}


def test_a_second_mission_changes_nothing_of_the_first(planck, make_mission, make_platform, monkeypatch) -> None:
    gaia = make_mission(mission="gaia", use_case="GAIA")
    one = register(plan(make_platform(), [planck], name="demo", target="local"), monkeypatch)
    two = register(
        plan(make_platform(missions=("planck", "gaia")), [planck, gaia], name="demo", target="local"), monkeypatch
    )
    for (typ, name), inputs in one.mocks.inputs.items():
        if typ.startswith("pulumi-python:") and name.startswith("planck"):
            assert two.mocks.inputs[typ, name] == inputs, (typ, name)
    converge = "pulumi-python:dynamic/sepp:Converge", "converge"
    wanted_one, wanted_two = one.mocks.inputs[converge]["wanted"], two.mocks.inputs[converge]["wanted"]
    assert set(wanted_two) - set(wanted_one) == {"gaia", "gaia-storage"}
    assert {host: wanted_two[host] for host in ("planck", "planck-storage")} == {
        host: wanted_one[host] for host in ("planck", "planck-storage")
    }


def test_platforms_side_by_side_share_no_name(planck, make_platform, monkeypatch) -> None:
    graphs = [
        register(plan(make_platform(), [planck], name=name, target="local"), monkeypatch) for name in ("demo", "test")
    ]
    hosts = [graph.mocks.inputs["pulumi-python:dynamic/sepp:Host", "core"]["spec"] for graph in graphs]
    assert [spec["platform"] for spec in hosts] == ["demo", "test"]
    folders = [
        {inputs["spec"]["folder"] for (typ, _), inputs in graph.mocks.inputs.items() if typ.endswith("/sepp:Volume")}
        for graph in graphs
    ]
    assert not folders[0] & folders[1]
