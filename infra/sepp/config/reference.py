"""The generated reference of the mission file and of the platform's settings.

`python -m sepp.config.reference` writes both pages; with `--check` it only tells whether they are current.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sepp.config.fields import bare, choices, example, flow, model_of
from sepp.config.mission import Mission
from sepp.config.platform import Platform
from sepp.config.rules import RESERVED_NAMES
from sepp.config.stack import NAMESPACE
from sepp.config.units import Duration, Size, format_duration, format_size

_PAGES = Path(__file__).parents[3] / "docs" / "reference"

_MISSION = """# The mission file

One file `mission_configs/<mission>.yaml` for each mission says what the mission wants, never how it is deployed. A
section that is left out means: not wanted. Made from the models by `make docs`; how to write a first file is told in
the [mission guide](../mission-guide.md).

Sizes are whole numbers with a unit (`B`, `KiB`, `MiB`, `GiB`, `TiB`, `PiB`), durations too (`s`, `min`, `h`, `d`). A
*name* has lower-case letters, digits and single hyphens, starts with a letter, and has 2 to 20 characters.
`./sepp check` tells what is wrong with a file, and where.
"""

_PLATFORM = """# The platform's settings

A platform is a Pulumi stack: its settings are the keys `sepp:*` below `config:` in
`stacks/<target>/Pulumi.<platform>.yaml`. Keys of other namespaces and what Pulumi itself writes are left alone. Made
from the models by `make docs`.

```yaml
# yaml-language-server: $schema=../../infra/sepp/config/platform.schema.json
config:
  sepp:domain: sepp.localhost
  sepp:port: 8443
  sepp:missions: [planck]
```
"""


def page(model: type[BaseModel], head: str, prefix: str = "") -> str:
    """Describe a model and all models below it, as Markdown; `prefix` stands before the keys of the first."""
    sections = [_section(each, path, prefix if not path else "") for path, each in _models(model, "")]
    return "\n".join([head, *sections]).rstrip() + "\n"


def pages() -> dict[Path, str]:
    """Return both pages as they are committed."""
    names = "".join(f"- `{name}`: {reason}\n" for name, reason in RESERVED_NAMES.items())
    reserved = (
        f"\n## Names that no mission can have\n{names}- names that end with `-storage`: storage hosts have them\n"
    )
    return {
        _PAGES / "mission.md": page(Mission, _MISSION) + reserved,
        _PAGES / "platform.md": page(Platform, _PLATFORM, f"{NAMESPACE}:"),
    }


def _models(model: type[BaseModel], path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Give a model and those below, each with the path that leads to it."""
    yield path, model
    for name, field in model.model_fields.items():
        inner, step = _inner(field.annotation)
        if inner is not None:
            yield from _models(inner, f"{path}.{name}{step}".lstrip("."))


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, str]:
    """Return the model inside a type, with how its place is written below the key."""
    kind = bare(annotation)
    if get_origin(kind) is dict:
        return model_of(get_args(kind)[1]), ".<name>"
    if get_origin(kind) is tuple:
        return model_of(get_args(kind)[0]), "[]"
    return model_of(kind), ""


def _section(model: type[BaseModel], path: str, prefix: str) -> str:
    lines = [f"## `{path}`" if path else "## Top level", "", (model.__doc__ or "").strip(), ""]
    lines += ["| key | value | default | meaning |", "|---|---|---|---|"]
    lines += [_row(prefix + name, field) for name, field in model.model_fields.items()]
    return "\n".join([*lines, ""])


def _row(name: str, field: FieldInfo) -> str:
    cells = (f"`{name}`", _kind(field), _default(field), f"{field.description} Example: `{flow(example(field))}`")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _kind(field: FieldInfo) -> str:
    inner, step = _inner(field.annotation)
    if inner is not None:
        return {"": "mapping", ".<name>": "mapping by name", "[]": "list of mappings"}[step]
    kind = bare(field.annotation)
    if words := choices(kind):
        return "one of " + ", ".join(f"`{word}`" for word in words)
    if get_origin(kind) is tuple:
        item = get_args(kind)[0]
        words = choices(item)
        return "list of " + (", ".join(f"`{word}`" for word in words) if words else "text")
    if get_origin(kind) is dict:
        return "mapping of values by name"
    if quantity := _quantity(field):
        return quantity
    return {int: "whole number", bool: "`true` or `false`", str: "text"}[kind] + _range(field)


def _quantity(field: FieldInfo) -> str | None:
    for alias, words in ((Size, "size"), (Duration, "duration")):
        if set(map(repr, get_args(alias)[1:])) <= set(map(repr, field.metadata)):
            return words
    return None


def _range(field: FieldInfo) -> str:
    bounds = {name: getattr(each, name) for each in field.metadata for name in ("ge", "le") if hasattr(each, name)}
    return f", {bounds['ge']} to {bounds['le']}" if len(bounds) == 2 else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if (not isinstance(value, bool) and not value) or isinstance(value, BaseModel):
        return ""
    if quantity := _quantity(field):
        return f"`{format_size(value) if quantity == 'size' else format_duration(value)}`"
    return f"`{flow(list(value) if isinstance(value, tuple) else value)}`"  # pyright: ignore[reportUnknownArgumentType]


def main(arguments: list[str]) -> int:
    """Write the pages, or check them; returns the exit code."""
    current = {path: path.read_text(encoding="utf-8") if path.exists() else "" for path in pages()}
    old = [path for path, text in pages().items() if current[path] != text]
    for path in old:
        if "--check" in arguments:
            print(f"{path.relative_to(_PAGES.parents[1])} is out of date. Next: make docs", file=sys.stderr)
        else:
            path.write_text(pages()[path], encoding="utf-8")
    return 1 if old and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
