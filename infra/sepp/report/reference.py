"""The generated reference: the command line, and each role's README from its argument specs.

`python -m sepp.report.reference` writes them all.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
import typer.main
from ruamel.yaml import YAML

from sepp.cli import build
from sepp.cli.common import ROOT

_EXIT_CODES = """
## Exit codes
| code | meaning |
|---|---|
| 0 | done |
| 1 | failed; the last line says what to type next |
| 2 | bad usage or configuration |
| 3 | there are changes (`plan`, `drift`) |
| 4 | another run holds the platform |
"""


def command_line() -> str:
    """Describe all commands with their arguments and options, as Markdown."""
    group = typer.main.get_command(build())
    lines = ["# The command line", "", "Made from the program by `make docs`.", ""]
    lines += _commands(group, "sepp")
    return "\n".join(lines).rstrip() + "\n" + _EXIT_CODES


def _commands(command: Any, path: str) -> Iterator[str]:
    if hasattr(command, "commands"):
        for name, child in command.commands.items():
            yield from _commands(child, f"{path} {name}")
        return
    yield f"## {path}"
    yield ""
    yield (command.help or "").strip()
    yield ""
    rows = [row for parameter in command.params if (row := _parameter(parameter))]
    if rows:
        yield from ("| argument or option | meaning |", "|---|---|", *rows, "")


def _parameter(parameter: Any) -> str | None:
    help_text = (getattr(parameter, "help", None) or "").replace("|", "\\|")
    if parameter.param_type_name == "argument":
        return f"| `{parameter.metavar or parameter.name.upper()}` | {help_text} |"
    if parameter.name == "help":
        return None
    return f"| `{'`, `'.join((*parameter.opts, *parameter.secondary_opts))}` | {help_text} |"


def role_readme(role: Path) -> str:
    """Describe a role from its `meta/argument_specs.yml`, as Markdown."""
    document: dict[str, Any] = YAML(typ="safe").load(role / "meta" / "argument_specs.yml")  # pyright: ignore[reportUnknownMemberType]
    spec: dict[str, Any] = document["argument_specs"]["main"]
    lines = [f"# {role.name}", "", *_paragraphs(spec["short_description"]), *_paragraphs(spec.get("description", []))]
    options: dict[str, dict[str, Any]] = spec.get("options", {})
    if options:
        lines += ["| variable | type | default | meaning |", "|---|---|---|---|"]
        lines += [_option(name, option) for name, option in options.items()]
        lines += [""]
    lines += [f"Test it alone: see `tests/molecule/README.md`. Made from `roles/{role.name}/meta` by `make docs`."]
    return "\n".join(lines) + "\n"


def _paragraphs(text: str | list[str]) -> Iterator[str]:
    for paragraph in [text] if isinstance(text, str) else text:
        yield re.sub(r"C\(([^)]*)\)", r"`\1`", paragraph)
        yield ""


def _option(name: str, option: dict[str, Any]) -> str:
    default = "required" if option.get("required") else f"`{option.get('default', '')!r}`"
    kind = option.get("type", "str") + (f" of {option['elements']}" if "elements" in option else "")
    description = " ".join(_paragraphs(option.get("description", ""))).strip()
    return f"| `{name}` | {kind} | {default} | {description} |".replace("\n", " ")


def main() -> None:
    """Write the generated pages of this checkout."""
    (ROOT / "docs/reference/cli.md").write_text(command_line(), encoding="utf-8")
    for specs in sorted(ROOT.glob("roles/*/meta/argument_specs.yml")):
        role = specs.parents[1]
        (role / "README.md").write_text(role_readme(role), encoding="utf-8")


if __name__ == "__main__":
    main()
