"""Manages users and groups of the platform's directory.

usage: sepp-directory COMMAND [FILE]

Arguments are JSON, from FILE or standard input; so is the result.

commands: list, show, add, passwd, group, disable, enable, delete, apply, groups, tree
exit codes: 0 done, 1 failed, 2 wrong usage; a failure is written as {"error": ..., "hint": ...}
"""

import json
import sys
import syslog
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ldap
import tree
import users
from problem import FAILED, USAGE, Problem, unknown
from store import Store


def _list(store: Store, _: Mapping[str, Any]) -> dict[str, Any]:
    return {"users": [asdict(user) for user in users.users(store)]}


def _show(store: Store, wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {"user": asdict(users.user(store, wanted["name"]))}


def _groups(store: Store, _: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "groups": [
            {
                "name": name,
                "number": int(str(entry.one("gidNumber"))),
                "members": sorted(dn.split(",")[0].removeprefix("uid=") for dn in entry.all("member")),
            }
            for name, entry in sorted(tree.groups(store).items())
        ]
    }


_COMMANDS: Mapping[str, Callable[[Store, Mapping[str, Any]], dict[str, Any]]] = {
    "list": _list,
    "show": _show,
    "add": users.add,
    "passwd": users.passwd,
    "group": users.change_groups,
    "disable": users.disable,
    "enable": users.enable,
    "delete": users.delete,
    "apply": users.apply,
    "groups": _groups,
    "tree": tree.ensure,
}


def _run(arguments: list[str]) -> dict[str, Any]:
    if len(arguments) not in (1, 2):
        raise Problem("give one command", hint=", ".join(_COMMANDS), code=USAGE)
    command, *file = arguments
    if command not in _COMMANDS:
        raise unknown("command", command, _COMMANDS, code=USAGE)
    text = Path(file[0]).read_text(encoding="utf-8") if file else "" if sys.stdin.isatty() else sys.stdin.read()
    try:
        return _COMMANDS[command](Store(), json.loads(text or "{}"))
    except KeyError as missing:
        raise Problem(f"the argument {missing} is missing", code=USAGE) from None


def main() -> int:
    """Run one command; return the exit code."""
    if sys.argv[1:] in (["-h"], ["--help"]):
        sys.stdout.write(__doc__ or "")
        return 0
    syslog.openlog("sepp-directory")
    try:
        result = _run(sys.argv[1:])
    except Problem as problem:
        json.dump({"error": problem.message, "hint": problem.hint}, sys.stdout)
        return problem.code
    except ldap.LDAPError as refusal:
        details = refusal.args[0]
        json.dump({"error": f"the directory refuses: {details['desc']}", "hint": details.get("info", "")}, sys.stdout)
        return FAILED
    json.dump(result, sys.stdout)
    return 0


sys.exit(main())
