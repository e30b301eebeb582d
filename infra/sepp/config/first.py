"""A mission's first file: short, commented, and right as it stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from sepp.config.fields import flow
from sepp.config.mission import Scenarios

SCENARIOS = tuple(Scenarios.model_fields)


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What has to be known of a mission; `scenarios` are those that it wants, `group` is that of its own people."""

    name: str
    title: str
    use_case: str
    team: str
    group: str
    directory: str
    scenarios: frozenset[str]


def first_file(answers: Answers) -> str:
    """Write a mission's first file."""
    sections = (_head, _actors, _storage, _interactive, _legacy, _pipelines, _vo, _store, _portal)
    return "\n\n".join(text for section in sections if (text := "\n".join(section(answers)))) + "\n"


def _head(answers: Answers) -> Iterator[str]:
    adoption = {name: "follower" if name in answers.scenarios else "observer" for name in SCENARIOS}
    yield "# yaml-language-server: $schema=../infra/sepp/config/mission.schema.json"
    yield f"mission: {answers.name}"
    yield f"title: {flow(answers.title)}"
    yield f"use_case: {flow(answers.use_case)}"
    yield f"contact: {flow({'team': answers.team})}"
    yield "# How the mission stands to each scenario: early, follower, observer or unknown."
    yield f"adoption: {flow(adoption)}"


def _actors(answers: Answers) -> Iterator[str]:
    scenarios = answers.scenarios
    rights = {"submit": {"EP", "PD"}, "develop": {"PD"}, "publish": {"SA"}}
    may = [right for right, needed in rights.items() if needed & scenarios]
    if not scenarios:
        return
    yield "# Classes of users. One user of a class may use at the same time what `limits` says."
    yield "actors:"
    yield "  team:"
    yield "    description: The mission's own scientists"
    yield f"    groups: {flow([answers.group])}"
    if "SA" in scenarios:
        yield "    reads: [all]"
    if may:
        yield f"    may: {flow(may)}"
    yield "    limits: {cpu: 4, memory: 16 GiB}"
    yield "  public:"
    yield "    description: Everybody who can sign in"
    yield "    groups: [everyone]"
    if "SA" in scenarios:
        yield "    reads: [products]"
    yield "    limits: {cpu: 1, memory: 2 GiB}"


def _storage(answers: Answers) -> Iterator[str]:
    if "SA" not in answers.scenarios:
        return
    yield "storage:"
    yield "  repository:"
    yield "    # The data stay where they are; users only read them."
    yield f"    source: {flow({'directory': answers.directory})}"
    yield "    # Rights are granted to collections, each a folder below the source."
    yield "    collections:"
    yield "      products: {path: products, description: Products that everybody may read}"
    yield "      internal: {path: internal, description: Products that only the mission's team may read}"
    yield "  # Quotas are for each user."
    yield "  persistent: {quota: 50 GiB}"
    yield "  scratch: {quota: 200 GiB, purge_after: 30 d}"
    yield "  public: {quota: 10 GiB}"
    yield "  # Folders in which the members of groups work together:"
    yield "  # shares:"
    yield f"  #   papers: {flow({'groups': [answers.group], 'quota': '100 GiB'})}"


def _interactive(answers: Answers) -> Iterator[str]:
    if "IA" in answers.scenarios:
        yield "interactive:"
        yield "  # Of python, r, octave and gdl."
        yield "  kernels: [python]"
        yield "  packages:"
        yield "    python: [astropy, matplotlib]"
        yield "  desktop: [topcat]"
        yield "  # A folder of notebooks beside this file, shown on first start:"
        yield f"  # examples: examples/{answers.name}"


def _legacy(answers: Answers) -> Iterator[str]:
    if "WL" in answers.scenarios:
        yield "# Each thread is an environment that is started in the browser, from packages of Debian."
        yield "legacy:"
        yield "  threads:"
        yield "    gdl:"
        yield "      title: GNU Data Language, for procedures written in IDL"
        yield "      packages: [gnudatalanguage, xterm]"
        yield "      command: xterm -e gdl"


def _pipelines(answers: Answers) -> Iterator[str]:
    if {"EP", "PD"} & answers.scenarios:
        yield "pipelines:"
        yield "  # Pools of compute; cpu and memory are those of one node."
        yield "  partitions:"
        yield "    batch: {nodes: 1, cpu: 8, memory: 32 GiB, time_limit: 1 d}"
        if "PD" in answers.scenarios:
            yield "  development: true"


def _vo(answers: Answers) -> Iterator[str]:
    if "VO" in answers.scenarios:
        yield "vo:"
        yield f"  authority: {answers.name}.sepp.example"
        yield "  publishes: [products]"
        yield "  protocols: [tap]"


def _store(answers: Answers) -> Iterator[str]:
    if "ST" in answers.scenarios:
        yield "store:"
        yield f"  reviewers: {flow([answers.group])}"


def _portal(answers: Answers) -> Iterator[str]:
    yield "portal:"
    yield "  # What visitors read before they sign in."
    yield f"  summary: {flow(f'{answers.title}, where the data are.')}"
    yield "  # A folder of Markdown pages beside this file, one a question:"
    yield f"  # faq: faq/{answers.name}"
