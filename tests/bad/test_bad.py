"""Each folder here is a broken configuration with the exact words that its author gets.

A folder holds mission files, stack files `Pulumi.*.yaml`, or `args.txt` with the names of files that are asked for.
`BAD_WRITE=1 pytest tests/bad` writes the expected messages anew: read the difference before you commit it.
"""

import os
from pathlib import Path

import pytest

from sepp.config.load import ConfigErrors, check

HERE = Path(__file__).parent
CASES = sorted(path for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__")


def test_there_are_many_cases():
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad(case: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(case)
    arguments = case / "args.txt"
    names = arguments.read_text().split() if arguments.exists() else [path.name for path in sorted(case.glob("*.y*ml"))]
    paths = [Path(name) for name in names]
    with pytest.raises(ConfigErrors) as raised:
        check(
            [path for path in paths if path.name.startswith("Pulumi.")],
            [path for path in paths if not path.name.startswith("Pulumi.")],
            Path(),
        )
    text = str(raised.value) + "\n"
    expected = case / "expected.txt"
    if os.environ.get("BAD_WRITE"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
    for word in ("Traceback", "pydantic", "Input should", "value_error"):
        assert word not in text
