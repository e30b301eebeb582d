"""The mission files of the checkout against the table of the source document (mission/sepp.md)."""

from pathlib import Path

import pytest

from sepp.config.load import load, load_mission
from sepp.config.mission import Mission

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "mission_configs"
SCENARIOS = ("SA", "IA", "WL", "EP", "PD", "VO", "ST")
LETTERS = {"E": "early", "F": "follower", "O": "observer", "?": "unknown"}

# File, id of the use case, letters of SA IA WL EP PD VO ST; a letter with ? is hard to read in the source.
TABLE = """
planck        PLA-CRA    E E  O  F  F  F? O
bepicolombo   BPC-IPSE   F F  F  F  F  ?  O
euclid        EUC-CRA    F O  F  F  F? E  O
xmm-newton    XMM-SPCA   F O  F  F  O  O  O
gssc          GSSC-CRA   E E  O  O? E  O  O
plato         PLT-PFIA   F F  O  O? F  O  O
exoplanets    EXO-MARA   F F  O? O  O  O  O
jwst          JWST-WS    E E  O  E  E  F  O
gaia-ide      GAIA-IDE   F F? O  O  O  F  O
gaia-sop      GAIA-SOP   F O  O  F  F  F  O
gaia-svop     GAIA-SVOP  F O  O  F  F  F  O
legacy-otfi   OTFI       ? O  E  O  O  O  O
esdc-crl      ESDC-CRL   F F  O  F  F  F  O
integral      INT-OSAP   O O  O  O  O  O  O
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]


def wants(mission: Mission, scenario: str) -> bool:
    """Whether the file asks for a scenario's services."""
    develops = mission.pipelines is not None and mission.pipelines.development
    return {
        "SA": mission.storage is not None,
        "IA": mission.interactive is not None,
        "WL": mission.legacy is not None,
        "EP": mission.pipelines is not None,
        "PD": develops,
        "VO": mission.vo is not None,
        "ST": mission.store is not None,
    }[scenario]


def test_the_table_names_all_files():
    assert sorted(row[0] for row in ROWS) == sorted(path.stem for path in FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_mission_is_true_to_its_row(row: list[str]):
    name, use_case, *letters = row
    path = FOLDER / f"{name}.yaml"
    mission = load_mission(path)
    text = path.read_text(encoding="utf-8")
    assert mission.mission == name
    assert mission.use_case == use_case
    for scenario, letter in zip(SCENARIOS, letters, strict=True):
        assert getattr(mission.adoption, scenario) == LETTERS[letter[0]], scenario
        if "?" in letter:
            said = "cannot be read here" if letter == "?" else "is hard to read here"
            assert f"# {scenario}: the source document {said}" in text
        # The framework of PD needs a partition to run in, also where EP is not wanted.
        if not (scenario == "EP" and wants(mission, "PD")):
            assert wants(mission, scenario) == (letter[0] in "EF"), scenario


def test_planck_is_short_and_as_agreed():
    path = FOLDER / "planck.yaml"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 60
    mission = load_mission(path)
    assert mission.storage
    assert mission.storage.repository
    assert mission.storage.repository.source.demo == "planck"
    assert list(mission.storage.repository.collections) == ["maps", "simulations"]
    assert mission.actors["collaboration"].reads == ("all",)
    assert mission.actors["public"].reads == ("maps",)
    assert mission.actors["public"].groups == ("everyone",)
    assert mission.actors["public"].limits.memory == 4 * 1024**3


def test_all_on_one_platform(tmp_path: Path):
    names = ", ".join(row[0] for row in ROWS)
    path = tmp_path / "Pulumi.all.yaml"
    path.write_text(f"config:\n  sepp:domain: sepp.localhost\n  sepp:missions: [{names}]\n", encoding="utf-8")
    platform, missions = load(path, FOLDER)
    assert tuple(mission.mission for mission in missions) == platform.missions == tuple(row[0] for row in ROWS)
