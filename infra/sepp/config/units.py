"""Sizes and durations as people write them: `200 GiB`, `30 d`."""

import re
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_SIZE_UNITS = {"B": 1} | {f"{p}iB": 1024**n for n, p in enumerate("KMGTP", start=1)}
_DURATION_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


def _parse(text: object, units: dict[str, int], what: str, example: str) -> int:
    if isinstance(text, int) and not isinstance(text, bool):
        raise ValueError(f"a {what} needs a unit ({', '.join(units)}), like '{example}'")
    match = re.fullmatch(r"(\d{1,12}) ?([A-Za-z]+)", text) if isinstance(text, str) else None
    if match is None or match[2] not in units:
        raise ValueError(
            f"not a {what}: write a whole number and a unit ({', '.join(units)}), like '{example}'"
        )
    value = int(match[1]) * units[match[2]]
    if value == 0:
        raise ValueError(f"a {what} must be more than zero")
    return value


def _format(value: int, units: dict[str, int]) -> str:
    unit, factor = max(((u, f) for u, f in units.items() if value % f == 0), key=lambda item: item[1])
    return f"{value // factor} {unit}"


def format_size(size: int) -> str:
    """Write a size in bytes with the largest unit that divides it: 2147483648 -> '2 GiB'."""
    return _format(size, _SIZE_UNITS)


def format_duration(duration: int) -> str:
    """Write a duration in seconds with the largest unit that divides it: 86400 -> '1 d'."""
    return _format(duration, _DURATION_UNITS)


def parse_size(text: object) -> int:
    """Read a size like '200 GiB' as bytes; ValueError says how to write it."""
    return _parse(text, _SIZE_UNITS, "size", "200 GiB")


def parse_duration(text: object) -> int:
    """Read a duration like '30 d' as seconds; ValueError says how to write it."""
    return _parse(text, _DURATION_UNITS, "duration", "30 d")


Size = Annotated[
    int,
    BeforeValidator(parse_size),
    PlainSerializer(format_size),
    WithJsonSchema(
        {"type": "string", "pattern": r"^\d{1,12} ?(B|KiB|MiB|GiB|TiB|PiB)$", "examples": ["200 GiB"]}
    ),
]
"""A size in bytes, written like '200 GiB'."""

Duration = Annotated[
    int,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,12} ?(s|min|h|d)$", "examples": ["30 d"]}),
]
"""A duration in seconds, written like '30 d'."""
