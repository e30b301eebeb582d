"""Scalars without quotes: YAML 1.2's core schema, and every trap by its name."""

import pytest

from sepp.config.tree import Scalar
from sepp.config.values import read


def plain(text: str) -> object:
    return read(Scalar(1, 1, text=text))


WORDS = ["y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "ON", "off", "Off", "~", "null", "NULL", "="]
NUMBERS = [
    "010",
    "0o17",
    "0O17",
    "-017",
    "0x1f",
    "0b11",
    "1e3",
    "1E3",
    "1.5e-3",
    ".5e3",
    "-1e3",
    "1_000",
    ".inf",
    ".NaN",
]
TIMES = ["12:30", "1:30:00", "2026-11-23", "2026-1-2", "2026-11-23T10:00:00Z"]
TEXTS = ["planck", "8 GiB", "1.2.3", "-", "10.0.0.1", "northern", "e3", "v1e3", "nay", "=x"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("False", False), ("TRUE", True), ("0", 0), ("-7", -7), ("+3", 3), ("8443", 8443), ("1.5", 1.5)],
)
def test_plain_values(text: str, value: object):
    assert plain(text) == value
    assert type(plain(text)) is type(value)


@pytest.mark.parametrize("text", TEXTS)
def test_plain_texts(text: str):
    assert plain(text) == text


@pytest.mark.parametrize("text", [*WORDS, *NUMBERS, *TIMES, "9" * 16, "x" * 5000])
def test_traps(text: str):
    with pytest.raises(ValueError) as raised:
        plain(text)
    assert str(raised.value)


@pytest.mark.parametrize("text", ["NO", "1e3", "010", "~", "", "true", "2026-11-23", "="])
def test_quotes_make_text(text: str):
    assert read(Scalar(1, 1, text=text, plain=False)) == text
