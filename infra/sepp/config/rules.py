"""What has to hold between the settings of one mission. Each rule is a small function that yields what it finds."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from sepp.config.claims import Claims
from sepp.config.errors import hint, listed
from sepp.config.findings import ANY, Finding
from sepp.config.mission import Actor, Mission, Permission, Workflow
from sepp.config.tree import Path
from sepp.config.units import MIB, format_duration, format_size

ALL = "all"
EVERYONE = "everyone"

RESERVED_NAMES = {
    ALL: "it means every collection",
    "core": "the platform's own area has this name",
    EVERYONE: "it means all who can sign in",
    "files": "the public tiers are at this address",
    "jump": "the jump host has this name",
    "login": "the sign-on is at this address",
    "sepp": "the kit itself has this name",
    "www": "the portal is at this address",
}
"""Names that no mission can have, and why."""

RESERVED_ACTORS = {
    "anonymous": "it means visitors who did not sign in",
    "outsider": "it means users who are none of the mission's actors",
}
"""Names that no actor can have, and why."""

_GROUPS = """
    adm audio backup bin cas cdrom clock crontab daemon dialout dip disk docker fax floppy games input irc
    jupyterhub kmem kvm list lp mail man messagebus munge netdev news nogroup openldap operator plugdev podman
    portal postgres proxy render root sasl sgx shadow slurm src ssl-cert staff sudo sys systemd-journal
    systemd-network systemd-resolve systemd-timesync tape tty users utmp uucp video voice wheel www-data
"""
SYSTEM_GROUPS = frozenset(_GROUPS.split())
"""Groups of the hosts themselves: a group of the directory with such a name would get their rights."""

_SCENARIOS = {
    "SA": "storage",
    "IA": "interactive",
    "WL": "legacy",
    "EP": "pipelines",
    "VO": "vo",
    "ST": "store",
}
_SMALLEST_SERVER = 512 * MIB
_SMALLEST_QUOTA = 10 * MIB
_REPOSITORY: Path = ("storage", "repository")
_COLLECTIONS: Path = (*_REPOSITORY, "collections", ANY)
_ACTORS: Path = ("actors", ANY)


def of_mission(mission: Mission) -> Iterator[Finding]:
    """Judge a mission by itself."""
    for rule in _RULES:
        yield from rule(mission)


def _names(mission: Mission) -> Iterator[Finding]:
    name = mission.mission
    if name in RESERVED_NAMES:
        yield Finding(("mission",), f"the name '{name}' is reserved: {RESERVED_NAMES[name]}")
    if name.endswith("-storage"):
        yield Finding(("mission",), f"the name '{name}' is reserved: storage hosts have names that end with '-storage'")
    for actor in mission.actors:
        if actor in RESERVED_ACTORS:
            reason = RESERVED_ACTORS[actor]
            yield Finding(("actors", actor), f"the name '{actor}' is reserved: {reason}", at_key=True)
    if ALL in _collections(mission):
        message = f"the name '{ALL}' is reserved: {RESERVED_NAMES[ALL]}"
        yield Finding((*_REPOSITORY, "collections", ALL), message, at_key=True)


def _adoption(mission: Mission) -> Iterator[Finding]:
    """Whoever only observes a scenario does not ask for its services."""
    for scenario, section in _SCENARIOS.items():
        wanted = getattr(mission, section) is not None and not (scenario == "EP" and _develops(mission))
        if wanted and getattr(mission.adoption, scenario) == "observer":
            message = f"an observer of {scenario} has no section '{section}': delete the section, or write follower"
            yield Finding(("adoption", scenario), message)
    if mission.adoption.PD == "observer" and _develops(mission):
        message = "an observer of PD has no 'pipelines.development': delete it, or write follower"
        yield Finding(("adoption", "PD"), message)


def _develops(mission: Mission) -> bool:
    return mission.pipelines is not None and mission.pipelines.development


def _someone(mission: Mission) -> Iterator[Finding]:
    """Services that people sign in to need somebody who may."""
    if mission.actors:
        return
    for section in ("interactive", "pipelines", "legacy", "store"):
        if getattr(mission, section) is not None:
            yield Finding((section,), "nobody could use this: 'actors' is missing", (_ACTORS,), at_key=True)


def _reads(mission: Mission) -> Iterator[Finding]:
    known = _collections(mission)
    for name, actor in mission.actors.items():
        for index, collection in enumerate(actor.reads):
            path = ("actors", name, "reads", index)
            if not known:
                yield Finding(path, "there is nothing to read: 'storage.repository' is missing", (_COLLECTIONS,))
            elif collection not in (ALL, *known):
                words = hint(collection, (ALL, *known), "none is declared")
                yield Finding(path, f"unknown collection '{collection}' {words}", (_COLLECTIONS,))
        if ALL in actor.reads and len(actor.reads) > 1:
            yield Finding(("actors", name, "reads"), "'all' holds every collection: leave out the others")


def _permissions(mission: Mission) -> Iterator[Finding]:
    """A right needs what it is a right to."""
    needs: dict[Permission, tuple[bool, Path]] = {
        "submit": (mission.pipelines is not None, ("pipelines",)),
        "develop": (_develops(mission), ("pipelines", "development")),
        "publish": (bool(mission.storage and mission.storage.public), ("storage", "public")),
    }
    for name, actor in mission.actors.items():
        for index, permission in enumerate(actor.may):
            there, wanted = needs[permission]
            if not there:
                message = f"nobody can {permission} without '{'.'.join(map(str, wanted))}', which is missing"
                yield Finding(("actors", name, "may", index), message, (wanted,))


def _granted(mission: Mission) -> Iterator[Finding]:
    """What is offered needs somebody who may use it."""
    offered: dict[Permission, tuple[Path, bool]] = {
        "submit": (("pipelines",), mission.pipelines is not None),
        "develop": (("pipelines", "development"), _develops(mission)),
        "publish": (("storage", "public"), bool(mission.storage and mission.storage.public)),
    }
    for permission, (path, there) in offered.items():
        if there and mission.actors and not _who_may(mission, permission):
            message = f"nobody could use this: no actor may '{permission}' (add it to 'may' of an actor)"
            yield Finding(path, message, ((*_ACTORS, "may"),), at_key=True)


def _groups(mission: Mission) -> Iterator[Finding]:
    """A group makes its members one actor, and is none of the hosts' own."""
    owner: dict[str, str] = {}
    for name, actor in mission.actors.items():
        for index, group in enumerate(actor.groups):
            path = ("actors", name, "groups", index)
            if group in SYSTEM_GROUPS or group.startswith(("sepp-", "share-")):
                yield Finding(path, f"the group '{group}' is one of the hosts' own: choose another name")
            elif group in owner:
                message = f"the members of '{group}' are '{owner[group]}' already: a group belongs to one actor"
                yield Finding(path, message)
            owner.setdefault(group, name)


def _group_references(mission: Mission) -> Iterator[Finding]:
    """Shares and reviewers are groups that some actor has."""
    known = [group for actor in mission.actors.values() for group in actor.groups]
    shares = mission.storage.shares if mission.storage else {}
    named: list[tuple[Path, tuple[str, ...]]] = [
        *((("storage", "shares", name, "groups"), share.groups) for name, share in shares.items()),
        *([(("store", "reviewers"), mission.store.reviewers)] if mission.store else ()),
    ]
    for path, groups in named:
        for index, group in enumerate(groups):
            if group not in known:
                words = hint(group, known, "no actor has groups")
                yield Finding((*path, index), f"no actor has the group '{group}' {words}", ((*_ACTORS, "groups"),))
    if mission.store and EVERYONE in mission.store.reviewers:
        index = mission.store.reviewers.index(EVERYONE)
        message = f"'{EVERYONE}' cannot review: users would approve their own apps"
        yield Finding(("store", "reviewers", index), message)


def _source(mission: Mission) -> Iterator[Finding]:
    repository = mission.storage.repository if mission.storage else None
    if repository is None:
        return
    given = [name for name in type(repository.source).model_fields if getattr(repository.source, name) is not None]
    if len(given) != 1:
        count = f"{len(given)} are given: {listed(given)}" if given else "none is given"
        valid = listed(type(repository.source).model_fields)
        path = (*_REPOSITORY, "source")
        message = f"exactly one source is wanted, {count} (valid: {valid})"
        yield Finding(path, message, ((*path, ANY),), at_key=True)


def _collection_paths(mission: Mission) -> Iterator[Finding]:
    """Rights are granted to folders, so none lies in another."""
    repository = mission.storage.repository if mission.storage else None
    claims = Claims[tuple[str, int]]()
    for name, collection in repository.collections.items() if repository else ():
        steps = PurePosixPath(collection.path).parts
        if owner := claims.claim(steps, (name, len(steps))):
            verb = "is" if len(steps) == owner[1] else "lies in" if len(steps) > owner[1] else "holds"
            path = (*_REPOSITORY, "collections", name, "path")
            yield Finding(path, f"this {verb} the folder of '{owner[0]}': their rights would contradict each other")


def _interactive(mission: Mission) -> Iterator[Finding]:
    if mission.interactive is not None and not (mission.storage and mission.storage.persistent):
        message = "'storage.persistent' is missing: it holds the users' home directories"
        yield Finding(("interactive",), message, (("storage", "persistent"),), at_key=True)


def _limits(mission: Mission) -> Iterator[Finding]:
    for name, actor in mission.actors.items():
        memory = actor.limits.memory
        if memory < _SMALLEST_SERVER:
            path = ("actors", name, "limits", "memory")
            message = f"no server starts with {format_size(memory)}: at least {format_size(_SMALLEST_SERVER)}"
            yield Finding(path, message + _larger_unit(memory))


def _quotas(mission: Mission) -> Iterator[Finding]:
    storage = mission.storage
    if storage is None:
        return
    tiers = {("storage", tier): getattr(storage, tier) for tier in ("persistent", "scratch", "public")}
    for path, settings in (
        tiers | {("storage", "shares", name): share for name, share in storage.shares.items()}
    ).items():
        if settings is not None and settings.quota < _SMALLEST_QUOTA:
            message = f"a quota of {format_size(settings.quota)} holds nothing: at least {format_size(_SMALLEST_QUOTA)}"
            yield Finding((*path, "quota"), message + _larger_unit(settings.quota))


def _larger_unit(size: int) -> str:
    meant = {"KiB": "MiB", "MiB": "GiB"}
    number, _, unit = format_size(size).partition(" ")
    return f" (did you mean '{number} {meant[unit]}'?)" if unit in meant else ""


def _workflows(mission: Mission) -> Iterator[Finding]:
    if mission.pipelines is None:
        return
    partitions = mission.pipelines.partitions
    for name, workflow in mission.pipelines.workflows.items():
        path: Path = ("pipelines", "workflows", name)
        if workflow.partition not in partitions:
            words = hint(workflow.partition, partitions, "none is declared")
            message = f"unknown partition '{workflow.partition}' {words}"
            yield Finding((*path, "partition"), message, (("pipelines", "partitions", ANY),))
        else:
            yield from _too_large(mission, workflow, path)
        yield from _known_actors(mission, path, workflow.actors)
        for index, actor in enumerate(workflow.actors):
            if actor in mission.actors and "submit" not in mission.actors[actor].may:
                message = f"'{actor}' may not submit jobs: add submit to actors.{actor}.may"
                yield Finding((*path, "actors", index), message, (("actors", actor, "may"),))


def _too_large(mission: Mission, workflow: Workflow, path: Path) -> Iterator[Finding]:
    """No workflow asks for more than a node of its partition has."""
    if mission.pipelines is None:
        return
    partition = mission.pipelines.partitions[workflow.partition]
    name = workflow.partition
    compared = {
        "cpu": (workflow.cpu, partition.cpu, str, f"cores wanted, but a node of '{name}' has"),
        "memory": (workflow.memory, partition.memory, format_size, f"wanted, but a node of '{name}' has"),
        "time": (workflow.time, partition.time_limit, format_duration, f"wanted, but a job in '{name}' runs at most"),
    }
    for key, (wanted, there, shown, relation) in compared.items():
        if wanted > there:
            message = f"{shown(wanted)} {relation} {shown(there)}"
            yield Finding((*path, key), message, (("pipelines", "partitions", name, "time_limit"),))


def _threads(mission: Mission) -> Iterator[Finding]:
    for name, thread in mission.legacy.threads.items() if mission.legacy else ():
        yield from _known_actors(mission, ("legacy", "threads", name), thread.actors)


def _known_actors(mission: Mission, path: Path, actors: Iterable[str]) -> Iterator[Finding]:
    for index, actor in enumerate(actors):
        if actor not in mission.actors:
            words = hint(actor, mission.actors, "none is declared")
            yield Finding((*path, "actors", index), f"unknown actor '{actor}' {words}", (_ACTORS,))


def _published(mission: Mission) -> Iterator[Finding]:
    """The Virtual Observatory publishes what is there, and only what everybody may read anyway."""
    if mission.vo is None:
        return
    known = _collections(mission)
    open_to_all = [actor for actor in mission.actors.values() if EVERYONE in actor.groups]
    for index, collection in enumerate(mission.vo.publishes):
        path = ("vo", "publishes", index)
        if collection not in known:
            words = hint(collection, known, "'storage.repository' is missing")
            yield Finding(path, f"unknown collection '{collection}' {words}", (_COLLECTIONS,))
        elif not any({ALL, collection} & {*actor.reads} for actor in open_to_all):
            message = f"'{collection}' would be public, but no actor with the group '{EVERYONE}' reads it"
            yield Finding(path, message, ((*_ACTORS, "groups"), (*_ACTORS, "reads")))


def _protocols(mission: Mission) -> Iterator[Finding]:
    """A protocol needs what it serves."""
    if mission.vo is None:
        return
    storage = mission.storage
    for index, protocol in enumerate(mission.vo.protocols):
        path = ("vo", "protocols", index)
        if protocol == "vospace" and not (storage and (storage.persistent or storage.public)):
            message = "vospace needs 'storage.persistent' or 'storage.public', and both are missing"
            yield Finding(path, message, (("storage", "persistent"), ("storage", "public")))
        elif protocol not in ("vospace", "tap") and not mission.vo.publishes:
            message = f"{protocol} has nothing to serve: 'publishes' names no collection"
            yield Finding(path, message, (("vo", "publishes"),))
    if mission.vo.user_schemas and "tap" not in mission.vo.protocols:
        yield Finding(
            ("vo", "user_schemas"), "tables of users are reached by tap: add it to 'protocols'", (("vo", "protocols"),)
        )


def _collections(mission: Mission) -> list[str]:
    repository = mission.storage.repository if mission.storage else None
    return list(repository.collections) if repository else []


def _who_may(mission: Mission, permission: Permission) -> list[Actor]:
    return [actor for actor in mission.actors.values() if permission in actor.may]


_RULES: tuple[Callable[[Mission], Iterator[Finding]], ...] = (
    _names,
    _adoption,
    _someone,
    _reads,
    _permissions,
    _granted,
    _groups,
    _group_references,
    _source,
    _collection_paths,
    _interactive,
    _limits,
    _quotas,
    _workflows,
    _threads,
    _published,
    _protocols,
)
