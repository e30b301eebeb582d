"""What a unit of systemd says of a service, as a container needs to know it. Pure.

See systemd.service(5), systemd.exec(5) and systemd.syntax(7). What a container has by itself is not read: as who it
runs, and what it may not do.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_FOLDERS = {
    "RuntimeDirectory": ("/run", "RUNTIME_DIRECTORY"),
    "CacheDirectory": ("/var/cache", "CACHE_DIRECTORY"),
    "StateDirectory": ("/var/lib", "STATE_DIRECTORY"),
}
"""What folders are below, and by what variable a service is told where its own are (systemd.exec(5))."""
_TRUE = ("1", "yes", "true", "on")
_SECONDS = "90"
"""How long a service may take to start and to stop where nothing is said (systemd-system.conf(5))."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """How a service is started: its command with its environment, and `folders` that are there, empty, for it to write.

    `then` is what is run once it has been started, if anything. `start_seconds` and `stop_seconds` are how long it may
    take.
    """

    command: tuple[str, ...]
    then: tuple[str, ...] | None
    environment: Mapping[str, str]
    folders: tuple[str, ...]
    working_directory: str | None
    start_seconds: int
    stop_seconds: int


def unit(texts: Iterable[str]) -> Unit:
    """Read a unit and what is dropped in, in their order; ValueError if no container can start it."""
    said: dict[str, list[str]] = {}
    for key, value in (assignment for text in texts for assignment in _assignments(text)):
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
    folders = [folder for found in made.values() for folder in found]
    # One that may be missing is written with a sign before it.
    folders += [path.lstrip("-+") for line in said.get("ReadWritePaths", []) for path in line.split()]
    private = said.get("PrivateTmp", ["no"])[-1] in _TRUE
    return Unit(
        command=_command(commands[0]),
        then=_command(after[0]) if after else None,
        environment={
            **{variable: ":".join(found) for variable, found in made.items() if found},
            # In a container the main process is the first.
            **({"MAINPID": "1"} if after else {}),
            **dict(each.split("=", 1) for line in said.get("Environment", []) for each in _words(line)),
        },
        folders=(*folders, *(("/tmp", "/var/tmp") if private else ())),  # noqa: S108
        working_directory=said.get("WorkingDirectory", [None])[-1],
        start_seconds=int(said.get("TimeoutStartSec", [_SECONDS])[-1]),
        stop_seconds=int(said.get("TimeoutStopSec", [_SECONDS])[-1]),
    )


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    """Give what the section of the service says."""
    section = ""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if line.startswith("["):
            section = line.strip("[] ")
        elif section == "Service" and "=" in line and not line.startswith(("#", ";")):
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
