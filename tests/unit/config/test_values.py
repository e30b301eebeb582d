"""Scalars without quotes: YAML 1.2's core schema, and every trap by its name."""

import pytest

from sepp.config.tree import Scalar
from sepp.config.values import read


def plain(text: str) -> object:
    return read(Scalar(1, 1, text=text))


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("False", False), ("TRUE", True), ("0", 0), ("-7", -7), ("+3", 3), ("8443", 8443)]
    + [("1.5", 1.5), (".5", 0.5), ("planck", "planck"), ("8 GiB", "8 GiB"), ("1.2.3", "1.2.3"), ("-", "-")]
    + [("10.0.0.1", "10.0.0.1"), ("northern", "northern"), ("e3", "e3"), ("0.1", 0.1), ("v1e3", "v1e3"), ("nay", "nay")],
)  # fmt: skip
def test_plain_values(text: str, value: object):
    read_value = plain(text)
    assert read_value == value
    assert type(read_value) is type(value)


@pytest.mark.parametrize(
    "text",
    ["y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "ON", "off", "Off", "~", "null", "Null", "NULL"]
    + ["010", "0o17", "0O17", "-017", "0x1f", "0b11", "1e3", "1E3", "1.5e-3", ".5e3", "-1e3", "1_000", "12:30", "1:30:00"]
    + ["2026-11-23", "2026-1-2", "2026-11-23T10:00:00Z", ".inf", "-.Inf", ".nan", ".NaN", "=", "9" * 16, "x" * 5000],
)  # fmt: skip
def test_traps(text: str):
    with pytest.raises(ValueError) as raised:
        plain(text)
    assert str(raised.value)


@pytest.mark.parametrize("text", ["NO", "1e3", "010", "~", "", "true", "2026-11-23", "="])
def test_quotes_make_text(text: str):
    assert read(Scalar(1, 1, text=text, plain=False)) == text
