#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: a systemd unit that runs what its files say."""

import contextlib
import os
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
---
module: unit
short_description: A systemd unit that runs what its files say
description:
  - Enables and starts a unit, and restarts (or reloads) it when one of the given files was changed after its start.
  - A restart that a killed run owed is made up by the next run, where a handler would have been lost.
  - Reloads the manager first when the unit's own file, or that of the service which it triggers, has changed.
options:
  name:
    description: The unit, with its suffix.
    type: str
    required: true
  state:
    description: Whether the unit runs.
    type: str
    choices: [started, stopped]
    default: started
  enabled:
    description: Whether the unit starts with the host. Units that cannot be enabled (static ones) are left alone.
    type: bool
    default: true
  restart_if_newer:
    description:
      - Files, or folders with all that is in them, whose change (content, owner or mode) wants a restart.
      - Missing ones are ignored.
    type: list
    elements: path
    default: []
  reload_if_newer:
    description: The same for a reload; a restart that is due anyway takes its place.
    type: list
    elements: path
    default: []
  timeout:
    description: Seconds to wait for the unit to be active.
    type: int
    default: 180
attributes:
  check_mode:
    description: Tells what would be done; a unit that does not exist yet counts as a change.
    support: full
  diff_mode:
    description: Names the reason of each step.
    support: full
author: The sepp-kit authors
"""

EXAMPLES = r"""
- name: Run CAS
  sepp.kit.unit:
    name: cas.service
    restart_if_newer:
      - /etc/cas/cas.properties
      - /etc/systemd/system/cas.service
"""

RETURN = r"""
actions:
  description: What was done, in this order (daemon-reload, enable, disable, start, restart, reload, stop).
  type: list
  elements: str
  returned: always
reasons:
  description: Why, one sentence for each action.
  type: list
  elements: str
  returned: always
"""

STAMPS = Path("/run/sepp/reloaded")
"""Folder of empty files whose time is that of a unit's last reload by this module; systemd keeps no such time."""

GRAIN = 0.02
"""Seconds by which the time of a file may lag behind the clock: the kernel stamps files at its tick."""

SETTLE = 0.4
"""Seconds after which a unit that systemd calls active at once is looked at again: has its program died?"""

PROPERTIES = (
    "Id,LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,InactiveExitTimestamp,Type,"
    "RemainAfterExit,Result,NRestarts"
)
ENABLED = {"enabled", "enabled-runtime"}
CAN_BE_ENABLED = {"disabled", "indirect", "linked", "linked-runtime", "enabled-runtime", ""}


def parse_show(text):
    """Return one dictionary for each unit in the output of `systemctl show`."""
    return [
        dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in text.strip().split("\n\n")
    ]


def parse_time(text):
    """Return the seconds since 1970 of a `us+utc` time of systemd; 0 where there is none."""
    if text in ("", "n/a", "0"):
        return 0.0
    moment = " ".join(text.split()[1:3])
    form = "%Y-%m-%d %H:%M:%S.%f" if "." in moment else "%Y-%m-%d %H:%M:%S"
    return datetime.strptime(moment, form).replace(tzinfo=UTC).timestamp()


def changed_at(path):
    """Return when a file, a link's target or anything in a folder last changed; 0 if it does not exist.

    The change time, not the modification time: unpacked archives and packages carry old modification times.
    """
    times = [0.0]
    files = [Path(path), *(Path(folder, name) for folder, _, names in os.walk(path) for name in [".", *names])]
    for file in files:
        for follow in (False, True):
            with contextlib.suppress(FileNotFoundError):
                times.append(file.stat(follow_symlinks=follow).st_ctime)
    return max(times)


def newer(paths, moment, read=changed_at):
    """Return the first of the paths that changed after the moment, or None."""
    return next((path for path in paths if read(path) + GRAIN > moment), None)


def companions(name):
    """Return the unit, and for one that triggers a service also that service."""
    stem, _, suffix = name.rpartition(".")
    return [name, f"{stem}.service"] if suffix in ("timer", "path", "socket") else [name]


def decide(unit, params, reloaded, read=changed_at):
    """Return the steps as (action, reason) that bring a shown unit to what the parameters want."""
    steps = []
    name = params["name"]
    if params["enabled"] and unit.get("UnitFileState", "") in CAN_BE_ENABLED:
        steps.append(("enable", f"{name} is not enabled"))
    if not params["enabled"] and unit.get("UnitFileState") in ENABLED:
        steps.append(("disable", f"{name} is enabled"))
    active = unit.get("ActiveState") in ("active", "activating", "reloading", "refreshing")
    if params["state"] == "stopped":
        return [*steps, ("stop", f"{name} is {unit['ActiveState']}")] if active else steps
    start = parse_time(unit.get("InactiveExitTimestamp", ""))
    if not active and not has_finished(unit, start):
        return [*steps, ("start", f"{name} is {unit.get('ActiveState', 'unknown')}")]
    path = newer(params["restart_if_newer"], start, read)
    if path:
        return [*steps, ("restart", f"{path} is newer than the start of {name}")]
    path = newer(params["reload_if_newer"], max(start, reloaded), read)
    if path:
        return [*steps, ("reload", f"{path} is newer than what {name} has loaded")]
    return steps


def has_finished(unit, start):
    """Tell whether a unit is a task that has run well since the host's start, and is therefore not active."""
    return bool(
        unit.get("Type") == "oneshot"
        and unit.get("RemainAfterExit") == "no"
        and unit.get("ActiveState") == "inactive"
        and unit.get("Result") == "success"
        and start
    )


def systemctl(*arguments, timeout=60):
    """Run systemctl and return the finished process."""
    return subprocess.run(["systemctl", *arguments], capture_output=True, text=True, timeout=timeout, check=False)


def show(name):
    """Return the unit's properties; NeedDaemonReload also speaks for the service that it triggers."""
    result = systemctl("show", "--timestamp=us+utc", "-p", PROPERTIES, "--", *companions(name))
    if result.returncode != 0:
        raise RuntimeError(f"systemctl show {name}: {result.stderr.strip()}")
    blocks = parse_show(result.stdout)
    stale = any(block.get("NeedDaemonReload") == "yes" for block in blocks)
    return {**blocks[0], "NeedDaemonReload": "yes" if stale else "no"}


def stamp_of(name):
    """Return the path of the unit's reload stamp."""
    return STAMPS / name


def perform(action, unit, name, timeout):
    """Do one step; RuntimeError with systemd's words if it fails."""
    draft = STAMPS / f"{name}.new"
    if action == "reload":
        STAMPS.mkdir(mode=0o755, parents=True, exist_ok=True)
        draft.touch()
    if action in ("start", "restart") and unit.get("ActiveState") == "failed":
        systemctl("reset-failed", "--", name)
    try:
        result = systemctl(action, "--", name, timeout=timeout)
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"systemctl {action} {name}: not finished after {timeout} s") from error
    if result.returncode != 0:
        raise RuntimeError(f"systemctl {action} {name}: {result.stderr.strip()}")
    if action == "reload":
        draft.replace(stamp_of(name))


def wait_for_active(name, timeout, settle):
    """Wait until the unit is active, and if `settle` still is a moment later; RuntimeError if it is not."""
    end = time.monotonic() + timeout
    unit = show(name)
    while unit["ActiveState"] in ("activating", "reloading", "refreshing") and time.monotonic() < end:
        time.sleep(0.2)
        unit = show(name)
    if settle and unit["ActiveState"] == "active" and unit.get("Type") in ("simple", "exec", "idle"):
        restarts = unit.get("NRestarts")
        time.sleep(SETTLE)
        unit = show(name)
        if unit.get("NRestarts") != restarts:
            raise RuntimeError(f"{name} does not keep running: it was restarted at once")
    start = parse_time(unit["InactiveExitTimestamp"])
    if unit["ActiveState"] != "active" and not has_finished(unit, start):
        raise RuntimeError(f"{name} is {unit['ActiveState']} ({unit['SubState']}, {unit.get('Result', '')})")


def journal(name):
    """Return the last 20 lines of the unit's journal."""
    result = subprocess.run(
        ["journalctl", "--unit", name, "--lines", "20", "--no-pager", "--output", "short-iso"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return result.stdout.strip()


def converge(params, check):
    """Bring the unit to what the parameters want; return the steps as (action, reason)."""
    name = params["name"]
    unit = show(name)
    steps = []
    if unit["NeedDaemonReload"] == "yes" or (unit["LoadState"] == "not-found" and not check):
        steps.append(("daemon-reload", f"the files of {name} have changed"))
        if not check:
            systemctl("daemon-reload")
            unit = show(name)
    if unit["LoadState"] == "not-found" and check:
        return [*steps, ("start", f"{name} does not exist yet")] if params["state"] == "started" else steps
    if unit["LoadState"] != "loaded" and params["state"] == "started":
        raise RuntimeError(f"{name} is {unit['LoadState']}")
    if unit["LoadState"] == "not-found":
        return []
    steps += decide(unit, params, changed_at_stamp(name))
    if check:
        return steps
    for action, _ in steps:
        if action != "daemon-reload":
            perform(action, unit, name, params["timeout"])
    if params["state"] == "started":
        started = any(action in ("start", "restart", "reload") for action, _ in steps)
        if started or unit["ActiveState"] in ("activating", "reloading", "refreshing"):
            wait_for_active(name, params["timeout"], settle=started)
    return steps


def changed_at_stamp(name):
    """Return when this module last reloaded the unit; 0 if never since the host's start."""
    try:
        return stamp_of(name).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def main():
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["started", "stopped"], "default": "started"},
            "enabled": {"type": "bool", "default": True},
            "restart_if_newer": {"type": "list", "elements": "path", "default": []},
            "reload_if_newer": {"type": "list", "elements": "path", "default": []},
            "timeout": {"type": "int", "default": 180},
        },
        supports_check_mode=True,
    )
    try:
        steps = converge(module.params, module.check_mode)
    except RuntimeError as error:
        module.fail_json(msg=f"{error}\n{journal(module.params['name'])}".strip())
    reasons = [reason for _, reason in steps]
    module.exit_json(
        changed=bool(steps),
        actions=[action for action, _ in steps],
        reasons=reasons,
        diff={"before": "", "after": "".join(f"{reason}\n" for reason in reasons)},
    )


if __name__ == "__main__":
    main()
