"""Colours for code: spans with classes, whose colours are in the style sheet."""

from html import escape

from pygments import highlight as _highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

_NAMES = {"gdl": "idl", "gnu": "octave", "ir": "r"}


def highlight(text: str, language: str, attributes: str = "") -> str:
    """Return code as HTML spans; code of an unknown language stays plain. `attributes` is Markdown's and unused."""
    try:
        lexer = get_lexer_by_name(_NAMES.get(language.lower(), language or "text"))
    except ClassNotFound:
        return escape(text)
    return _highlight(text.strip("\n"), lexer, HtmlFormatter[str](nowrap=True))
