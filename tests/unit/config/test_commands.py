"""`sepp check`, `sepp schema` and `sepp new`, as they are typed."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from sepp.cli import check as check_module
from sepp.cli import new as new_module
from sepp.cli.check import check
from sepp.cli.new import new
from sepp.cli.schema import schema
from sepp.config.load import load_mission

GOOD = "mission: demo\ntitle: Demo\nuse_case: DEMO\n"
ANSWERS = ["--title", "Demo: the 'mission' #1", "--team", "Demo team"]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(check_module, "ROOT", tmp_path)
    monkeypatch.setattr(new_module, "ROOT", tmp_path)
    (tmp_path / "mission_configs").mkdir()
    return tmp_path


def run(*arguments: str, typed: str | None = None) -> Result:
    app = typer.Typer()
    for command in (check, new, schema):
        app.command()(command)
    return CliRunner().invoke(app, arguments, input=typed)


def test_check_of_all(root: Path):
    (root / "mission_configs/demo.yaml").write_text(GOOD)
    (root / "stacks/local").mkdir(parents=True)
    stack = root / "stacks/local/Pulumi.demo.yaml"
    stack.write_text("config:\n  sepp:domain: sepp.localhost\n  sepp:missions: [demo]\n")
    result = run("check")
    assert (result.exit_code, result.output) == (0, "1 mission and 1 platform: all right\n")
    stack.write_text("config:\n  sepp:domain: sepp.localhost\n  sepp:missions: [dmeo]\n")
    result = run("check")
    assert result.exit_code == 2
    assert (
        "stacks/local/Pulumi.demo.yaml:3:19: sepp:missions: unknown mission 'dmeo' (did you mean 'demo'?)"
        in result.output
    )
    assert result.output.endswith("1 error in 1 file\nNext: mend them, then ./sepp check\n")


def test_check_of_one_file(root: Path):
    path = root / "mission_configs/demo.yaml"
    path.write_text(GOOD + "colour: blue\n")
    (root / "mission_configs/other.yaml").write_text("nonsense")
    result = run("check", str(path))
    assert result.exit_code == 2
    assert result.output.startswith("mission_configs/demo.yaml:4:1: unknown key 'colour'")
    assert result.output.endswith("Next: mend them, then ./sepp check mission_configs/demo.yaml\n")


def test_check_as_data(root: Path):
    path = root / "mission_configs/demo.yaml"
    path.write_text(GOOD)
    assert json.loads(run("check", "--json").stdout) == []
    path.write_text(GOOD + "colour: blue\n")
    result = run("check", "--json")
    assert result.exit_code == 2
    (fault,) = json.loads(result.stdout)
    assert (fault["file"], fault["line"], fault["column"]) == ("mission_configs/demo.yaml", 4, 1)
    assert fault["source_line"] == "colour: blue"


@pytest.mark.parametrize("scenarios", ["", "SA", "IA", "VO", "EP", "PD", "WL", "ST", "SA,IA,WL,EP,PD,VO,ST", "ia, vo"])
def test_new_file_passes(root: Path, scenarios: str):
    result = run("new", "demo", *ANSWERS, "--scenarios", scenarios)
    assert result.exit_code == 0, result.output
    assert "Next: " in result.output
    mission = load_mission(root / "mission_configs/demo.yaml")
    assert mission.title == "Demo: the 'mission' #1"
    assert (mission.interactive is not None) == ("ia" in scenarios.lower())
    assert run("check").exit_code == 0


def test_new_overwrites_nothing(root: Path):
    path = root / "mission_configs/demo.yaml"
    path.write_text(GOOD)
    result = run("new", "demo", *ANSWERS)
    assert result.exit_code == 2
    assert path.read_text() == GOOD
    path.unlink()
    path.symlink_to(root / "elsewhere.yaml")
    assert run("new", "demo", *ANSWERS).exit_code == 2
    assert not (root / "elsewhere.yaml").exists()


@pytest.mark.parametrize("name", ["core", "Demo", "demo/../x", "d", "demo-storage", "../demo", ".demo", ""])
def test_new_refuses_bad_names_and_writes_nothing(root: Path, name: str):
    result = run("new", name, *ANSWERS)
    assert result.exit_code == 2
    assert list(root.rglob("*.yaml")) == []


def test_new_without_terminal_wants_options(root: Path):
    result = run("new", "demo", "--title", "Demo")
    assert result.exit_code == 2
    assert "--team" in result.output
    assert list(root.rglob("*.yaml")) == []


def test_new_asks_on_a_terminal(root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(new_module, "_terminal", lambda: True)
    result = run("new", "demo", typed="Demo\n\nDemo team\n\n/srv/demo\nSA,IA,EP\n")
    assert result.exit_code == 0, result.output
    mission = load_mission(root / "mission_configs/demo.yaml")
    assert mission.use_case == "DEMO"
    assert mission.actors["team"].groups == ("demo-team",)
    assert mission.pipelines


def test_new_refuses_unknown_scenarios(root: Path):
    result = run("new", "demo", *ANSWERS, "--scenarios", "SA,XX")
    assert result.exit_code == 2
    assert "XX" in result.output


def test_schema():
    assert json.loads(run("schema", "mission").stdout)["title"] == "SEPP mission file"
    assert json.loads(run("schema", "platform").stdout)["properties"]["config"]
    assert run("schema", "--check").exit_code == 0
    assert run("schema").exit_code == 2


def test_schema_drift_is_seen_and_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sepp.cli.schema.path", lambda kind: tmp_path / f"{kind}.json")
    assert run("schema", "--check").exit_code == 1
    assert run("schema", "--write").exit_code == 0
    assert run("schema", "--check").exit_code == 0
    (tmp_path / "mission.json").write_text("{}")
    result = run("schema", "--check")
    assert result.exit_code == 1
    assert "mission.schema.json is out of date" in result.output
    assert "platform" not in result.output


def test_check_of_a_platform_by_its_name(root: Path):
    (root / "stacks/local").mkdir(parents=True)
    (root / "stacks/local/Pulumi.demo.yaml").write_text("config:\n  sepp:domain: sepp.localhost\n  sepp:mission: []\n")
    result = run("check", "local/demo")
    assert result.exit_code == 2
    assert "sepp:mission" in result.output
    assert result.output.endswith("Next: mend them, then ./sepp check local/demo\n")
