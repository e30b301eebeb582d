"""The JSON Schemas and the generated pages: current, valid, and of one mind with the loader."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from sepp.config.reference import pages
from sepp.config.schema import KINDS, Kind, path, schema, text

ROOT = Path(__file__).parents[3]
COMMITTED = subprocess.run(
    ["git", "ls-files", "mission_configs/*.yaml", "stacks/*/Pulumi.*.yaml"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.split()
FILES = [("platform" if name.startswith("stacks/") else "mission", ROOT / name) for name in COMMITTED]


@pytest.mark.parametrize("kind", KINDS)
def test_committed_schema_is_current(kind: Kind):
    assert path(kind).read_text(encoding="utf-8") == text(kind), "Next: ./sepp schema --write"


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_reference_is_current(page: Path):
    assert page.read_text(encoding="utf-8") == pages()[page], "Next: make docs"


@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_one(kind: Kind):
    jsonschema.Draft202012Validator.check_schema(schema(kind))
    assert '"null"' not in text(kind)


@pytest.mark.parametrize(("kind", "file"), FILES, ids=lambda value: getattr(value, "name", value))
def test_files_fit_their_schema(kind: Kind, file: Path):
    jsonschema.validate(yaml.safe_load(file.read_text(encoding="utf-8")), schema(kind))


@pytest.mark.parametrize(("kind", "file"), FILES, ids=lambda value: getattr(value, "name", value))
def test_files_start_with_the_modeline(kind: Kind, file: Path):
    head, _, place = file.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")
    assert head == "# yaml-language-server: "
    assert (file.parent / place).resolve() == path(kind)


def test_defaults_read_as_people_write_them():
    made = schema("mission")["$defs"]
    assert made["Limits"]["properties"]["memory"]["default"] == "4 GiB"
    assert made["Scratch"]["properties"]["purge_after"]["default"] == "30 d"
    assert "default" not in made["Storage"]["properties"]["scratch"]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("mission", {"colour": "blue"}),
        ("mission", {"mission": "Planck"}),
        ("mission", {"actors": {"team": {"groups": []}}}),
        ("mission", {"actors": {"Team": {"groups": ["team"]}}}),
        ("mission", {"storage": {"persistent": {"quota": "10 GB"}}}),
        ("mission", {"storage": None}),
        ("mission", {"interactive": {"kernels": ["python", "python"]}}),
        ("platform", {"config": {"sepp:domian": "a.b"}}),
        ("platform", {"config": {"sepp:domain": "a.b", "sepp:missions": []}}),
    ],
)
def test_schema_refuses_what_the_loader_refuses(kind: Kind, change: dict[str, Any]):
    good = {"mission": "demo", "title": "Demo", "use_case": "DEMO"} if kind == "mission" else {}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(json.dumps(good | change)), schema(kind))


def test_stack_files_may_hold_what_is_others():
    settings = {"sepp:domain": "a.b", "sepp:missions": ["demo"], "pulumi:disable-default-providers": ["*"]}
    jsonschema.validate({"encryptionsalt": "v1:x", "config": settings}, schema("platform"))
