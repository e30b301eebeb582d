"""What the models find wrong, in words for the people who write mission files."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from sepp.config.document import Document
from sepp.config.errors import hint, quoted, suggestion, visible
from sepp.config.fields import bare, below, choices, example, example_at, flow, model_of, type_at
from sepp.config.text import NAME, WANTED
from sepp.config.tree import Path

_KEY = "[key]"
"""How pydantic marks that a mapping's key is wrong, not its value."""


def new(document: Document, model: type[BaseModel], errors: Iterable[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out the errors that follow from what was noted before, and all but one for each value."""
    errors = list(errors)
    meant = {(*error["loc"][:-1], _meant(document, model, error["loc"])) for error in errors if _is_unknown(error)}
    found: dict[tuple[Path, bool], ErrorDetails] = {}
    for error in errors:
        if error["type"] == "too_short" and error["input"]:
            continue  # its items are faulty, and noted
        if error["type"] == "missing" and (error["loc"] in meant or error["loc"][:-1] in document.unsure):
            continue  # it is there, under a key that is noted
        path = error["loc"]
        about_key = error["type"] == "missing" or _is_unknown(error) or path[-1] == _KEY
        place = path if about_key else document.find(path)[0]
        if not document.is_broken(place):
            found.setdefault((place, about_key), error)
    return list(found.values())


def report(document: Document, model: type[BaseModel], error: ErrorDetails) -> None:
    """Note a fault in the words of people."""
    path = error["loc"]
    if _is_unknown(error):
        _unknown_key(document, model, path)
    elif error["type"] == "missing":
        _missing_key(document, model, path)
    elif path[-1] == _KEY:
        document.report(path[:-1], _key(error), shown=path[:-2], at_key=True)
    else:
        path = document.find(path)[0]
        document.report(path, _value(model, path, error))


def mend(document: Document, model: type[BaseModel], error: ErrorDetails) -> None:
    """Change the document so that this fault is gone and what else is wrong can be seen.

    A misspelt key is read as the one that was meant; everything else is taken away, with what cannot be without it.
    """
    path = error["loc"]
    if _is_unknown(error) and (meant := _meant(document, model, path)):
        document.rename(path, meant)
    elif error["type"] == "missing" and len(path) == 1:
        document.invent(path, example(model.model_fields[str(path[0])]))
    elif error["type"] in ("missing", "invalid_key") or path[-1] == _KEY:
        document.remove(path[:-1])
    else:
        document.remove(document.find(path)[0])


def _is_unknown(error: ErrorDetails) -> bool:
    return error["type"] == "extra_forbidden"


def _meant(document: Document, model: type[BaseModel], path: Path) -> str | None:
    """Find the field that a misspelt key stands for; None if no one is close or it is there already."""
    owner = model_of(type_at(model, path[:-1]))
    there = document.find(path[:-1])[1].below
    return suggestion(str(path[-1]), [name for name in owner.model_fields if name not in there]) if owner else None


def _unknown_key(document: Document, model: type[BaseModel], path: Path) -> None:
    owner = model_of(type_at(model, path[:-1]))
    meant = _meant(document, model, path)
    prefix = document.prefix if len(path) == 1 else ""
    there = document.find(path[:-1])[1].below
    fields = list(owner.model_fields) if owner else []
    valid = [meant] if meant else [name for name in fields if name not in there] or fields
    key = prefix + str(path[-1])
    words = hint(key, [prefix + name for name in valid], "none is valid here")
    document.report(path, f"unknown key {quoted(key)} {words}", shown=path[:-1], at_key=True)


def _missing_key(document: Document, model: type[BaseModel], path: Path) -> None:
    key = f"{document.prefix if len(path) == 1 else ''}{path[-1]}"
    message = f"missing key '{key}', for example: {key}: {flow(example_at(model, path))}"
    document.report(path, message, shown=path[:-1], at_key=True)


def _key(error: ErrorDetails) -> str:
    name = quoted(error["input"])
    if error["type"] == "string_pattern_mismatch":
        return f"the name {name} is not right: {_wanted_form(error)}"
    return f"the name {name} is {_length(error)}"


def _value(model: type[BaseModel], path: Path, error: ErrorDetails) -> str:
    """Say what is wrong with a value."""
    kind = error["type"]
    written = error["input"]
    if kind in _MESSAGES:
        return _MESSAGES[kind](error)
    if kind == "literal_error":
        words = choices(type_at(model, path))
        return f"unknown value {quoted(_shown(written))} {hint(_shown(written), words, 'nothing is valid here')}"
    wanted = bare(type_at(model, path))
    if wanted is int and isinstance(written, str) and written.isdigit():
        return f"a number in quotes is text: write {written} without quotes"
    if wanted is str and isinstance(written, int | float):
        return f"{_shown(written)} without quotes is not text: {_as_text(model, path, _shown(written))}"
    item = below(wanted, 0)
    if isinstance(written, str) and item is not None and model_of(item) is None:
        words = [word.strip() for word in written.split(",")]
        return f"{quoted(written)} is text, but a list is wanted: write {visible(flow(words))[:100]}"
    return f"{_described(written)}, but {_wanted(wanted)} is wanted{_example(model, path)}"


def _as_text(model: type[BaseModel], path: Path, written: str) -> str:
    """Say how to write as text what was read as a number."""
    try:
        TypeAdapter[Any](type_at(model, path), config=model.model_config).validate_python(written)
    except ValidationError as error:
        if "pattern" in _context(error.errors()[0]):
            return _wanted_form(error.errors()[0])
    return f"write '{written}' in quotes"


def _example(model: type[BaseModel], path: Path) -> str:
    value = example_at(model, path)
    return "" if value is None else f", for example: {flow(value)}"


def _described(value: Any) -> str:
    match value:
        case str():
            return f"{quoted(value)} is text"
        case bool():
            return f"{_shown(value)} is a truth value"
        case int():
            return f"{value} is a number"
        case float():
            return f"{value} is a fraction"
        case tuple():
            return "this is a list"
        case _:
            return "this is a mapping"


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _wanted(annotation: Any) -> str:
    kind = bare(annotation)
    simple = {str: "text", int: "a whole number", bool: "true or false"}
    if kind in simple:
        return simple[kind]
    origin = getattr(kind, "__origin__", None)
    if origin is tuple:
        return "a list"
    if origin is dict or model_of(kind):
        return "a mapping ('key: value')"
    return "a single value"


def _context(error: ErrorDetails) -> Mapping[str, Any]:
    return error.get("ctx", {})


def _pattern(error: ErrorDetails) -> str:
    return f"{quoted(error['input'])} is not right: {_wanted_form(error)}"


def _wanted_form(error: ErrorDetails) -> str:
    """Say what a text has to look like; for a name also how it could be written."""
    pattern = _context(error)["pattern"]
    similar = re.sub(r"[^a-z0-9]+", "-", str(error["input"]).lower()).strip("-")
    like = f", like '{similar}'" if pattern == NAME and len(similar) < 30 and re.search(NAME, similar) else ""
    return f"wanted is {WANTED[pattern]}{like}"


def _length(error: ErrorDetails) -> str:
    context = _context(error)
    if "min_length" in context:
        return f"too short: at least {context['min_length']} characters"
    return f"too long ({len(error['input'])} characters): at most {context['max_length']}"


def _text_length(error: ErrorDetails) -> str:
    return f"the text is {_length(error)}"


def _few(error: ErrorDetails) -> str:
    return "nothing is listed here: at least one is needed"


def _range(error: ErrorDetails) -> str:
    context = _context(error)
    if "ge" in context:
        return f"{error['input']} is too small: at least {context['ge']}"
    return f"{error['input']} is too large: at most {context['le']}"


def _own_words(error: ErrorDetails) -> str:
    return str(_context(error)["error"])


_MESSAGES: dict[str, Callable[[ErrorDetails], str]] = {
    "string_pattern_mismatch": _pattern,
    "string_too_short": _text_length,
    "string_too_long": _text_length,
    "too_short": _few,
    "greater_than_equal": _range,
    "less_than_equal": _range,
    "value_error": _own_words,
}
