"""Starts and stops users' servers for the hub, which has no privileges itself.

systemd runs this program as root for each connection to `/run/sepp/spawn.socket`, which only the hub may open. It reads
one line of JSON, `{"action": "start" | "stop" | "status", "user": ..., "server": ..., "environment": {...}}`, and
answers with one line, `{"ok": ...}` or `{"error": ..., "unknown_user": ...}`. Nothing that the hub says is trusted: who
may have a server and with what limits is decided here, from the root-owned `/etc/sepp/hub/spawn.json` and the
directory's groups.
"""

import grp
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

CONFIG = Path("/etc/sepp/hub/spawn.json")
SERVERS = Path("/run/sepp/servers")
ENVIRONMENTS = Path("/run/sepp/spawn")
UNIFIED = Path("/sys/fs/cgroup/cgroup.controllers")
SERVE = "/usr/local/lib/sepp/spawn/serve"

CAP_SYS_ADMIN = 21
FIRST_UID = 20000
"""People's numbers begin here; nobody else gets a server."""
EVERYONE = "everyone"
LONGEST_REQUEST = 64 * 1024
USER = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
SERVER = re.compile(r"[a-z0-9-]{0,16}")
VALUE = re.compile(r"[\x20-\x26\x28-\x7e]{0,4000}")
"""Printable and without a single quote, so that a value cannot leave its quotes in the environment file."""
NAMES = """
    ACTIVITY_URL API_TOKEN API_URL BASE_URL CLIENT_ID COOKIE_HOST_PREFIX_ENABLED COOKIE_OPTIONS DEFAULT_URL HOST
    OAUTH_ACCESS_SCOPES OAUTH_CALLBACK_URL OAUTH_CLIENT_ALLOWED_SCOPES OAUTH_SCOPES PUBLIC_HUB_URL PUBLIC_URL
    SERVER_NAME SERVICE_PREFIX SERVICE_URL USER
"""
VARIABLES = frozenset(f"JUPYTERHUB_{name}" for name in NAMES.split())
"""What the hub may put into a server's environment."""


class RefusedError(Exception):
    """A request that is not fulfilled; the text is for people."""


class UnknownUserError(RefusedError):
    """The host does not know the user."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the hub asks for, checked in form only."""

    action: str
    user: str
    server: str
    environment: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one user may use: cores of a server, its memory in bytes, servers at a time."""

    cpu: int
    memory: int
    servers: int


@dataclass(frozen=True, kw_only=True)
class Server:
    """One user's server, or a share's (`share` is its folder then): its names on this host."""

    user: str
    uid: int
    server: str
    share: str = ""

    @property
    def unit(self) -> str:
        """The systemd unit that it runs as."""
        suffix = f"--{self.server}" if self.server else ""
        return f"sepp-server@{self.user}{suffix}.service"

    @property
    def folder(self) -> Path:
        """Its folder of sockets and temporary state; short, as socket paths hold 107 characters only."""
        suffix = f"-{self.server}" if self.server else ""
        return SERVERS / f"{self.uid}{suffix}"

    @property
    def environment_file(self) -> Path:
        """The root-owned file that holds its token."""
        return ENVIRONMENTS / f"{self.folder.name}.env"


def parse(line: bytes) -> Request:
    """Read a request; RefusedError if its form is wrong."""
    try:
        data: Any = json.loads(line)
    except ValueError as error:
        raise RefusedError("the request is not JSON") from error
    if not isinstance(data, dict) or set(data) - {"action", "user", "server", "environment"}:
        raise RefusedError("the request has unknown fields")
    action, user, server = data.get("action"), data.get("user"), data.get("server", "")
    environment = data.get("environment", {})
    if action not in ("start", "stop", "status"):
        raise RefusedError("the request has no known action")
    if not isinstance(user, str) or not USER.fullmatch(user):
        raise RefusedError("the user's name is not allowed")
    if not isinstance(server, str) or not SERVER.fullmatch(server):
        raise RefusedError("a server's name has at most 16 lower-case letters, digits and hyphens")
    if not isinstance(environment, dict):
        raise RefusedError("the environment is none")
    if unknown := sorted(set(environment) - VARIABLES):
        raise RefusedError(f"the environment has unknown variables: {', '.join(unknown)[:200]}")
    if not all(isinstance(value, str) and VALUE.fullmatch(value) for value in environment.values()):
        raise RefusedError("a variable has a value that is not allowed")
    if environment.get("JUPYTERHUB_USER", user) != user:
        raise RefusedError("the environment is another user's")
    return Request(action=action, user=user, server=server, environment=environment)


def limits(actors: Mapping[str, Mapping[str, Any]], groups: frozenset[str]) -> Limits:
    """Return the widest limits of the actors that somebody with these groups is; RefusedError if she is none."""
    mine = [actor for actor in actors.values() if EVERYONE in actor["groups"] or groups & set(actor["groups"])]
    if not mine:
        raise RefusedError("you are in no group that may use this mission")
    return Limits(
        cpu=max(actor["cpu"] for actor in mine),
        memory=max(actor["memory"] for actor in mine),
        servers=max(actor["servers"] for actor in mine),
    )


def share_limits(config: Mapping[str, Any], groups: Sequence[str]) -> Limits:
    """Return the limits of the one server of a share: the widest of the actors who may use it."""
    return replace(limits(config["actors"], frozenset(groups)), servers=1)


def account(user: str) -> pwd.struct_passwd:
    """Return a person's account; RefusedError if there is none or it is not a person's."""
    try:
        entry = pwd.getpwnam(user)
    except KeyError as error:
        raise UnknownUserError("this host does not know the user") from error
    if entry.pw_uid < FIRST_UID or entry.pw_name != user:
        raise RefusedError("the account is not a person's")
    return entry


def group_names(entry: pwd.struct_passwd) -> frozenset[str]:
    """Return the names of the groups that an account is in."""
    return frozenset(grp.getgrgid(gid).gr_name for gid in os.getgrouplist(entry.pw_name, entry.pw_gid))


def cores(wanted: int) -> list[int]:
    """Return the processors that a server may use where CPU time cannot be limited: spread by the process's number."""
    available = sorted(os.sched_getaffinity(0))
    start = os.getpid() % len(available)
    return sorted((available[start:] + available[:start])[:wanted])


def can_filter() -> bool:
    """Tell whether systemd can set a system call filter for a user's unit: it needs CAP_SYS_ADMIN for that."""
    bounding = re.search(r"^CapBnd:\s*([0-9a-f]+)$", Path("/proc/1/status").read_text(), re.MULTILINE)
    return bounding is not None and bool(int(bounding[1], 16) >> CAP_SYS_ADMIN & 1)


def memory_group(config: Mapping[str, Any], server: Server) -> Path | None:
    """Return the server's cgroup (v1) in the one that the target hands to hosts where systemd cannot limit memory."""
    groups = config["memory_group"]
    return Path(groups, server.unit) if groups and Path(groups).is_dir() and not UNIFIED.exists() else None


def properties(server: Server, limit: Limits, group: Path | None, *, unified: bool) -> list[str]:
    """Return the unit's properties. Without unified cgroups systemd limits nothing: other means take its place."""
    result = [
        f"User={server.user}",
        "UMask=0027",
        f"WorkingDirectory=-{pwd.getpwnam(server.user).pw_dir}",
        f"EnvironmentFile={server.environment_file}",
        # However it ends, its token and its sockets go with it.
        f"ExecStopPost=+/usr/bin/rm -rf -- {server.folder} {server.environment_file}",
        "KillMode=control-group",
        "TimeoutStopSec=15",
        "OOMPolicy=continue",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "ProtectSystem=full",
        "ProtectProc=invisible",
        "PrivateTmp=yes",
        "LimitCORE=0",
        f"MemoryMax={limit.memory}",
        "MemorySwapMax=0",
        f"CPUQuota={limit.cpu * 100}%",
        f"TasksMax={256 + 256 * limit.cpu}",
    ]
    if can_filter():
        result.append("RestrictNamespaces=yes")
    if not unified:
        result.append(f"CPUAffinity={','.join(map(str, cores(limit.cpu)))}")
        result.append(f"LimitNPROC={limit.servers * (256 + 256 * limit.cpu)}")
        if group is None:
            result.append(f"LimitDATA={limit.memory}")
    return result


def environment_lines(request: Request, server: Server, limit: Limits, group: Path | None) -> str:
    """Return the text of the environment file: the hub's variables and our own."""
    own = {
        "CPU_LIMIT": str(limit.cpu),
        "MEM_LIMIT": str(limit.memory),
        "OMP_NUM_THREADS": str(limit.cpu),
        "LANG": "C.UTF-8",
        "SEPP_SERVER": str(server.folder),
        "JUPYTER_RUNTIME_DIR": f"{server.folder}/runtime",
        **({"SEPP_SHARE": server.share} if server.share else {}),
        **({"SEPP_MEMORY_GROUP": str(group)} if group else {}),
    }
    return "".join(f"{name}='{value}'\n" for name, value in sorted({**request.environment, **own}.items()))


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the system; its output is kept."""
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def active(server: Server) -> bool:
    """Tell whether the server's unit is running or about to."""
    return run("systemctl", "is-active", server.unit).stdout.strip() in {"active", "activating", "reloading"}


def running(user: str) -> int:
    """Count the user's servers."""
    units = run("systemctl", "list-units", "--plain", "--no-legend", "--state=active,activating", "sepp-server@*")
    names = [line.split()[0] for line in units.stdout.splitlines()]
    return sum(
        re.fullmatch(rf"sepp-server@{re.escape(user)}(--[a-z0-9-]*)?\.service", name) is not None for name in names
    )


def prepare(request: Request, server: Server, limit: Limits, config: Mapping[str, Any], gid: int) -> None:
    """Make the server's folder, which only she and the hub's proxy may enter, its environment and its memory group."""
    group = memory_group(config, server)
    shutil.rmtree(server.folder, ignore_errors=True)
    server.environment_file.unlink(missing_ok=True)
    server.folder.mkdir(mode=0o700)
    runtime = server.folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.chown(runtime, server.uid, gid)
    os.chown(server.folder, server.uid, grp.getgrnam(config["proxy_group"]).gr_gid)
    server.folder.chmod(0o2710)
    descriptor = os.open(server.environment_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(environment_lines(request, server, limit, group))
    if group:
        group.mkdir(exist_ok=True)  # kept when the server stops, until sepp-end-sessions takes it away
        group.chmod(0o711)
        (group / "memory.limit_in_bytes").write_text(str(limit.memory))
        os.chown(group / "cgroup.procs", server.uid, -1)


def start(request: Request, config: Mapping[str, Any]) -> dict[str, Any]:
    """Start a server and return where it listens; RefusedError if the user may not have it."""
    entry = account(request.user)
    members = config["shares"].get(request.user)
    limit = share_limits(config, members) if members else limits(config["actors"], group_names(entry))
    share = entry.pw_dir if members else ""
    server = Server(user=request.user, uid=entry.pw_uid, server=request.server, share=share)
    run("systemctl", "stop", server.unit)
    if running(request.user) >= limit.servers:
        raise RefusedError(f"you have {limit.servers} running server(s) already, which is your limit")
    prepare(request, server, limit, config, entry.pw_gid)
    options = [
        f"--property={item}"
        for item in properties(server, limit, memory_group(config, server), unified=UNIFIED.exists())
    ]
    done = run(
        *("systemd-run", "--quiet", "--collect", "--service-type=exec", "--slice=sepp-users.slice"),
        *(f"--unit={server.unit}", f"--description=Server of {request.user}", *options, SERVE),
    )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        raise RefusedError("the server could not be started; the host's journal says why")
    return {"socket": f"{server.folder}/socket"}


def stop(request: Request) -> dict[str, Any]:
    """Stop a server with all that it started."""
    entry = account(request.user)
    server = Server(user=request.user, uid=entry.pw_uid, server=request.server)
    run("systemctl", "stop", server.unit)
    return {}


def status(request: Request, config: Mapping[str, Any]) -> dict[str, Any]:
    """Tell whether a server runs, and whether the user's home is there."""
    entry = account(request.user)
    server = Server(user=request.user, uid=entry.pw_uid, server=request.server)
    home = Path(entry.pw_dir)
    # A share belongs to root; what its account may there is said by an ACL.
    owner = 0 if request.user in config["shares"] else entry.pw_uid
    return {"active": active(server), "home": home.is_dir() and home.stat().st_uid == owner}


def answer(line: bytes, config: Mapping[str, Any]) -> dict[str, Any]:
    """Do what a request asks and return the answer."""
    try:
        request = parse(line)
        match request.action:
            case "start":
                return {"ok": start(request, config)}
            case "stop":
                return {"ok": stop(request)}
            case _:
                return {"ok": status(request, config)}
    except RefusedError as error:
        print(f"refused: {error}", file=sys.stderr)
        return {"error": str(error), "unknown_user": isinstance(error, UnknownUserError)}


def main(argv: Sequence[str]) -> int:
    """Answer one request on standard input and output."""
    config = json.loads(Path(argv[1] if len(argv) > 1 else CONFIG).read_text())
    print(json.dumps(answer(sys.stdin.buffer.readline(LONGEST_REQUEST), config)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
