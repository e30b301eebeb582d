"""The platform's directory and its users' sessions, by the tools on the hosts."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any

from sepp.config.users import INVITE, UsersFile
from sepp.deployment import Deployment
from sepp.engine.errors import EngineError
from sepp.verify.access import Hosts

TOOL = "sepp-directory"
"""Manages users and groups, on the core host."""
END_SESSIONS = "sepp-end-sessions"
"""Ends what a user runs on a host that has it."""

_END_SESSIONS = f"""
if command -v sss_cache >/dev/null; then sss_cache -E; fi
if command -v {END_SESSIONS} >/dev/null; then for name; do {END_SESSIONS} "$name"; done; fi
"""
"""What a host knows about groups is forgotten first, so that a user who comes back at once has her new rights."""

_END_LIMIT = 180
"""Longest wait for the end of sessions on a host (seconds)."""


class RefusedError(Exception):
    """The directory refuses what the operator wants; `code` is the exit code: 1 failed, 2 wrong usage."""

    def __init__(self, message: str, hint: str, code: int) -> None:
        super().__init__(f"{message} ({hint})" if hint else message)
        self.message = message
        self.hint = hint
        self.code = code


class Client:
    """Users and groups of one platform."""

    def __init__(self, deployment: Deployment, hosts: Hosts) -> None:
        self._deployment = deployment
        self._hosts = hosts

    def call(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Run a command of the tool and return its result; `end_sessions` in it names users whose sessions have to end.

        Raise RefusedError if the directory refuses, EngineError if it or a host cannot be reached.
        """
        ended = self._hosts.run("core", TOOL, command, stdin=json.dumps(arguments))
        try:
            result: dict[str, Any] = json.loads(ended.stdout)
        except ValueError:
            reason = ended.stderr.strip().rpartition("\n")[2] or f"exit code {ended.returncode}"
            raise EngineError(f"the directory's host does not answer: {reason}", "./sepp status") from None
        if "error" in result:
            raise RefusedError(result["error"], result["hint"], ended.returncode)
        return result

    def apply(self, file: UsersFile) -> dict[str, Any]:
        """Make the directory have the users of a file; return who was added, changed, and one-time passwords."""
        return self.call("apply", users={name: _wanted(entry.model_dump()) for name, entry in file.users.items()})

    def end_sessions(self, names: Iterable[str]) -> None:
        """End what users run, on all hosts; EngineError names the hosts where that failed."""
        users = tuple(names)
        if not users:
            return
        failed: list[str] = []
        for host in self._deployment.hosts:
            try:
                ended = self._hosts.run(host.name, "sh", "-euc", _END_SESSIONS, "sh", *users, timeout=_END_LIMIT)
            except subprocess.TimeoutExpired:
                failed.append(f"{host.name}: not finished after {_END_LIMIT} s")
                continue
            if ended.returncode:
                failed.append(f"{host.name}: {ended.stderr.strip()[-200:]}")
        if failed:
            raise EngineError(
                f"not all sessions of {', '.join(users)} have ended: {'; '.join(failed)}",
                f"./sepp user sign-out {' '.join(users)}",
            )


def _wanted(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "full_name": entry["name"],
        "mail": entry["mail"],
        "groups": entry["groups"],
        "password": None if entry["password"] == INVITE else entry["password"],
    }
