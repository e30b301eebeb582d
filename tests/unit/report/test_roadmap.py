from pathlib import Path

import pytest

from sepp.config.load import load_mission
from sepp.config.mission import Scenarios
from sepp.report import adoption, roadmap

CONFIGS = Path(__file__).parents[3] / "mission_configs"


@pytest.fixture(scope="module")
def missions():
    return tuple(load_mission(path) for path in sorted(CONFIGS.glob("*.yaml")))


def test_every_scenario_is_on_the_roadmap():
    assert tuple(roadmap.SCENARIOS) == tuple(Scenarios.model_fields) == adoption.SCENARIOS


def test_planned_dates_are_those_of_sepp(missions):
    steps = roadmap.roadmap(missions, frozenset({"SA", "core"}))
    assert [(step.scenario, step.planned) for step in steps] == [
        ("SA", "2019 Q4"),
        ("IA", "2019 Q4"),
        ("WL", "2019 Q4"),
        ("EP", "2020 Q2"),
        ("PD", "2020 Q2"),
        ("VO", "2020"),
        ("ST", "2020 Q4"),
    ]
    assert [step.scenario for step in steps if step.delivered] == ["SA"]


def test_first_adopters_are_those_of_sepp(missions):
    steps = {step.scenario: step for step in roadmap.roadmap(missions, frozenset())}
    assert steps["SA"].early == ("gssc", "jwst", "planck")
    assert steps["VO"].early == ("euclid",)
    assert steps["ST"].early == steps["ST"].followers == ()


def test_every_mission_stands_somewhere_or_is_unknown(missions):
    for step in roadmap.roadmap(missions, frozenset()):
        unknown = {m.mission for m in missions if getattr(m.adoption, step.scenario) == "unknown"}
        named = [*step.early, *step.followers, *step.observers]
        assert sorted([*named, *unknown]) == sorted(m.mission for m in missions)


def test_matrix_has_a_row_for_each_use_case(missions):
    rows = adoption.adoption(missions)
    assert len(rows) == 14
    planck = next(row for row in rows if row.use_case == "PLA-CRA")
    assert "".join(adoption.LETTERS[planck.adoption[name]] for name in adoption.SCENARIOS) == "EEOFFFO"


def test_markdown_is_a_whole_table(missions):
    table = adoption.markdown(adoption.adoption(missions)).split("\n\n")[0].splitlines()
    assert len(table) == 16
    assert {line.count("|") for line in table} == {10}


def test_a_bar_in_a_title_stays_in_its_cell(planck):
    row = adoption.adoption([planck.model_copy(update={"title": "a|b"})])
    assert "a\\|b" in adoption.markdown(row)


def test_roadmap_as_markdown(missions):
    table = roadmap.markdown(roadmap.roadmap(missions, frozenset({"SA"}))).splitlines()
    assert table[2].startswith("| SA Storage Area | 2019 Q4 | yes | gssc, jwst, planck |")
    assert {line.count("|") for line in table} == {6}
