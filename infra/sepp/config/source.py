"""A configuration file's text: what is refused before anybody asks what it says."""

import re
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sepp.config.errors import ConfigError

MAX_BYTES = 256 * 1024
"""Size of the largest file that is read."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u061c\u200b-\u200f\u2028-\u202f\u205f-\u206f\ufeff\ufff9-\uffff\U000e0000-\U000e0fff]"
)
_NAMES = {
    "\x00": "a NUL byte: this is not a text file",
    "\x1b": "an escape character (U+001B): remove it",
    "\xa0": "a non-breaking space (U+00A0), often from copied text: replace it with an ordinary space",
    "\u202f": "a narrow non-breaking space (U+202F): replace it with an ordinary space",
    "\ufeff": "a byte order mark (U+FEFF) inside the text: remove it",
}


@dataclass(frozen=True)
class Text:
    """The text of a file, and its name as messages show it; lines with secrets are never shown."""

    file: str
    text: str
    has_secrets: bool = False

    @cached_property
    def lines(self) -> list[str]:
        """The lines, without their ends."""
        return self.text.split("\n")

    def error(self, line: int, column: int, message: str, path: str = "") -> ConfigError:
        """Make the fault at a line and a column that count from 1; a place behind the end is the end."""
        lines = self.lines
        line = min(line, len(lines))
        source = lines[line - 1]
        column = min(column, len(source) + 1)
        shown_line = "" if self.has_secrets else source[:2000]
        message = re.sub(r"'([*&!])[^']*'", r"'\1...'", message) if self.has_secrets else message
        return ConfigError(file=self.file, line=line, column=column, path=path, message=message, source_line=shown_line)


def shown(path: Path) -> str:
    """Return a path as messages show it: relative to the current folder if it is below."""
    current = Path.cwd()
    path = path if path.is_absolute() else current / path
    return str(path.relative_to(current) if path.is_relative_to(current) else path)


def read(path: Path) -> Text | ConfigError:
    """Read a file, or say why it cannot be one of configuration."""
    file = Text(shown(path), "")
    try:
        problem = _wrong_kind(path)
        data = b"" if problem else path.read_bytes()
    except FileNotFoundError:
        return file.error(1, 1, "there is no such file")
    except RuntimeError:
        return file.error(1, 1, "a symbolic link that leads to itself")
    except OSError as error:
        return file.error(1, 1, f"cannot be read: {error.strerror}")
    return file.error(1, 1, problem) if problem else decode(file.file, data)


def _wrong_kind(path: Path) -> str | None:
    folder = path.parent.resolve()
    if not path.resolve().is_relative_to(folder):
        return "a symbolic link that leaves its folder: put the file itself here"
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        return "not a file"
    if status.st_size > MAX_BYTES:
        return f"larger than {MAX_BYTES // 1024} KiB ({status.st_size} bytes): this cannot be a configuration file"
    return None


def decode(file: str, data: bytes) -> Text | ConfigError:
    """Decode a file's bytes, or name the trap that they hold."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Text(file, "").error(1, 1, "UTF-16 with a byte order mark: save the file as UTF-8")
    if data.startswith(b"\xef\xbb\xbf"):
        return Text(file, "").error(1, 1, "starts with a byte order mark (BOM): save the file as UTF-8 without BOM")
    try:
        text = Text(file, data.decode())
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, len(before.split(b"\n")[-1].decode(errors="replace")) + 1
        shown_text = Text(file, data.decode(errors="replace"))
        return shown_text.error(line, column, f"byte 0x{data[error.start]:02x} is not UTF-8: save the file as UTF-8")
    return _invisible(text) or text


def _invisible(text: Text) -> ConfigError | None:
    found = re.search("\x00", text.text) or _INVISIBLE.search(text.text)
    if found is None:
        return None
    line = text.text.count("\n", 0, found.start()) + 1
    column = found.start() - (text.text.rfind("\n", 0, found.start()) + 1) + 1
    character = found[0]
    if character == "\r":
        return text.error(line, column, "lines end with CR LF (Windows): save the file with LF line ends")
    name = _NAMES.get(character, f"an invisible character (U+{ord(character):04X}): remove it")
    return text.error(line, column, name)
