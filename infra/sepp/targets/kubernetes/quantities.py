"""Numbers as the cluster writes them itself, so that nothing differs but what is another number. Pure."""

import re

_UNITS = ("", "Ki", "Mi", "Gi", "Ti", "Pi")


def cores(count: float) -> str:
    """Write a number of cores: 0.2 -> '200m', 2 -> '2'."""
    thousandths = round(count * 1000)
    return f"{thousandths}m" if thousandths % 1000 else str(thousandths // 1000)


def bytes_of(size: int) -> str:
    """Write a size in bytes with the largest unit that divides it: 2147483648 -> '2Gi'."""
    unit = 0
    while size and size % 1024 == 0 and unit < len(_UNITS) - 1:
        size, unit = size // 1024, unit + 1
    return f"{size}{_UNITS[unit]}"


def parse_cores(text: str) -> float:
    """Read a number of cores as the cluster writes it: '3920m', '4'."""
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)


def parse_bytes(text: str) -> int:
    """Read a number of bytes as the cluster writes it: '2Gi', '500M', '1e3'."""
    match = re.fullmatch(r"([0-9.]+(?:[eE][0-9]+)?)([kKMGTP]?)(i?)", text)
    if match is None:
        raise ValueError(f"'{text}' is no number of bytes")
    number, unit, binary = match.groups()
    return int(float(number) * (1024 if binary else 1000) ** " KMGTP".index(unit.upper() or " "))
