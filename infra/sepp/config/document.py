"""A configuration file as plain data whose every value knows its place, and which can be mended to look further."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sepp.config.errors import ConfigError, quoted
from sepp.config.findings import ANY
from sepp.config.source import Text
from sepp.config.tree import Mapping, Node, Path, Scalar, Sequence
from sepp.config.values import Value, read

Place = tuple[int, int]
"""Line and column, from 1."""


@dataclass(slots=True)
class Entry:
    """A value with the place of its key (or of itself, in a list) and its place.

    The value is a single one, or what is below: by key, or by index in a list.
    """

    key: Place
    place: Place
    value: "Value | dict[str | int, Entry]"
    is_list: bool = False

    @property
    def below(self) -> "dict[str | int, Entry]":
        """The entries directly below; empty for single values."""
        return self.value if isinstance(self.value, dict) else {}

    def data(self) -> Any:
        """Return the value as the models take it: dicts, tuples and single values."""
        if not isinstance(self.value, dict):
            return self.value
        if self.is_list:
            return tuple(child.data() for child in self.value.values())
        return {key: child.data() for key, child in self.value.items()}


MANY = 100
"""Faults of one file after which nobody wants to read more."""


@dataclass
class Document:
    """A file's entries below `root`, and the faults found in it so far. `prefix` is put before paths in messages.

    `broken` holds the paths of faulty values, `unsure` those of mappings with keys that could not be read. `secrets`
    names keys whose values are never shown, each with the words for what is wanted there.
    """

    text: Text
    root: Entry = field(default_factory=lambda: Entry((1, 1), (1, 1), {}))
    prefix: str = ""
    secrets: "dict[str | int, str]" = field(default_factory=dict[str | int, str])
    errors: list[ConfigError] = field(default_factory=list[ConfigError])
    broken: set[Path] = field(default_factory=set[Path])
    unsure: set[Path] = field(default_factory=set[Path])

    def find(self, path: Path) -> tuple[Path, Entry]:
        """Return the entry at a path, or its nearest ancestor that exists, with that one's path."""
        entry = self.root
        for depth, step in enumerate(path):
            if step not in entry.below:
                return path[:depth], entry
            entry = entry.below[step]
        return path, entry

    def fault(self, place: Place, path: Path, message: str) -> None:
        """Note a fault at a place; after many faults only that there are more."""
        if len(self.errors) == MANY:
            self.errors.append(self.text.error(*place, f"more than {MANY} faults, mend these first"))
        if len(self.errors) > MANY:
            return
        if path and path[-1] in self.secrets:
            message = f"wanted is {self.secrets[path[-1]]}"
        self.errors.append(self.text.error(*place, message, self.show(path)))

    def trap(self, place: Place, path: Path, message: str) -> None:
        """Note a value that programs do not agree on, so that nothing else is said of it."""
        self.fault(place, path, message)
        self.broken.add(path)

    def report(self, path: Path, message: str, *, shown: Path | None = None, at_key: bool = False) -> None:
        """Note a fault of the value at a path, or of the key; `shown` is the path in the message if it is another."""
        found, entry = self.find(path)
        place = entry.key if at_key or found != path else entry.place
        self.fault(place, path if shown is None else shown, message)

    def show(self, path: Path) -> str:
        """Write a path for people: 'portal.links[1].url'; the index of a single value at the end is left out."""
        if path and isinstance(path[-1], int) and not self.find(path)[1].below:
            path = path[:-1]
        text = ""
        for step in path:
            text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else f"{self.prefix}{step}"
        return text

    def is_broken(self, *paths: Path) -> bool:
        """Tell whether something at, above or below one of the paths is faulty, so that no rule can judge it."""
        return any(
            path[: len(broken)] == broken or broken[: len(path)] == path for path in paths for broken in self.broken
        )

    def relies_on_broken(self, *patterns: Path) -> bool:
        """Tell whether what is at one of the paths (`ANY` is every name) was taken away, itself or all around it."""
        return any(
            len(broken) <= len(pattern)
            and all(wanted in (ANY, step) for wanted, step in zip(pattern, broken, strict=False))
            for pattern in patterns
            for broken in self.broken
        )

    def remove(self, path: Path) -> bool:
        """Take a faulty value away, with the list that it is in; False if it is everything."""
        while path and isinstance(path[-1], int):
            path = path[:-1]
        if not path:
            return False
        self.broken.add(path)
        found, parent = self.find(path[:-1])
        if found == path[:-1]:
            parent.below.pop(path[-1], None)
        return True

    def rename(self, path: Path, name: str) -> None:
        """Read a misspelt key as the one that was meant, unless what it is in has been taken away."""
        mapping = self.find(path[:-1])[1].below
        if path[-1] in mapping:
            mapping[name] = mapping.pop(path[-1])

    def invent(self, path: Path, value: Any) -> None:
        """Put an example at a path of the first level, where something is needed to look further."""
        self.root.below[path[0]] = _invented(value, self.root.place)
        self.broken.add(path)


def _invented(value: Any, place: Place) -> Entry:
    if not isinstance(value, dict | list):
        return Entry(place, place, value)
    parts: dict[Any, Any] = dict(enumerate(value) if isinstance(value, list) else value)  # pyright: ignore
    below: dict[str | int, Entry] = {key: _invented(part, place) for key, part in parts.items()}
    return Entry(place, place, below, is_list=isinstance(value, list))


def read_entries(document: Document, root: Mapping) -> None:
    """Fill a document with all of a file."""
    document.root.value = _mapping(document, root.pairs, ())


def _entry(document: Document, node: Node, path: Path, key: Place) -> Entry | None:
    """Make an entry of a node, noting every trap below; None if the node itself is one."""
    place = (node.line, node.column)
    if isinstance(node, Mapping):
        return Entry(key, place, _mapping(document, node.pairs, path))
    if isinstance(node, Sequence):
        return Entry(key, place, _sequence(document, node.items, path), is_list=True)
    try:
        return Entry(key, place, _single(node, path))
    except ValueError as trap:
        document.trap(key if node.missing else place, path, str(trap))
        return None


def _single(node: Scalar, path: Path) -> Value:
    if not node.missing:
        return read(node)
    if path and isinstance(path[-1], int):
        raise ValueError("an item of a list without a value: delete it, or write one")
    raise ValueError("a key without a value: delete the line, or write a value")


def _sequence(document: Document, items: Iterable[Node], path: Path) -> dict[str | int, Entry]:
    result: dict[str | int, Entry] = {}
    written = set[str]()
    for number, item in enumerate(items):
        place = (item.line, item.column)
        if isinstance(item, Scalar) and item.text and item.text in written:
            document.fault(place, path, f"{quoted(item.text)} stands in this list twice: keep one of them")
        written.add(item.text if isinstance(item, Scalar) else "")
        result[number] = _entry(document, item, (*path, number), place) or Entry(place, place, "")
    return result


def _mapping(document: Document, pairs: Iterable[tuple[Scalar, Node]], path: Path) -> dict[str | int, Entry]:
    result: dict[str | int, Entry] = {}
    first: dict[str, int] = {}
    for key_node, value in pairs:
        place = (key_node.line, key_node.column)
        try:
            name = _key(key_node)
        except ValueError as trap:
            document.fault(place, path, str(trap))
            document.broken.add((*path, key_node.text))
            document.unsure.add(path)
            continue
        if name in first:
            written = quoted(name if path else document.prefix + name)
            message = f"the key {written} stands here twice (first in line {first[name]}): keep one of them"
            document.fault(place, path, message)
            continue
        first[name] = key_node.line
        entry = _entry(document, value, (*path, name), place)
        if entry is not None:
            result[name] = entry
    return result


def _key(node: Scalar) -> str:
    if not node.text:
        raise ValueError("an empty key: write 'key: value'")
    if node.plain and node.text == "<<":
        raise ValueError("merge keys ('<<') are not part of YAML 1.2: write the keys out")
    with suppress(ValueError):
        if isinstance(read(node), str):
            return node.text
    raise ValueError(f"the key {quoted(node.text)} is not text for all programs: write it in quotes")
