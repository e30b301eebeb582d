"""Pages from files of the operator's: Markdown and notebooks, made into HTML that is safe to show."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from typing import Final

import nh3
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin

from sepp_portal import notebook
from sepp_portal.code import highlight

_TAGS: Final = nh3.ALLOWED_TAGS | {"section", "figure", "figcaption"}
_ATTRIBUTES: Final = {
    **nh3.ALLOWED_ATTRIBUTES,
    "*": {"id", "class"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    "pre": {"tabindex"},
}
_MARKDOWN: Final = (
    MarkdownIt("commonmark", {"highlight": highlight})
    .enable(["table", "strikethrough"])
    .use(anchors_plugin, max_level=3)
)


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page: `slug` is its address, `html` is clean, `files` are pictures that it shows (name -> content)."""

    slug: str
    title: str
    summary: str
    html: str
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])


def read_pages(folder: Path, names: tuple[str, ...]) -> tuple[Page, ...]:
    """Read the pages of a folder, in the order of their file names."""
    return tuple(
        _page(folder / name)
        for name in sorted(names, key=lambda name: Path(name).stem)
        if name.endswith((".md", ".ipynb"))
    )


def slug(name: str) -> str:
    """Return the address of a page: its file's name without number and ending."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"^\d+[-_]", "", Path(name).stem).lower()).strip("-")


def clean(html: str) -> str:
    """Remove from HTML all that could run or load something from elsewhere."""
    return nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"https", "mailto"}, link_rel="noopener noreferrer"
    )


def render(markdown: str) -> str:
    """Make safe HTML of Markdown."""
    return clean(_MARKDOWN.render(markdown))


def _page(path: Path) -> Page:
    name = slug(path.name)
    if path.suffix == ".md":
        text = path.read_text(encoding="utf-8")
        return Page(slug=name, title=_title(text) or name, summary=_summary(text), html=render(_without_title(text)))
    cells = tuple(notebook.cells(path.read_bytes()))
    first = next((cell.text for cell in cells if cell.kind == "markdown"), "")
    files: dict[str, bytes] = {}
    html = "".join(_cells(cells, name, files))
    return Page(slug=name, title=_title(first) or name, summary=_summary(first), html=html, files=files)


def _title(markdown: str) -> str | None:
    found = re.search(r"^# +(.+?) *#*$", markdown, re.MULTILINE)
    return found[1] if found else None


def _without_title(markdown: str) -> str:
    return re.sub(r"^# +.+\n?", "", markdown, count=1, flags=re.MULTILINE)


def _summary(markdown: str) -> str:
    """Return the first paragraph as plain text."""
    paragraphs = (part.strip() for part in re.split(r"\n\s*\n", _without_title(markdown)))
    first = next((part for part in paragraphs if part and not part.startswith(("#", "|", "```", "- "))), "")
    return " ".join(unescape(nh3.clean(_MARKDOWN.render(first), tags=set[str]())).split())


def _cells(cells: tuple[notebook.Cell, ...], page: str, files: dict[str, bytes]) -> Iterator[str]:
    untitled = True
    for number, cell in enumerate(cells):
        if cell.kind == "markdown":
            text = _without_title(cell.text) if untitled else cell.text
            untitled = False
            yield f'<div class="prose">{render(text)}</div>'
            continue
        yield f'<div class="cell"><pre class="code" tabindex="0">{clean(highlight(cell.text, cell.language))}</pre>'
        for index, output in enumerate(cell.outputs):
            yield _output(output, f"{number}-{index}", page, files)
        yield "</div>"


def _output(output: dict[str, str], number: str, page: str, files: dict[str, bytes]) -> str:
    """Show an output: the richest of its forms that is safe."""
    if picture := output.get("image/png"):
        file = f"{page}-{number}.png"
        files[file] = base64.b64decode(picture)
        text = output.get("text/plain", "").strip("<>") or "Picture made by the code above"
        return f'<figure class="output"><img src="files/{file}" alt="{escape(text)}"></figure>'
    if html := output.get("text/html"):
        return f'<div class="output scroll" tabindex="0">{clean(html)}</div>'
    text = escape(output.get("text/plain", "").rstrip())
    return f'<pre class="output" tabindex="0">{text}</pre>' if text else ""
