"""Users that exist as long as the checks run."""

import contextlib
import json
import secrets
import subprocess
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from sepp.catalogue.storage import STORAGE
from sepp.config.mission import Actor, Mission
from sepp.deployment import Deployment
from sepp.directory.client import END_SESSIONS, TOOL
from sepp.verify.access import Hosts
from sepp.verify.result import CheckError

PREFIX = "verify-"
"""Names of the checks' users begin so."""
STORAGE_LIMIT = 90
"""Longest wait for a user's folders (seconds)."""
PUBLISHED = "published-by-verify.txt"
"""The file that the second user publishes, for the others to read."""
_SYNC = next(process.service for process in STORAGE.processes if process.main)


@dataclass(frozen=True, kw_only=True)
class User:
    """A user of the checks. The password never leaves the process and the directory."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Cast:
    """The users of a mission's checks: one for each actor, and `other`, whose files the others try to get at."""

    mission: str
    actors: dict[str, User]
    other: User


@contextlib.contextmanager
def cast(hosts: Hosts, deployment: Deployment, mission: Mission) -> Generator[Cast]:
    """Add the users of a mission's checks, with their folders; take both away in the end, whatever happens.

    Another mission that is open to everyone makes folders for them, too.
    """
    added: list[str] = []
    mark = secrets.token_hex(3)
    try:
        yield _make_cast(hosts, mission, mark, added)
    finally:
        _remove(hosts, deployment, mission, added)


def _make_cast(hosts: Hosts, mission: Mission, mark: str, added: list[str]) -> Cast:
    def add(role: str, groups: Sequence[str]) -> User:
        user = User(name=f"{PREFIX}{mark}-{role[:12].rstrip('-')}", password=f"{secrets.token_urlsafe(24)}-Aa1")
        added.append(user.name)
        wanted = {"name": user.name, "password": user.password, "groups": list(groups)}
        hosts.output("core", TOOL, "add", stdin=json.dumps(wanted))
        return user

    actors = {name: add(name, _groups(actor)) for name, actor in mission.actors.items()}
    if not any("everyone" in actor.groups for actor in mission.actors.values()):
        actors["outsider"] = add("outsider", ())
    publishers = [actor for actor in mission.actors.values() if "publish" in actor.may]
    other = add("other", _groups((publishers or list(mission.actors.values()))[0]))
    if mission.storage is not None:
        members = [user.name for name, user in actors.items() if name != "outsider"]
        _wait_for_folders(hosts, mission, [*members, other.name])
        if mission.storage.public and mission.interactive is not None and publishers:
            published = f"/public/{other.name}/{PUBLISHED}"
            hosts.as_user(mission.mission, other.name, f"open({published!r}, 'w').write('published')")
    return Cast(mission=mission.mission, actors=actors, other=other)


def _groups(actor: Actor) -> tuple[str, ...]:
    """Return the one group by which a user belongs to an actor; all users are in `everyone` already."""
    return tuple(group for group in actor.groups if group != "everyone")[:1]


def _wait_for_folders(hosts: Hosts, mission: Mission, names: Sequence[str]) -> None:
    storage = f"{mission.mission}-storage"
    limit = STORAGE_LIMIT + hosts.late
    deadline = time.monotonic() + limit
    while hosts.run(storage, "ls", *(f"/home/{name}" for name in names)).returncode:
        if time.monotonic() > deadline:
            raise CheckError(f"{storage}: no folders for new users after {limit} s")
        hosts.run(storage, "sss_cache", "--everything")  # or it knows the new members only a while later
        hosts.run(storage, "systemctl", "start", _SYNC)
        time.sleep(1)


def _remove(hosts: Hosts, deployment: Deployment, mission: Mission, names: Sequence[str]) -> None:
    """Take users and their folders away; CheckError names all that could not be, after everything was tried."""
    left: list[str] = []
    for name in names:
        if mission.interactive is not None:
            hosts.run(mission.mission, END_SESSIONS, name)
        left += _told(hosts, "core", name, TOOL, "delete")
    # After the users themselves: folders of somebody with rights are kept.
    until = time.monotonic() + hosts.late
    for host in (host.name for host in deployment.hosts if STORAGE.name in host.services):
        for name in names:
            tool = ("sepp-storage", "remove", name)
            while (failed := _told(hosts, host, name, *tool)) and time.monotonic() < until:
                time.sleep(2)
            left += failed
    if left:
        raise CheckError(f"the checks' users are left behind: {'; '.join(left)}")


def _told(hosts: Hosts, host: str, name: str, *argv: str) -> list[str]:
    """Tell a host about a user; return what went wrong, if anything."""
    try:
        hosts.output(host, *argv, stdin=json.dumps({"name": name, "forget": True}))
    except (CheckError, OSError, subprocess.TimeoutExpired) as error:
        return [str(error)]
    return []
