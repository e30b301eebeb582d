"""What Ansible tells while it works on a host: progress, the first failure, what it would change."""

import difflib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

_FAILED = ("runner_on_failed", "runner_on_unreachable", "runner_item_on_failed")


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A host works on a role, and in it on a task; `elapsed` seconds after the start of the run."""

    host: str
    role: str
    task: str
    elapsed: float


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What a task would change on a host: its words, and the lines of the files (none where they hold secrets)."""

    host: str
    role: str
    task: str
    lines: tuple[str, ...]


Report = Callable[[Progress], None]


@dataclass(kw_only=True)
class HostRun:
    """One host's Ansible process: takes its events in."""

    host: str
    secrets: Sequence[str]
    started: float
    log: TextIO
    report: Report
    role: str = ""
    failure: str | None = None
    differences: list[Difference] = field(default_factory=list[Difference])

    def take(self, event: Mapping[str, Any]) -> bool:
        """Take one event of Ansible in; nothing of it is kept in files."""
        if text := event.get("stdout"):
            self.log.write(f"{self._safe(text)}\n")
            self.log.flush()
        data: Mapping[str, Any] = event.get("event_data") or {}
        kind = event["event"]
        if kind == "playbook_on_task_start":
            self.role = data.get("role") or self.role
            elapsed = time.monotonic() - self.started
            self.report(Progress(host=self.host, role=data.get("role", ""), task=data["task"], elapsed=elapsed))
        if kind in _FAILED and not data.get("ignore_errors"):
            # Of a loop, the item that failed says more than the loop.
            self.failure = self.failure or self._describe(data)
        if kind in ("runner_on_ok", "runner_item_on_ok") and data.get("res", {}).get("changed"):
            self._take_change(data)
        return False

    def _take_change(self, data: Mapping[str, Any]) -> None:
        result = data["res"]
        if "results" in result:
            return  # its items have come one by one
        diffs: Mapping[str, Any] | list[Mapping[str, Any]] = result.get("diff") or []
        lines = [line for diff in ([diffs] if isinstance(diffs, Mapping) else diffs) for line in _lines(diff)]
        self.differences.append(
            Difference(
                host=self.host,
                role=data.get("role") or "",
                task=data["task"],
                lines=tuple(self._safe(line) for line in lines),
            )
        )

    def _describe(self, data: Mapping[str, Any]) -> str:
        result: Mapping[str, Any] = data.get("res") or {}
        parts = [str(result.get(name, "")).strip() for name in ("msg", "stderr", "module_stderr", "stdout")]
        words = list(dict.fromkeys(part for part in parts if part)) or ["no message"]
        place = f"{data['role']}: {data['task']}" if data.get("role") else data["task"]
        return self._safe(f"{self.host}: {place}\n" + "\n".join(words))

    def _safe(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "********")
        return text


def _lines(diff: Mapping[str, Any]) -> list[str]:
    """Return a task's diff as lines: what Ansible prepared, or what was and what shall be."""
    if prepared := diff.get("prepared"):
        return str(prepared).splitlines()
    before, after = (
        value if isinstance(value, str) else json.dumps(value, indent=2, sort_keys=True)
        for value in (diff.get("before") or "", diff.get("after") or "")
    )
    name = str(diff.get("before_header") or diff.get("after_header") or "")
    return list(difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, n=1, lineterm=""))
