"""Sizes and durations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sepp.config.units import format_duration, format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("1 B", 1), ("2 KiB", 2048), ("200 GiB", 200 * 1024**3), ("1TiB", 1024**4), ("1024 PiB", 1024**6)],
)
def test_sizes(text: str, size: int):
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "duration"), [("1 s", 1), ("5 min", 300), ("2h", 7200), ("30 d", 30 * 86400), ("36500 d", 36500 * 86400)]
)
def test_durations(text: str, duration: int):
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (100, "a size needs a unit (B, KiB, MiB, GiB, TiB, PiB), like '200 GiB'"),
        ("100 GB", "unknown unit 'GB': write '100 GiB'"),
        ("100 gib", "unknown unit 'gib': write '100 GiB'"),
        ("100 Gib", "unknown unit 'Gib': write '100 GiB'"),
        ("100 G", "unknown unit 'G': write '100 GiB'"),
        ("1.5 TiB", "a size is a whole number and a unit: write '1536 GiB'"),
        ("100 parsec", "unknown unit 'parsec': a size is in B, KiB, MiB, GiB, TiB, PiB"),
        ("0 GiB", "a size must be more than zero"),
        ("1025 PiB", "a size of more than 1024 PiB cannot be meant"),
        (
            "-1 GiB",
            "'-1 GiB' is not a size: write a whole number and a unit (B, KiB, MiB, GiB, TiB, PiB), like '200 GiB'",
        ),
        (None, "this is not a size: write a whole number and a unit (B, KiB, MiB, GiB, TiB, PiB), like '200 GiB'"),
        (True, "this is not a size: write a whole number and a unit (B, KiB, MiB, GiB, TiB, PiB), like '200 GiB'"),
    ],
)
def test_wrong_sizes(text: object, message: str):
    with pytest.raises(ValueError) as raised:
        parse_size(text)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (30, "a duration needs a unit (s, min, h, d), like '30 d'"),
        ("30 days", "unknown unit 'days': write '30 d'"),
        ("2 weeks", "a duration has no weeks: write '14 d'"),
        ("2 months", "a month has no fixed length: write days, like '60 d'"),
        ("1 year", "a year has no fixed length: write days, like '365 d'"),
        ("3 m", "'m' may mean minutes or months: write '3 min' or '90 d'"),
        ("1.5 h", "a duration is a whole number and a unit: write '90 min'"),
    ],
)
def test_wrong_durations(text: object, message: str):
    with pytest.raises(ValueError) as raised:
        parse_duration(text)
    assert str(raised.value) == message


@given(st.integers(1, 1024**6))
def test_what_is_written_is_read(size: int):
    assert size >= 10**12 or parse_size(format_size(size)) == size


@given(st.integers(1, 36500 * 86400))
def test_what_is_written_is_read_as_duration(duration: int):
    assert parse_duration(format_duration(duration)) == duration
