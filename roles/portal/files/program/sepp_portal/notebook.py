"""Notebooks of Jupyter: their cells, in the form that pages are made of."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

_SHOWN = ("image/png", "text/html", "text/plain")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell. Each output gives its content by media type."""

    kind: Literal["markdown", "code"]
    text: str
    language: str = ""
    outputs: tuple[dict[str, str], ...] = ()


def cells(content: bytes) -> Iterator[Cell]:
    """Give the cells of a notebook of format 4; ValueError if it is none."""
    notebook: dict[str, Any] = json.loads(content)
    if notebook.get("nbformat") != 4:
        raise ValueError("not a notebook of format 4")
    metadata: dict[str, Any] = notebook.get("metadata", {})
    language = metadata.get("language_info", {}).get("name") or metadata.get("kernelspec", {}).get("language", "")
    for cell in notebook["cells"]:
        text = _joined(cell["source"])
        if cell["cell_type"] == "markdown":
            yield Cell(kind="markdown", text=text)
        elif cell["cell_type"] == "code" and text.strip():
            outputs = tuple(_output(output) for output in cell.get("outputs", []))
            yield Cell(kind="code", text=text, language=language, outputs=outputs)


def _output(output: dict[str, Any]) -> dict[str, str]:
    if output["output_type"] == "stream":
        return {"text/plain": _ESCAPES.sub("", _joined(output["text"]))}
    if output["output_type"] == "error":
        return {"text/plain": f"{output['ename']}: {output['evalue']}"}
    data: dict[str, str | list[str]] = output["data"]
    return {kind: _ESCAPES.sub("", _joined(data[kind])) for kind in _SHOWN if kind in data}


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
