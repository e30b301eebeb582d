"""YAML as a tree of nodes that know their place; values are read by YAML 1.2's rules, and traps are refused by name.

The C parser of PyYAML gives the events (a parser in pure Python takes thirty times as long); what they mean is decided
here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

import yaml

from sepp.config.errors import ConfigError, quoted
from sepp.config.source import Text
from sepp.config.syntax import syntax_error

Path = tuple[str | int, ...]
"""Where a value stands: keys of mappings and indices of sequences."""

MAX_DEPTH = 20
MAX_EXPANSION = 10_000
"""How many values the aliases of a file may stand for."""


@dataclass(slots=True)
class _Placed:
    """Something written; `line` and `column` count from 1, `size` and `height` are those of the tree below."""

    line: int
    column: int
    size: int = 1
    height: int = 1


@dataclass(slots=True)
class Scalar(_Placed):
    """A single value; `plain` means without quotes."""

    text: str = ""
    plain: bool = True

    @property
    def missing(self) -> bool:
        """Whether nothing is written: `key:` and the end of the line."""
        return self.plain and not self.text


@dataclass(slots=True)
class Sequence(_Placed):
    """A list of values."""

    items: "list[Node]" = field(default_factory=lambda: list[Node]())  # noqa: PLW0108 - the type is not known yet


@dataclass(slots=True)
class Mapping(_Placed):
    """Keys and values, in order, duplicates included."""

    pairs: "list[tuple[Scalar, Node]]" = field(default_factory=list[tuple[Scalar, "Node"]])


Node = Scalar | Sequence | Mapping


class _RefusedError(Exception):
    """A trap that makes the rest of the file meaningless."""

    def __init__(self, place: "yaml.Event | Node", message: str) -> None:
        self.line, self.column = _place(place) if isinstance(place, yaml.Event) else (place.line, place.column)
        super().__init__(message)


def compose(text: Text) -> Mapping | ConfigError:
    """Read a file's text as a tree, or say why that cannot be done."""
    try:
        root = _Composer().compose(text.text)
    except _RefusedError as trap:
        return text.error(trap.line, trap.column, str(trap))
    except yaml.YAMLError as error:
        return syntax_error(text, error)
    if root is None:
        return text.error(1, 1, "the file is empty")
    if not isinstance(root, Mapping):
        kind = "a list" if isinstance(root, Sequence) else "a single value"
        return text.error(root.line, root.column, f"the file holds {kind}: write 'key: value' lines")
    return root


class _Composer:
    """Makes nodes of the parser's events without recursion, so that no nesting is too deep to refuse."""

    def __init__(self) -> None:
        self.open: list[tuple[Sequence | Mapping, str | None, list[Node]]] = []
        self.anchors: dict[str, Node | None] = {}
        self.root: Node | None = None
        self.documents = 0
        self.expanded = 0

    def compose(self, text: str) -> Node | None:
        """Return the root node, None if there is none."""
        for event in cast(Iterable[yaml.Event], yaml.parse(text, Loader=yaml.CSafeLoader)):  # pyright: ignore
            self._take(event)
        return self.root

    def _take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self._document(event)
            case yaml.AliasEvent():
                self._add(self._alias(event))
            case yaml.ScalarEvent():
                self._tagless(event)
                node = Scalar(*_place(event), text=event.value, plain=not event.style)
                if event.anchor:
                    self.anchors[event.anchor] = node
                self._add(node)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._start(event)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._end(event)
            case _:
                pass

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            raise _RefusedError(event, "a second document starts here: write one file for each")
        if event.version or event.tags:
            raise _RefusedError(event, "a '%' directive is not needed: delete the line")

    def _start(self, event: yaml.SequenceStartEvent | yaml.MappingStartEvent) -> None:
        self._tagless(event)
        if len(self.open) >= MAX_DEPTH:
            raise _RefusedError(event, f"nested more than {MAX_DEPTH} levels deep: no setting is")
        node = (Sequence if isinstance(event, yaml.SequenceStartEvent) else Mapping)(*_place(event))
        if event.anchor:
            self.anchors[event.anchor] = None
        self.open.append((node, event.anchor, []))

    def _end(self, event: yaml.Event) -> None:
        node, anchor, children = self.open.pop()
        node.size += sum(child.size for child in children)
        node.height += max((child.height for child in children), default=0)
        if isinstance(node, Mapping):
            keys = [key for key in children[::2] if isinstance(key, Scalar)]
            node.pairs = list(zip(keys, children[1::2], strict=True))
        else:
            node.items = children
        if anchor:
            self.anchors[anchor] = node
        self._add(node)

    def _alias(self, event: yaml.AliasEvent) -> Node:
        if event.anchor not in self.anchors:
            raise _RefusedError(event, f"unknown anchor: '*{event.anchor}' stands for text behind '&{event.anchor}'")
        node = self.anchors[event.anchor]
        if node is None:
            raise _RefusedError(event, f"'*{event.anchor}' stands inside its own anchor, so it would never end")
        self.expanded += node.size
        if self.expanded > MAX_EXPANSION:
            raise _RefusedError(event, f"anchors that expand without bound (more than {MAX_EXPANSION} values)")
        if len(self.open) + node.height > MAX_DEPTH:
            raise _RefusedError(event, f"nested more than {MAX_DEPTH} levels deep: no setting is")
        return node

    def _tagless(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag is not None:
            written = quoted(event.tag.replace("tag:yaml.org,2002:", "!!"))
            raise _RefusedError(event, f"tags such as {written} are not used here: write the value without")

    def _add(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        container, _, children = self.open[-1]
        if isinstance(container, Mapping) and len(children) % 2 == 0 and not isinstance(node, Scalar):
            raise _RefusedError(node, "a key is a single word: write 'key: value'")
        children.append(node)


def _place(event: yaml.Event) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
