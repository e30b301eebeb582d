"""A resource as a program registers it, for the policies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Registered:
    """Type, name and inputs of a resource; `encrypted_types` are those of the site, none if it demands none."""

    kind: str
    name: str
    properties: Mapping[str, Any]
    protected: bool
    encrypted_types: tuple[str, ...] = ()
