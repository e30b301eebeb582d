"""Writes what the guide shows of the example platform: its picture, and the table of what the program registers.

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
from sepp.targets.openstack import settings_of
from sepp.targets.openstack.cloud import Flavour
from sepp.targets.openstack.flavours import sizes
from sepp.targets.openstack.needs import WORDS, needs
from tests.cloud import cloud, named
from tests.graph import Graph, register

EXAMPLE = "openstack/example"
PICTURE = "docs/images/openstack-example.svg"
PAGE = "docs/reference/openstack.md"
MOST_NAMES = 20


def page(graph: Graph, flavours: dict[str, Flavour]) -> str:
    """Describe what a platform consists of in the cloud, and what it takes of the project's quotas, as Markdown."""
    deployment = graph.deployment
    missions = ", ".join(mission.mission for mission in deployment.missions)
    return "\n".join(
        [
            "# A platform on OpenStack, resource by resource",
            "",
            f"What `stacks/openstack/Pulumi.{deployment.name}.yaml` ({missions}) makes in a project. Made from the",
            "program by `make docs`.",
            "",
            f"![The platform's areas, hosts and connections](../{PICTURE.removeprefix('docs/')})",
            "",
            "| resource | number | names | kept by `destroy` |",
            "|---|---|---|---|",
            *_rows(graph),
            "",
            "## What it takes of the project's quotas",
            "Cores and memory are what the hosts need; flavours may have more.",
            "",
            "| quota | platform |",
            "|---|---|",
            *(
                f"| {WORDS[name]} | {number} |"
                for name, number in needs(deployment, settings_of(deployment), flavours).items()
            ),
            "",
        ]
    )


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


def main() -> None:
    """Write the picture and the page."""
    deployment = deployment_of(EXAMPLE)
    settings, flavours = settings_of(deployment), flavours_of(deployment)
    project = cloud(images=named(settings.image), volumes=named(*settings.repositories.values()))
    with pytest.MonkeyPatch.context() as patch:
        graph = register(deployment, patch, project, flavours=flavours)
    (ROOT / PICTURE).write_text(diagram(deployment), encoding="utf-8")
    (ROOT / PAGE).write_text(page(graph, flavours), encoding="utf-8")


if __name__ == "__main__":
    main()
