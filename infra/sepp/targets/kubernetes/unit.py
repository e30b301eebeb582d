"""What a unit of systemd says of a service, as a container needs to know it. Pure.

See systemd.service(5), systemd.exec(5), systemd.timer(5) and systemd.syntax(7). What a container has by itself is not
read.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

_FOLDERS = {
    "RuntimeDirectory": ("/run", "RUNTIME_DIRECTORY"),
    "CacheDirectory": ("/var/cache", "CACHE_DIRECTORY"),
    "StateDirectory": ("/var/lib", "STATE_DIRECTORY"),
}
"""What folders are below, and by what variable a service is told where its own are (systemd.exec(5))."""
_TRUE = ("1", "yes", "true", "on")
_CALENDARS = ("daily", "weekly", "monthly")
"""Words that mean the same to systemd (systemd.time(7)) and, with a sign before them, to a cluster's CronJob."""
_SECONDS = "90"
"""How long a service may take to start and to stop where nothing is said (systemd-system.conf(5))."""


Access = Literal["write", "read"] | None
"""What a process may do below a path."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """How a service is started: its command with its environment, and `folders` that are there, empty, for it to write.

    `user` is None for root, who has the `rights` of capabilities(7), by names without `CAP_`. With `own_temporary` it
    has temporary folders that no other sees. `then` is what is run once it has been started, if anything.
    `start_seconds` and `stop_seconds` are how long it may take.
    """

    command: tuple[str, ...]
    then: tuple[str, ...] | None
    environment: Mapping[str, str]
    folders: tuple[str, ...]
    own_temporary: bool
    user: str | None
    rights: tuple[str, ...]
    working_directory: str | None
    start_seconds: int
    stop_seconds: int
    _write: tuple[str, ...]
    _read: tuple[str, ...]
    _nothing: tuple[str, ...]

    def access(self, path: str) -> Access:
        """Return what the process may do with what is mounted at a path."""
        if _is_below(path, self._write):
            return "write"
        return None if _is_below(path, self._nothing) and not _is_below(path, self._read) else "read"


@dataclass(frozen=True, kw_only=True)
class Timer:
    """When a unit is started: again so many seconds after it ended, or by a calendar, `@daily` and the like."""

    every: int | None
    calendar: str | None


def unit(texts: Iterable[str]) -> Unit:
    """Read a unit and what is dropped in, in their order; ValueError if no container can start it."""
    said: dict[str, list[str]] = {}
    for key, value in (assignment for text in texts for assignment in _assignments(text, "Service")):
        # An empty value forgets those before.
        said[key] = [*said.get(key, []), value] if value else []
    commands = said.get("ExecStart", [])
    if len(commands) != 1:
        raise ValueError(f"a container starts one command, not {len(commands)}: {commands}")
    after = said.get("ExecStartPost", [])
    if len(after) > 1:
        raise ValueError(f"a container runs one command after its start, not {len(after)}: {after}")
    made = {
        variable: [f"{root}/{name}" for line in said.get(key, []) for name in line.split()]
        for key, (root, variable) in _FOLDERS.items()
    }
    folders = (*(folder for found in made.values() for folder in found), *_paths(said, "ReadWritePaths"))
    emptied = (path.partition(":")[0] for path in _paths(said, "TemporaryFileSystem"))
    bounds = _paths(said, "CapabilityBoundingSet")
    return Unit(
        command=_command(commands[0]),
        then=_command(after[0]) if after else None,
        environment={
            **{variable: ":".join(found) for variable, found in made.items() if found},
            # In a container the main process is the first.
            **({"MAINPID": "1"} if after else {}),
            **dict(each.split("=", 1) for line in said.get("Environment", []) for each in _words(line)),
        },
        folders=folders,
        own_temporary=said.get("PrivateTmp", ["no"])[-1] in _TRUE,
        user=said.get("User", [None])[-1],
        rights=tuple(name.removeprefix("CAP_") for name in bounds),
        working_directory=said.get("WorkingDirectory", [None])[-1],
        start_seconds=int(said.get("TimeoutStartSec", [_SECONDS])[-1]),
        stop_seconds=int(said.get("TimeoutStopSec", [_SECONDS])[-1]),
        _write=folders,
        _read=_paths(said, "BindReadOnlyPaths"),
        _nothing=(*emptied, *_paths(said, "InaccessiblePaths")),
    )


def timer(text: str) -> Timer:
    """Read a timer; ValueError if no cluster has such a one."""
    said = dict(_assignments(text, "Timer"))
    every, calendar = said.get("OnUnitInactiveSec"), said.get("OnCalendar")
    if every is None and calendar not in _CALENDARS:
        raise ValueError(f"a cluster knows {', '.join(_CALENDARS)} as calendars, not {calendar}")
    return Timer(every=int(every) if every else None, calendar=f"@{calendar}" if calendar else None)


def _paths(said: Mapping[str, list[str]], key: str) -> tuple[str, ...]:
    """Return the words of all lines; a path that may be missing has a sign before it."""
    return tuple(word.lstrip("-+") for line in said.get(key, []) for word in line.split())


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(PurePosixPath(path).is_relative_to(folder) for folder in folders)


def _assignments(text: str, wanted: str) -> Iterator[tuple[str, str]]:
    """Give what a section says."""
    section = ""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if line.startswith("["):
            section = line.strip("[] ")
        elif section == wanted and "=" in line and not line.startswith(("#", ";")):
            key, _, value = line.partition("=")
            yield key.strip(), value.strip()


def _command(line: str) -> tuple[str, ...]:
    """Split a command; signs before it say with which rights systemd runs it."""
    return _words(line.lstrip("@-:+!"))


def _words(line: str) -> tuple[str, ...]:
    """Split a line as a shell does; systemd would put something in place of others' variables and specifiers."""
    if re.search(r"[$%]", line.replace("%%", "")):
        raise ValueError(f"only systemd knows what this is: {line}")
    return tuple(shlex.split(line.replace("%%", "%")))
