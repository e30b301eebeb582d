"""What a scalar without quotes means: YAML 1.2's core schema, and a refusal where programs read it differently."""

import re

from sepp.config.errors import quoted
from sepp.config.tree import Scalar

Value = str | int | float | bool | None

_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WORDS = {"y": "true", "yes": "true", "on": "true", "n": "false", "no": "false", "off": "false"}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)")
_TRAP_STARTS = frozenset("+-.0123456789~nN=")
"""How every trap below starts: what starts otherwise is text, and that is most of a file."""

_MAX_DIGITS = 15
_MAX_LENGTH = 4000

_TRAPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"[-+]?0[0-9_]+"),
        "{text} is octal for some programs and decimal for others: write the number without the zeros at the start, "
        "or in quotes if it is text",
    ),
    (
        re.compile(r"[-+]?0[oO][0-7_]+"),
        "{text} is an octal number: write it as a decimal number, or in quotes if it is text",
    ),
    (
        re.compile(r"[-+]?0[xX][0-9a-fA-F_]+"),
        "{text} is a hexadecimal number: write it as a decimal number, or in quotes if it is text",
    ),
    (
        re.compile(r"[-+]?0[bB][01_]+"),
        "{text} is a binary number: write it as a decimal number, or in quotes if it is text",
    ),
    (
        re.compile(r"[-+]?[0-9][0-9.]*[eE][-+]?[0-9]+|[-+]?\.[0-9]+[eE][-+]?[0-9]+"),
        "{text} is a number for some programs and text for others: write all digits, or quotes if it is text",
    ),
    (
        re.compile(r"[-+]?[1-9][0-9]*(_[0-9]+)+"),
        "{text} is a number for some programs and text for others: write it without '_', or in quotes if it is text",
    ),
    (
        re.compile(r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?"),
        "{text} is a number to the base of 60 for some programs: write it in quotes",
    ),
    (
        re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?"),
        "{text} is a date for some programs and text for others: write it in quotes",
    ),
    (re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"), "{text} is not a number that can be used here"),
    (re.compile(r"~|null|Null|NULL"), "{text} means 'no value': leave the whole line out"),
    (re.compile(r"="), "{text} alone has a special meaning for some programs: write it in quotes"),
)


def read(scalar: Scalar) -> Value:
    """Return what a scalar means; ValueError names the trap and the remedy if programs would not agree on it."""
    text = scalar.text
    if len(text) > _MAX_LENGTH:
        raise ValueError(f"a text of {len(text)} characters: at most {_MAX_LENGTH} are read")
    if not scalar.plain:
        return text
    if text in _TRUTH:
        return _TRUTH[text]
    if _INTEGER.fullmatch(text):
        if len(text) > _MAX_DIGITS:
            raise ValueError(f"{quoted(text)} is too large a number")
        return int(text)
    if len(text) > 40:
        return text
    if meant := _WORDS.get(text.casefold()):
        raise ValueError(
            f"'{text}' is read as {meant} by some programs and as text by others: "
            f"write {meant}, or '{text}' in quotes if it is text"
        )
    if text[:1] not in _TRAP_STARTS:
        return text
    for pattern, message in _TRAPS:
        if pattern.fullmatch(text):
            raise ValueError(message.format(text=quoted(text)))
    return float(text) if _FLOAT.fullmatch(text) else text
