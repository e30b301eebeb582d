"""What everybody uses: for the operator's report, and for each user a file that she alone can read."""

import grp
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sepp_storage import acl, folders
from sepp_storage.acl import Acl
from sepp_storage.config import STATE, Config
from sepp_storage.members import Directory, User
from sepp_storage.volumes import Usage, Volume

REPORT = STATE / "usage.json"
FOLDER = ".sepp/usage"
"""Where the users' files are, below the persistent tier."""


def collect(config: Config, directory: Directory, volumes: Mapping[str, Volume]) -> dict[str, Any]:
    """Gather what every user, share and tier uses and may use, in bytes."""
    users: dict[str, Any] = {}
    for tier in config.tiers:
        for name in folders.names(tier.path) if tier.name in volumes else ():
            entry = users.setdefault(name, {"groups": directory.groups(name), "tiers": {}})
            entry["tiers"][tier.name] = _entry(tier.path / name, volumes[tier.name].usage(name))
    shares = {
        share.name: {
            "groups": share.groups,
            **_entry(config.shares_path / share.name, volumes["shares"].usage(share.name)),
        }
        for share in config.shares
        if config.shares_path and "shares" in volumes and (config.shares_path / share.name).is_dir()
    }
    paths = {tier.name: tier.path for tier in config.tiers} | (
        {"shares": config.shares_path} if config.shares_path else {}
    )
    return {
        "mission": config.mission,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "users": users,
        "shares": shares,
        "tiers": {name: _whole(path) for name, path in paths.items() if name in volumes},
    }


def own(report: Mapping[str, Any], user: str) -> dict[str, Any]:
    """Return the part of the report that is a user's own: her tiers and the shares of her groups."""
    entry = report["users"].get(user, {"groups": (), "tiers": {}})
    groups = {*entry["groups"]}
    return {
        "tiers": entry["tiers"],
        "shares": {
            name: {key: value for key, value in share.items() if key != "groups"}
            for name, share in report["shares"].items()
            if groups & {*share["groups"]}
        },
    }


def write(report: Mapping[str, Any], reader: str, home: Path | None, users: Iterable[User]) -> None:
    """Write the report for a group, and below `home` a file for each user: root's own, which she alone may read."""
    readers = grp.getgrnam(reader).gr_gid
    folders.write(REPORT, f"{json.dumps(report, indent=1)}\n", Acl(owner=6, groups={readers: 4}))
    if home is None:
        return
    folder = _folder(home)
    for user in users:
        text = f"{json.dumps(own(report, user.name), indent=1)}\n"
        folders.write(folder / f"{user.name}.json", text, Acl(owner=6, users={user.uid: 4}))


def _folder(home: Path) -> Path:
    folder = home / FOLDER
    for path, wanted in ((folder.parent, Acl(group=5, other=5)), (folder, Acl(group=1, other=1))):
        path.mkdir(mode=0o755, exist_ok=True)
        with folders.open_folder(path) as fd:
            acl.apply(fd, wanted)
    return folder


def _entry(path: Path, usage: Usage) -> dict[str, Any]:
    return {"path": str(path), **asdict(usage)}


def _whole(path: Path) -> dict[str, int]:
    status = os.statvfs(path)
    return {
        "used": (status.f_blocks - status.f_bfree) * status.f_frsize,
        "size": status.f_blocks * status.f_frsize,
    }
