import base64
import json
from html.parser import HTMLParser

import pytest
from sepp_portal.pages import read_pages, render, slug


class Parts(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self):
        super().__init__()
        self.tags = set()
        self.attributes = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


PIXEL = base64.b64encode(b"\x89PNG pretended").decode()


def notebook(*cells):
    return json.dumps({"nbformat": 4, "metadata": {"language_info": {"name": "python"}}, "cells": [*cells]})


def code(text, *outputs):
    return {"cell_type": "code", "source": text, "outputs": [*outputs]}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("10-read-a-map.md", "read-a-map"), ("Sky Map.ipynb", "sky-map"), ("2_x.md", "x"), ("../../etc.md", "etc")],
)
def test_slug(name, wanted):
    assert slug(name) == wanted


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>",
        '<img src="x" onerror="alert(1)">',
        "[x](javascript:alert(1))",
        '<a href="data:text/html,x">x</a>',
        '<p style="position:fixed">x</p>',
        '<iframe src="https://evil.example"></iframe>',
        "<style>body{display:none}</style>",
        '<form action="https://evil.example"><input name="password"></form>',
    ],
)
def test_nothing_of_a_page_runs_or_frames(bad):
    parts = Parts()
    parts.feed(render(bad))
    assert not parts.tags & {"script", "iframe", "style", "form", "input"}
    assert not parts.attributes & {"onerror", "style", "href"}


def test_markdown_has_tables_anchors_and_coloured_code():
    html = render("## A head\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nimport healpy\n```\n")
    assert '<h2 id="a-head">' in html
    assert "<td>1</td>" in html
    assert '<span class="kn">import</span>' in html


def test_page_has_title_summary_and_no_second_title(tmp_path):
    (tmp_path / "10-a.md").write_text("# How *so*?\n\nA [first](x) `<b>` paragraph\nof two lines.\n\nSecond.\n")
    (page,) = read_pages(tmp_path, ("10-a.md",))
    assert (page.slug, page.title, page.summary) == ("a", "How *so*?", "A first <b> paragraph of two lines.")
    assert "<h1" not in page.html


def test_notebook_shows_code_text_tables_and_pictures(tmp_path):
    picture = {"output_type": "display_data", "data": {"image/png": PIXEL, "text/plain": "<Figure size 1>"}}
    table = {"output_type": "execute_result", "data": {"text/html": ["<table><tr><td>7</td></tr></table>"]}}
    stream = {"output_type": "stream", "text": ["\x1b[31mred\x1b[0m\n", "<b>"]}
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
    (tmp_path / "a.ipynb").write_text(
        notebook(
            {"cell_type": "markdown", "source": ["# Title\n", "\n", "Text."]},
            code("x = 1", picture, table, stream, error),
        )
    )
    (page,) = read_pages(tmp_path, ("a.ipynb",))
    assert page.title == "Title"
    assert page.files == {"a-1-0.png": b"\x89PNG pretended"}
    assert '<img src="files/a-1-0.png" alt="Figure size 1">' in page.html
    assert "<td>7</td>" in page.html
    assert "red\n&lt;b&gt;" in page.html
    assert "ValueError: no" in page.html


def test_output_of_a_notebook_cannot_run(tmp_path):
    bad = {"output_type": "display_data", "data": {"text/html": "<script>x</script><b onclick='x'>y</b>"}}
    script = {"output_type": "display_data", "data": {"application/javascript": "alert(1)"}}
    (tmp_path / "a.ipynb").write_text(notebook(code("x", bad, script)))
    (page,) = read_pages(tmp_path, ("a.ipynb",))
    assert "script" not in page.html
    assert "onclick" not in page.html
    assert "<b>y</b>" in page.html


def test_pages_come_in_the_order_of_their_names(tmp_path):
    for name in ("20-b.md", "10-c.md", "30-a.md"):
        (tmp_path / name).write_text(f"# {name}\n")
    assert [page.slug for page in read_pages(tmp_path, ("30-a.md", "20-b.md", "10-c.md"))] == ["c", "b", "a"]
