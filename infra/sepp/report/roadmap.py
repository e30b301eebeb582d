"""The roadmap: each scenario, when it is planned, and which missions wait for it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sepp.config.mission import Mission, Scenarios

SCENARIOS = {
    "SA": ("2019 Q4", "Private, shared and public storage beside the mission's data."),
    "IA": ("2019 Q4", "Notebooks, a terminal and a desktop, where the data is."),
    "WL": ("2019 Q4", "The software of missions that have ended, started in the browser as it was."),
    "EP": ("2020 Q2", "The mission's pipelines and the users' own, on the platform's machines."),
    "PD": ("2020 Q2", "A workbench to write pipelines and to test them."),
    "VO": ("2020", "Data and tables published by the protocols that astronomers' tools speak."),
    "ST": ("2020 Q4", "Find, run and cite the code of others; share your own."),
}
"""When each scenario was planned (by SEPP's own plan) and what it gives, in the order of delivery."""


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """A scenario on the roadmap; the missions are given by name, in the order of their files."""

    scenario: str
    title: str
    summary: str
    planned: str
    delivered: bool
    early: tuple[str, ...]
    followers: tuple[str, ...]
    observers: tuple[str, ...]


def roadmap(missions: Iterable[Mission], delivered: frozenset[str]) -> tuple[Milestone, ...]:
    """Say for each scenario who gets it first, who follows and who looks on; `delivered` names those that work."""
    missions = tuple(missions)

    def names(scenario: str, adoption: str) -> tuple[str, ...]:
        return tuple(mission.mission for mission in missions if getattr(mission.adoption, scenario) == adoption)

    return tuple(
        Milestone(
            scenario=scenario,
            title=Scenarios.model_fields[scenario].title or scenario,
            summary=SCENARIOS[scenario][1],
            planned=SCENARIOS[scenario][0],
            delivered=scenario in delivered,
            early=names(scenario, "early"),
            followers=names(scenario, "follower"),
            observers=names(scenario, "observer"),
        )
        for scenario in SCENARIOS
    )


def markdown(steps: Iterable[Milestone]) -> str:
    """Write the roadmap as a table of Markdown."""
    head = ["scenario", "planned", "here", "early adopters", "followers"]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for step in steps:
        names = (", ".join(step.early), ", ".join(step.followers))
        here = "yes" if step.delivered else "not yet"
        lines.append(f"| {' | '.join([f'{step.scenario} {step.title}', step.planned, here, *names])} |")
    return "\n".join([*lines, ""])
