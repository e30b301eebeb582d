"""Writes what the guide shows of the example platforms: their pictures, and tables of what the programs register.

`python -m tests.resources`, with the graph that the tests look at.
"""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from sepp.cli.common import deployment_of
from sepp.deployment import Deployment
from sepp.engine.events import MADE_OF_OTHERS, words_of
from sepp.engine.paths import ROOT
from sepp.report.diagram import diagram
from sepp.targets import kubernetes
from sepp.targets.kubernetes.names import areas
from sepp.targets.kubernetes.quota import hard
from sepp.targets.openstack import settings_of
from sepp.targets.openstack.cloud import Flavour
from sepp.targets.openstack.flavours import sizes
from sepp.targets.openstack.needs import WORDS, needs
from tests.cloud import cloud, named
from tests.graph import Graph, register, register_in_cluster

MOST_NAMES = 20


def write_openstack() -> None:
    """Write the picture and the page of the example on OpenStack."""
    deployment = deployment_of("openstack/example")
    settings, flavours = settings_of(deployment), flavours_of(deployment)
    project = cloud(images=named(settings.image), volumes=named(*settings.repositories.values()))
    with pytest.MonkeyPatch.context() as patch:
        graph = register(deployment, patch, project, flavours=flavours)
    needed = needs(deployment, settings, flavours)
    _write(
        graph,
        "OpenStack",
        "in a project",
        "## What it takes of the project's quotas",
        "Cores and memory are what the hosts need; flavours may have more.",
        "",
        "| quota | platform |",
        "|---|---|",
        *(f"| {WORDS[name]} | {number} |" for name, number in needed.items()),
    )


def write_kubernetes() -> None:
    """Write the picture and the page of the example on Kubernetes."""
    deployment = deployment_of("kubernetes/example")
    with pytest.MonkeyPatch.context() as patch:
        graph = register_in_cluster(deployment, patch)
    settings = kubernetes.settings_of(deployment)
    quotas = {area: hard(deployment, settings, area) for area in areas(deployment)}
    _write(
        graph,
        "Kubernetes",
        "in a cluster",
        "## What its namespaces may use of the cluster",
        "With room for one service that is renewed, and so there twice for a while.",
        "",
        "| quota | " + " | ".join(quotas) + " |",
        "|---" * (len(quotas) + 1) + "|",
        *(f"| {name} | " + " | ".join(quota[name] for quota in quotas.values()) + " |" for name in quotas["core"]),
    )


def _write(graph: Graph, title: str, place: str, *more: str) -> None:
    """Write the picture of a platform and the page, in Markdown, of what it consists of, with `more` at its end."""
    deployment = graph.deployment
    missions = ", ".join(mission.mission for mission in deployment.missions)
    picture = f"images/{deployment.target}-{deployment.name}.svg"
    lines = [
        f"# A platform on {title}, resource by resource",
        "",
        f"What `stacks/{deployment.target}/Pulumi.{deployment.name}.yaml` ({missions}) makes {place}. Made from the",
        "program by `make docs`.",
        "",
        f"![The platform's areas, hosts and connections](../{picture})",
        "",
        "| resource | number | names | kept by `destroy` |",
        "|---|---|---|---|",
        *_rows(graph),
        "",
        *more,
        "",
    ]
    (ROOT / "docs" / picture).write_text(diagram(deployment), encoding="utf-8")
    (ROOT / "docs/reference" / f"{deployment.target}.md").write_text("\n".join(lines), encoding="utf-8")


def _rows(graph: Graph) -> Iterator[str]:
    names: dict[str, list[str]] = defaultdict(list)
    for kind, name in graph.mocks.inputs:
        if not kind.startswith(MADE_OF_OTHERS):
            names[kind].append(name)
    for kind in sorted(names, key=words_of):
        found = sorted(names[kind])
        shown = ", ".join(found) if len(found) <= MOST_NAMES else "one for each connection of the plan"
        kept = "yes" if all(graph.options[kind, name].protect for name in found) else ""
        yield f"| {words_of(kind)} | {len(found)} | {shown} | {kept} |"


def flavours_of(deployment: Deployment) -> dict[str, Flavour]:
    """Return flavours of exactly the sizes that servers need."""
    wanted = sizes(deployment, settings_of(deployment))
    return {name: Flavour(id=name, name=name, cpu=cpu, memory=memory, disk=0) for name, (cpu, memory) in wanted.items()}


if __name__ == "__main__":
    write_openstack()
    write_kubernetes()
