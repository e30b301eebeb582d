"""The roadmap: each scenario, when it is planned, and which missions wait for it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sepp.config.mission import Mission, Scenarios

PLANNED = {
    "SA": "2019 Q4",
    "IA": "2019 Q4",
    "WL": "2019 Q4",
    "EP": "2020 Q2",
    "PD": "2020 Q2",
    "VO": "2020",
    "ST": "2020 Q4",
}
"""When each scenario was planned, in the order of delivery (SEPP's own plan)."""


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
            title=field.title or scenario,
            summary=field.description or "",
            planned=PLANNED[scenario],
            delivered=scenario in delivered,
            early=names(scenario, "early"),
            followers=names(scenario, "follower"),
            observers=names(scenario, "observer"),
        )
        for scenario, field in Scenarios.model_fields.items()
    )
