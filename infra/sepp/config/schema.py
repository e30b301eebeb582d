"""JSON Schemas of the mission file and of the stack file, made from the models for editors."""

import json
from pathlib import Path
from typing import Any, Literal, cast, get_args

from sepp.config.mission import Mission
from sepp.config.platform import Platform
from sepp.config.stack import NAMESPACE
from sepp.config.text import WANTED
from sepp.config.units import format_duration, format_size

Kind = Literal["mission", "platform"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def schema(kind: Kind) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    if kind == "mission":
        return head | _tidy(Mission.model_json_schema()) | {"title": "SEPP mission file"}
    made = _tidy(Platform.model_json_schema())
    definitions = made.pop("$defs")
    settings: dict[str, Any] = {
        "type": "object",
        "title": "Settings",
        "description": made["description"],
        "properties": {f"{NAMESPACE}:{name}": value for name, value in made["properties"].items()},
        "required": [f"{NAMESPACE}:{name}" for name in made["required"]],
        "patternProperties": {rf"^(?!{NAMESPACE}:)[^:]+:": True},
        "additionalProperties": False,
    }
    return {
        **head,
        "title": "SEPP platform (Pulumi stack file)",
        "type": "object",
        "properties": {"config": settings},
        "required": ["config"],
        "$defs": definitions,
    }


def path(kind: Kind) -> Path:
    """Return the committed schema's file."""
    return Path(__file__).with_name(f"{kind}.schema.json")


def text(kind: Kind) -> str:
    """Return the schema as it is committed."""
    return json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n"


def _tidy(node: Any) -> Any:
    """Say it as files do: nothing is null, defaults read as people write them, and errors are in words."""
    if isinstance(node, list):
        return [_tidy(item) for item in cast(list[Any], node)]
    if not isinstance(node, dict):
        return node
    made: dict[str, Any] = {key: _tidy(value) for key, value in cast(dict[str, Any], node).items()}
    kinds = made.get("anyOf", [])
    if {"type": "null"} in kinds:
        made = next(kind for kind in kinds if kind != {"type": "null"}) | {
            k: v for k, v in made.items() if k != "anyOf"
        }
    if made.get("default", ...) is None:
        del made["default"]
    if made.get("pattern") in WANTED:
        made["patternErrorMessage"] = f"wanted: {WANTED[made['pattern']]}"
    elif "pattern" in made and isinstance(made.get("default"), int) and made.get("type") == "string":
        made["default"] = (format_size if "PiB" in made["pattern"] else format_duration)(made["default"])
    if isinstance(names := made.get("patternProperties"), dict):
        [(pattern, value)] = cast(dict[str, Any], names).items()
        del made["patternProperties"]
        made["propertyNames"] = made.get("propertyNames", {}) | {
            "pattern": pattern,
            "patternErrorMessage": f"wanted: {WANTED[pattern]}",
        }
        made["additionalProperties"] = value
    if made.get("type") == "array" and made["items"].get("type") == "string":
        made["uniqueItems"] = True
    return made
