"""What users, groups and shares use of the missions' storage, as the storage hosts counted it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sepp.deployment import Deployment
from sepp.engine.errors import EngineError
from sepp.verify.access import Hosts


def usage(deployment: Deployment, hosts: Hosts) -> list[dict[str, Any]]:
    """Read what is used of each mission's storage, in bytes, and add it up by group.

    EngineError says which storage host does not answer.
    """
    return [_read(hosts, host.name) for host in deployment.hosts if "storage" in host.services]


def _read(hosts: Hosts, host: str) -> dict[str, Any]:
    ended = hosts.run(host, "sepp-storage", "usage")
    if ended.returncode:
        reason = ended.stderr.strip().rpartition("\n")[2] or f"exit code {ended.returncode}"
        raise EngineError(f"{host} has not told what is used: {reason}", "./sepp status")
    report: dict[str, Any] = json.loads(ended.stdout)
    return {**report, "groups": by_group(report["users"])}


def by_group(users: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Add up what the members of each group use: `users` (count) and `tiers` (bytes by tier).

    A user counts in each of her groups; those who have none any more are together under the empty name.
    """
    found: dict[str, dict[str, Any]] = {}
    for name in sorted(users):
        for group in users[name]["groups"] or [""]:
            entry = found.setdefault(group, {"users": 0, "tiers": {}})
            entry["users"] += 1
            for tier, used in _used(users[name]):
                entry["tiers"][tier] = entry["tiers"].get(tier, 0) + used
    return dict(sorted(found.items()))


def _used(user: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for tier, entry in user["tiers"].items():
        if not entry["whole"]:
            yield tier, entry["used"]
