"""What the engine's state of a stack says, read from its file without the engine: no secret is decrypted."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_KEPT = 10
"""Copies of a state that are kept."""

_STACK = "pulumi:pulumi:Stack"
_PROVIDERS = "pulumi:providers:"
_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource in the state; secrets in `outputs` are ciphertexts. What is not `real` only groups others."""

    urn: str
    kind: str
    real: bool = True
    protected: bool
    outputs: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The name that the program gave."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True, kw_only=True)
class State:
    """A stack's state. `salt` belongs to the encryption of its secrets; `pending` counts interrupted operations."""

    resources: tuple[Resource, ...] = ()
    salt: str | None = None
    pending: int = 0

    @property
    def outputs(self) -> Mapping[str, Any]:
        """What the program exports; secrets are ciphertexts."""
        return next((resource.outputs for resource in self.resources if resource.kind == _STACK), _NOTHING)

    @property
    def destroyed(self) -> bool:
        """Whether nothing is there but what `destroy` keeps."""
        real = (one for one in self.resources if one.real and not one.kind.startswith(_PROVIDERS))
        return all(one.protected for one in real)


def read(path: Path) -> State:
    """Read a state file; a stack without one has an empty state."""
    if not path.exists():
        return State()
    # Typed as what it is: JSON of the engine's own format, whose empty parts are absent or null.
    latest: dict[str, Any] = json.loads(path.read_text())["checkpoint"].get("latest") or {}
    entries: list[dict[str, Any]] = latest.get("resources") or []
    provider: dict[str, Any] = latest.get("secrets_providers") or {}
    return State(
        resources=tuple(
            Resource(
                urn=entry["urn"],
                kind=entry["type"],
                real=entry.get("custom", False),
                protected=entry.get("protect", False),
                outputs=entry.get("outputs", {}),
            )
            for entry in entries
        ),
        salt=provider.get("state", {}).get("salt"),
        pending=len(latest.get("pending_operations") or ()),
    )


def back_up(path: Path, folder: Path) -> None:
    """Copy a state file into a folder that keeps the last ten."""
    if not path.exists():
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copy2(path, folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.json")
    keep_last(folder, _KEPT)


def keep_last(folder: Path, count: int) -> None:
    """Remove all but the last files of a folder, by their names, in which the time comes first."""
    if folder.is_dir():
        for old in sorted(folder.iterdir())[:-count]:
            old.unlink()
