"""What the YAML parser says when it gives up, in words that help."""

import re

import yaml

from sepp.config.errors import ConfigError
from sepp.config.source import Text

_PROBLEMS = {
    "block sequence entries are not allowed in this context": (
        "a '-' that is not expected here: list items stand on lines of their own, below the key"
    ),
    "did not find expected '-' indicator": "a list goes on here with something that is not an item: start it with '- '",
    "could not find expected ':'": "a key without ':': write 'key: value'",
    "found unknown escape character": (
        "an unknown escape in a text with double quotes: use single quotes, in which '\\' is an ordinary character"
    ),
    "did not find expected hexdecimal number": "an escape like \\x41 in double quotes needs digits and letters a to f",
    "did not find expected comment or line break": "text behind '|' or '>': it starts on the next line",
    "found character that cannot start any token": "a text cannot start with this character: put it in quotes",
    "did not find expected alphabetic or numeric character": "a text that starts with '*' or '&' needs quotes",
    "did not find expected node content": "a value is missing here, or a bracket is closed that was not opened",
    "found undefined tag handle": "a text that starts with '!' needs quotes",
    "exceeded maximum nesting": "nested too deeply: no setting is",
}
_UNCLOSED = {
    "while scanning a quoted scalar": "a quote that is opened here is never closed",
    "while parsing a flow sequence": "a list that is opened here with '[' is not closed: a ',' or ']' is missing",
    "while parsing a flow mapping": "a mapping that is opened here with '{' is not closed: a ',' or '}' is missing",
}
_NO_SPACE = re.compile(r"\s*[A-Za-z_][\w-]*:(?=[^\s/:])")
_TAB_INDENT = re.compile(r"[ ]*\t\s*[^\s#]")


def syntax_error(text: Text, error: yaml.YAMLError) -> ConfigError:
    """Turn the parser's error into a fault with a remedy; tabs are the likeliest cause where there are any."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return text.error(1, 1, f"not valid YAML: {error}")
    return _tab(text, error.problem_mark.line) or _unclosed(text, error) or _explained(text, error, error.problem_mark)


def _tab(text: Text, last: int) -> ConfigError | None:
    for number, line in enumerate(text.lines[: last + 1], start=1):
        if _TAB_INDENT.match(line):
            return text.error(number, line.index("\t") + 1, "a tab as indentation: use spaces")
    return None


def _unclosed(text: Text, error: yaml.MarkedYAMLError) -> ConfigError | None:
    escape = any(word in (error.problem or "") for word in ("escape", "hexdecimal"))
    if error.context not in _UNCLOSED or error.context_mark is None or escape:
        return None
    return text.error(error.context_mark.line + 1, error.context_mark.column + 1, _UNCLOSED[error.context])


def _explained(text: Text, error: yaml.MarkedYAMLError, place: yaml.Mark) -> ConfigError:
    problem = error.problem or ""
    if not "".join(text.lines[place.line :]).strip():
        return _end(text)
    for known, explain in _EXPLAINED.items():
        if known in problem:
            return explain(text, place.line, place.column)
    if problem == "could not find expected ':'" and error.context_mark:
        place = error.context_mark
    message = next((words for known, words in _PROBLEMS.items() if known in problem), f"not valid YAML: {problem}")
    return text.error(place.line + 1, place.column + 1, message)


def _end(text: Text) -> ConfigError:
    lines = text.lines
    last = max((number for number, line in enumerate(lines) if line.strip()), default=0)
    message = "the file ends in the middle of something: a value, a quote or a bracket is missing"
    return text.error(last + 1, len(lines[last]) + 1, message)


def _unexpected(text: Text, line: int, column: int) -> ConfigError:
    lines = text.lines
    source = lines[line] if line < len(lines) else ""
    if source[column : column + 1] in ("]", "}"):
        message = f"a '{source[column]}' too many: no bracket of this kind is open"
    elif source[:column].strip():
        message = "text behind the end of a value: put the whole value in quotes, or delete what is too much"
    else:
        message = "the indentation fits none of the lines above: keys of one mapping start in the same column"
    return text.error(line + 1, column + 1, message)


def _colon(text: Text, line: int, column: int) -> ConfigError:
    """Tell why a ':' cannot stand where it is."""
    lines = text.lines
    above = max((number for number in range(line) if lines[number].strip()), default=line)
    if found := _NO_SPACE.match(lines[above]):
        return text.error(above + 1, found.end(), "a space is missing after ':'")
    if ": " in lines[line][:column]:
        return text.error(line + 1, column + 1, "a text that holds ': ' needs quotes")
    message = "this line is indented further than the one above, which has its value already"
    return text.error(line + 1, column + 1, message)


_EXPLAINED = {"did not find expected key": _unexpected, "mapping values are not allowed": _colon}
