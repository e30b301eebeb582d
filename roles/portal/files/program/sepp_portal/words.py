"""Facts in the words of people."""

from collections.abc import Callable
from datetime import UTC, datetime

UNAVAILABLE = "The directory of users does not answer at the moment. Please try again in a few minutes."

TIERS = {
    "persistent": ("Home", "/home/<you>", "Private, and kept: scripts, code and results."),
    "scratch": ("Scratch", "/scratch/<you>", "Private and large, for intermediate files; cleared by age."),
    "public": ("Public", "/public/<you>", "What you put here, everybody can read on the web."),
}
"""Title, path and purpose of each tier."""

KERNELS = {"python": "Python", "r": "R", "octave": "Octave", "gdl": "GDL"}
PROGRAMS = {"topcat": "TOPCAT", "aladin": "Aladin", "ds9": "SAOImage DS9"}
PERMISSIONS = {"submit": "submit jobs", "publish": "publish", "develop": "develop pipelines"}


def size(count: float) -> str:
    """Return bytes as people read them."""
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if count < 1024:
            return f"{count:.1f}".rstrip("0").rstrip(".") + f" {unit}"
        count /= 1024
    return f"{count:.1f}".rstrip("0").rstrip(".") + " PiB"


def age(text: str) -> str:
    """Write out a duration of a mission's file: `30 d` becomes `30 days`."""
    count, unit = text.split()
    name = {"s": "second", "min": "minute", "h": "hour", "d": "day"}[unit]
    return f"{count} {name}{'' if count == '1' else 's'}"


def moment(text: str) -> str:
    """Return an ISO date as people read it."""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%d %B %Y, %H:%M UTC")


def listed(names: list[str] | tuple[str, ...]) -> str:
    """Join names to a list with `and`."""
    names = [*names]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def _named(names: dict[str, str]) -> Callable[[str], str]:
    """Return what gives a thing's name for people."""

    def named(name: str) -> str:
        return names.get(name, name)

    return named


FILTERS: dict[str, Callable[..., str]] = {
    "size": size,
    "age": age,
    "moment": moment,
    "listed": listed,
    "kernel": _named(KERNELS),
    "program": _named(PROGRAMS),
    "permission": _named(PERMISSIONS),
}
