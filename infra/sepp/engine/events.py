"""The engine's events as lines for a person, and what went wrong in them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_DONE = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced", "discard": "forgotten"}
_DOING = {"create": "creating", "update": "updating", "delete": "deleting", "discard": "forgetting"}

_WHY = {"create": "is not there", "update": "differs", "delete": "is not wanted", "replace": "has to be made anew"}

MADE_OF_OTHERS = ("sepp:", "pulumi:")
"""How types begin of what is made of other resources, and so not shown: components, providers and the stack itself."""

_UNTOLD = ("", "Skipping await logic")
"""What is said of each thing in a cluster that is not waited for."""

_WRAPPING = re.compile(r"^(error: )?(Exception calling application: )?", re.MULTILINE)
_COLOURS = re.compile(r"<\{%.*?%\}>")
_NEXT_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(kw_only=True)
class Outcome:
    """What a run of the engine did.

    `errors` are messages in order, `changes` counts operations by kind, `differences` are those operations in words:
    what they are about, and why.
    """

    errors: list[str] = field(default_factory=list[str])
    differences: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    changes: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def changed(self) -> bool:
        """Whether anything but looking was done."""
        return any(count for operation, count in self.changes.items() if operation not in ("same", "refresh"))

    def line(self, event: Mapping[str, Any]) -> str | None:
        """Take an event in; return what to show of it, if anything."""
        if summary := event.get("summaryEvent"):
            self.changes = dict(summary.get("resourceChanges") or {})
        if diagnostic := event.get("diagnosticEvent"):
            return self._diagnostic(diagnostic)
        if started := event.get("resourcePreEvent"):
            self.differences.extend(_difference(started["metadata"]))
            return _step(started["metadata"], _DOING)
        if ended := event.get("resOutputsEvent"):
            return _step(ended["metadata"], _DONE)
        return None

    def _diagnostic(self, event: Mapping[str, Any]) -> str | None:
        text = _COLOURS.sub("", event["message"]).rstrip()
        if event["severity"] == "error":
            text = _WRAPPING.sub("", text).strip()
            if text and text not in self.errors:
                self.errors.append(text)
            return None
        told = event["severity"] in ("info#err", "info", "warning") and text.strip() not in _UNTOLD
        return text if told else None


def _step(metadata: Mapping[str, Any], words: Mapping[str, str]) -> str | None:
    kind, operation = metadata["type"], metadata["op"]
    if operation not in words or kind.startswith(MADE_OF_OTHERS):
        return None
    old: Mapping[str, Any] = metadata.get("old") or {}
    if operation == "delete" and old.get("retainOnDelete"):
        operation = "discard"  # the engine forgets it, what it stands for stays
    return f"{words[operation]} {_named(metadata)}"


def _difference(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give what an operation is about, and why it is wanted, with the properties that it changes."""
    if metadata["op"] in _WHY and not metadata["type"].startswith(MADE_OF_OTHERS):
        properties = ", ".join(metadata.get("detailedDiff") or metadata.get("diffs") or ())
        why = _WHY[metadata["op"]]
        yield _named(metadata), f"{why}: {properties}" if properties else why


def _named(metadata: Mapping[str, Any]) -> str:
    return f"{words_of(metadata['type'])} {metadata['urn'].rpartition('::')[2]}"


def words_of(kind: str) -> str:
    """Return a resource's type in words: `floating ip` for `openstack:networking/floatingIp:FloatingIp`."""
    return _NEXT_WORD.sub(" ", kind.rpartition(":")[2]).lower()
