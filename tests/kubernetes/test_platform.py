"""A real API server judges what the program registers."""

import json
from pathlib import Path
from typing import Any

import pytest

from sepp.config.load import load
from sepp.engine.paths import ROOT
from sepp.plan import plan
from tests.cluster import GATEWAY
from tests.generate import write_missions
from tests.graph import register_in_cluster
from tests.kubernetes.making import make


def holds(part: Any, whole: Any) -> bool:
    """Tell whether everything of a manifest is in another, with the same values."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and holds(part[key], whole[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and len(part) == len(whole) and all(map(holds, part, whole))
    return part == whole


@pytest.mark.parametrize(
    ("port", "changes"),
    [
        (443, {}),
        (30443, {"entrance": {"kind": "node_port"}, "prefix": "science"}),
        (
            443,
            {"entrance": {"kind": "ingress", "class_name": "nginx", "secret": "tls"}, "dns": {"address": "10.0.0.9"}},
        ),
        (443, {"entrance": {"issuer": "site"}}),
        (443, {"entrance": GATEWAY}),
        (443, {"storage_class": None, "data_class": None, "access_mode": "ReadWriteOnce"}),
    ],
)
@pytest.mark.usefixtures("gateway", "issuer")
def test_the_cluster_takes_everything_as_it_is_registered(server, register, planck, port, changes):
    """What it keeps is what was said, in the very words: else each `up` would find a difference."""
    name = f"taken-{len(json.dumps(changes))}"
    graph = register(planck, name=name, port=port, **changes)
    for manifest, kept in make(server, graph):
        assert holds(manifest, kept), (manifest, kept)
    before = [kept["metadata"]["resourceVersion"] for _, kept in make(server, graph)]
    assert [kept["metadata"]["resourceVersion"] for _, kept in make(server, graph)] == before


def test_the_example_is_taken(server, monkeypatch):
    platform, missions = load(ROOT / "stacks/kubernetes/Pulumi.example.yaml", ROOT / "mission_configs")
    graph = register_in_cluster(plan(platform, missions, name="example", target="kubernetes"), monkeypatch)
    assert all(holds(manifest, kept) for manifest, kept in make(server, graph))


def test_a_generated_platform_is_taken(server, settings, tmp_path: Path, monkeypatch):
    names = write_missions(tmp_path, 10)
    config = {"sepp:domain": "sepp.site.example", "sepp:missions": names, "sepp:kubernetes": settings}
    (tmp_path / "Pulumi.many.yaml").write_text(json.dumps({"config": config}))
    platform, missions = load(tmp_path / "Pulumi.many.yaml", tmp_path)
    graph = register_in_cluster(plan(platform, missions, name="many", target="kubernetes"), monkeypatch)
    assert all(holds(manifest, kept) for manifest, kept in make(server, graph))
