"""The adoption matrix: how each mission stands to each scenario."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sepp.config.mission import Adoption, Mission, Scenarios

SCENARIOS = tuple(Scenarios.model_fields)
"""The seven scenarios, in their order of delivery."""

LETTERS: Mapping[Adoption, str] = {"early": "E", "follower": "F", "observer": "O", "unknown": "?"}
"""How an adoption is written in a cell."""

LEGEND: Mapping[Adoption, str] = {
    "early": "early adopter: among the first to get it",
    "follower": "follower: after good feedback from early adopters",
    "observer": "observer: no clear need today",
    "unknown": "not known",
}
"""What an adoption means."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A mission's line of the matrix; `adoption` gives the stand by scenario."""

    mission: str
    use_case: str
    title: str
    adoption: Mapping[str, Adoption]


def adoption(missions: Iterable[Mission]) -> tuple[Row, ...]:
    """Make the matrix, one row a mission, in the order given."""
    return tuple(
        Row(
            mission=mission.mission,
            use_case=mission.use_case,
            title=mission.title,
            adoption=mission.adoption.model_dump(),
        )
        for mission in missions
    )


def markdown(rows: Iterable[Row]) -> str:
    """Write the matrix as a table of Markdown, with its legend."""
    head = ["use case", "what it is", *SCENARIOS]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for row in rows:
        cells = [row.use_case, row.title.replace("|", "\\|"), *(LETTERS[row.adoption[name]] for name in SCENARIOS)]
        lines.append(f"| {' | '.join(cells)} |")
    legend = "; ".join(f"{LETTERS[name]} {meaning}" for name, meaning in LEGEND.items())
    return "\n".join([*lines, "", f"{legend}.", ""])
