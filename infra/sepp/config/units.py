"""Sizes and durations as people write them: `200 GiB`, `30 d`."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

MIB = 1024**2
GIB = 1024**3


@dataclass(frozen=True, kw_only=True)
class _Quantity:
    """A kind of quantity: its units (in the smallest one), what people write for them by mistake, its limit."""

    what: str
    units: dict[str, int]
    aliases: dict[str, str]
    limit: str
    example: str

    def parse(self, text: object) -> int:
        """Read a quantity; ValueError says what to write."""
        units = ", ".join(self.units)
        if isinstance(text, int) and not isinstance(text, bool):
            raise ValueError(f"a {self.what} needs a unit ({units}), like '{self.example}'")
        match = re.fullmatch(r"(\d{1,12})(\.\d{1,6})? ?([A-Za-z]+)", text) if isinstance(text, str) else None
        if match is None:
            shown = f"'{text[:40]}' is" if isinstance(text, str) else "this is"
            raise ValueError(
                f"{shown} not a {self.what}: write a whole number and a unit ({units}), like '{self.example}'"
            )
        return self._value(match[1], match[2], match[3])

    def _value(self, whole: str, fraction: str | None, written: str) -> int:
        unit = written if written in self.units else self.aliases.get(written.lower())
        if unit is None:
            raise ValueError(f"unknown unit '{written}': a {self.what} is in {', '.join(self.units)}")
        if unit != written and unit not in self.units:
            number = int(whole)
            raise ValueError(unit.format(n=number, weeks=7 * number, months=30 * number, years=365 * number))
        if fraction:
            smaller = self.format(round(float(whole + fraction) * self.units[unit]))
            raise ValueError(f"a {self.what} is a whole number and a unit: write '{smaller}'")
        if unit != written:
            raise ValueError(f"unknown unit '{written}': write '{whole} {unit}'")
        value = int(whole) * self.units[unit]
        if value == 0:
            raise ValueError(f"a {self.what} must be more than zero")
        if value > self.parse_limit():
            raise ValueError(f"a {self.what} of more than {self.limit} cannot be meant")
        return value

    def parse_limit(self) -> int:
        """Return the largest value that is believed."""
        number, _, unit = self.limit.partition(" ")
        return int(number) * self.units[unit]

    def format(self, value: int) -> str:
        """Write a value with the largest unit that divides it."""
        unit, factor = max(((u, f) for u, f in self.units.items() if value % f == 0), key=lambda item: item[1])
        return f"{value // factor} {unit}"


_SIZE = _Quantity(
    what="size",
    units={"B": 1} | {f"{p}iB": 1024**n for n, p in enumerate("KMGTP", start=1)},
    aliases={f"{p}{end}": f"{p.upper()}iB" for p in "kmgtp" for end in ("", "b", "ib")} | {"bytes": "B", "byte": "B"},
    limit="1024 PiB",
    example="200 GiB",
)
_DURATION = _Quantity(
    what="duration",
    units={"s": 1, "min": 60, "h": 3600, "d": 86400},
    aliases={
        **dict.fromkeys(("sec", "secs", "second", "seconds"), "s"),
        **dict.fromkeys(("mins", "minute", "minutes"), "min"),
        **dict.fromkeys(("hr", "hrs", "hour", "hours"), "h"),
        **dict.fromkeys(("day", "days"), "d"),
        **dict.fromkeys(("w", "week", "weeks"), "a duration has no weeks: write '{weeks} d'"),
        **dict.fromkeys(("month", "months"), "a month has no fixed length: write days, like '{months} d'"),
        **dict.fromkeys(("y", "year", "years"), "a year has no fixed length: write days, like '{years} d'"),
        "m": "'m' may mean minutes or months: write '{n} min' or '{months} d'",
    },
    limit="36500 d",
    example="30 d",
)


def format_size(size: int) -> str:
    """Write a size in bytes with the largest unit that divides it: 2147483648 -> '2 GiB'."""
    return _SIZE.format(size)


def format_duration(duration: int) -> str:
    """Write a duration in seconds with the largest unit that divides it: 86400 -> '1 d'."""
    return _DURATION.format(duration)


def parse_size(text: object) -> int:
    """Read a size like '200 GiB' as bytes; ValueError says how to write it."""
    return _SIZE.parse(text)


def parse_duration(text: object) -> int:
    """Read a duration like '30 d' as seconds; ValueError says how to write it."""
    return _DURATION.parse(text)


Size = Annotated[
    int,
    BeforeValidator(parse_size),
    PlainSerializer(format_size),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,12} ?(B|KiB|MiB|GiB|TiB|PiB)$", "examples": ["200 GiB"]}),
]
"""A size in bytes, written like '200 GiB'."""

Duration = Annotated[
    int,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,12} ?(s|min|h|d)$", "examples": ["30 d"]}),
]
"""A duration in seconds, written like '30 d'."""
