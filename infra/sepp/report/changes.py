"""What an operator reads before she says yes: a platform's parts, and how they differ from what is deployed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sepp.config.units import GIB, format_size
from sepp.deployment import Deployment, Host, Right

Summary = Mapping[str, Mapping[str, str]]
"""The parts of a platform in words: section -> part -> description. The stack keeps that of the last `up`."""

SECTIONS = ("missions", "hosts", "volumes", "connections", "limits", "rights")


@dataclass(frozen=True, kw_only=True)
class Change:
    """A part that comes, goes or differs. `loses_data` marks what takes users' data along."""

    section: str
    part: str
    kind: Literal["add", "remove", "change"]
    before: str | None
    after: str | None
    loses_data: bool


def summary(deployment: Deployment) -> dict[str, dict[str, str]]:
    """Say in words what a platform consists of."""
    return {
        "missions": {mission.mission: mission.title for mission in deployment.missions},
        "hosts": {host.name: _host(host) for host in deployment.hosts},
        "volumes": {
            volume.name: f"{format_size(volume.size)} for {volume.tier or volume.service}"
            for volume in deployment.volumes
        },
        "connections": {f"{rule.source} -> {rule.host}:{rule.port}": f"to {rule.service}" for rule in deployment.rules},
        "limits": dict(_limits(deployment)),
        "rights": {_right_name(right): "allowed" if right.allowed else "refused" for right in deployment.rights},
    }


def notes(deployment: Deployment) -> Iterator[str]:
    """Tell what an operator may not expect: volumes that are full before a single user's limit is reached."""
    for volume in deployment.volumes:
        if volume.tier not in ("persistent", "scratch", "public"):
            continue
        tier = getattr(deployment.mission(volume.area).storage, volume.tier)
        if tier.quota > volume.size:
            sizes = f"{format_size(volume.size)}, less than the {format_size(tier.quota)} that each user may have"
            yield f"volume {volume.name} holds {sizes}"


def changes(before: Summary | None, after: Summary) -> tuple[Change, ...]:
    """Compare two summaries; without one from before, everything is new."""
    return tuple(
        change
        for section in SECTIONS
        for change in _section_changes(section, (before or {}).get(section, {}), after.get(section, {}))
    )


def _section_changes(section: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for part in [*before, *(part for part in after if part not in before)]:
        old, new = before.get(part), after.get(part)
        if old == new:
            continue
        yield Change(
            section=section,
            part=part,
            kind="add" if old is None else "remove" if new is None else "change",
            before=old,
            after=new,
            loses_data=section == "volumes" and new is None,
        )


def _host(host: Host) -> str:
    return f"{host.cpu} cores, {host.memory / GIB:.1f} GiB: {', '.join(host.services)}"


def _limits(deployment: Deployment) -> Iterator[tuple[str, str]]:
    for mission in deployment.missions:
        for name, actor in mission.actors.items():
            limits = actor.limits
            yield (
                f"{mission.mission} actor {name}",
                f"{limits.cpu} cores, {format_size(limits.memory)}, {limits.servers} server(s) "
                f"for {', '.join(actor.groups)}",
            )
        for tier in ("persistent", "scratch", "public"):
            if mission.storage and (settings := getattr(mission.storage, tier)):
                yield f"{mission.mission} tier {tier}", f"{format_size(settings.quota)} a user"


def _right_name(right: Right) -> str:
    return f"{right.mission} {right.actor}: {right.action} {right.resource} ({right.door})"
