"""How full is too full, and how to say it."""

from typing import Any

WARN_AT = 0.9
FULL_AT = 0.995
"""The last blocks of a quota cannot be used up by whole files."""
PLACES = {"persistent": "Your home", "scratch": "Your scratch space", "public": "Your public space"}


def size(count: float) -> str:
    """Return bytes as people read them, in powers of 1024."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def notices(usage: dict[str, Any]) -> list[dict[str, str]]:
    """Return what a user should know: one notice for each of her tiers and shares that is (nearly) full."""
    places = [(PLACES.get(tier, tier), tier, numbers) for tier, numbers in usage.get("tiers", {}).items()]
    places += [(f"The share {name}", f"share {name}", numbers) for name, numbers in usage.get("shares", {}).items()]
    result: list[dict[str, str]] = []
    for title, name, numbers in places:
        used, limit = numbers["used"], numbers["limit"]
        if not limit or used < WARN_AT * limit:
            continue
        full = used >= FULL_AT * limit
        state = "is full" if full else f"is {used / limit:.0%} full"
        advice = "New files cannot be saved: delete what you no longer need" if full else "Please make room soon"
        text = f"{title} {state} ({size(used)} of {size(limit)}). {advice}."
        result.append({"place": name, "level": "full" if full else "warning", "text": text})
    return result
