"""One run at a time on a platform; what a killed run left behind is stopped by the next."""

import contextlib
import fcntl
import getpass
import json
import os
import signal
import time
import uuid
from collections.abc import Generator, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sepp.engine.errors import LockedError

MARK = "SEPP_RUN"
"""Environment variable that all processes of a run carry."""

_DAEMONS = {"aardvark-dns", "netavark", "conmon"}
"""Processes that a run starts for the hosts' sake: they serve on when it ends."""

_SWEEPS = 200
"""Looks at all processes, 50 ms apart, until none of a run's is left."""


@dataclass(frozen=True, kw_only=True)
class Holder:
    """The run that holds a platform. `since` is a time in UTC, `run` marks its processes."""

    pid: int
    user: str
    since: str
    command: str
    run: str

    def __str__(self) -> str:
        return f"{self.command} of {self.user} (pid {self.pid}, since {self.since})"


@contextlib.contextmanager
def hold(path: Path, platform: str, command: str) -> Generator[Holder]:
    """Hold a platform's lock file while the block runs.

    LockedError names the run that holds it already. Processes of a run that was killed are stopped first.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(f"{platform} is locked by {_holder(path)}", "wait until it has ended") from None
        killed = _read(path)
        if killed is not None:
            stop(killed.run)
        holder = Holder(
            pid=os.getpid(),
            user=getpass.getuser(),
            since=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            command=command,
            run=uuid.uuid4().hex,
        )
        _write(file.fileno(), json.dumps(asdict(holder)))
        try:
            yield holder
        finally:
            # The engine leaves plugins behind for a while, and an interrupted run more than that.
            stop(holder.run)
            _write(file.fileno(), "")


def stop(run: str) -> None:
    """Kill all processes of a run on this machine, except those inside hosts and those that serve hosts."""
    for _ in range(_SWEEPS):
        processes = list(_processes())
        ours = [pid for pid in processes if _belongs(pid, run)]
        if not ours and not any(map(_starting, processes)):
            return
        for pid in ours:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Tell whether a process with this id runs on this machine; one that has ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in ("Z", "X")


def _processes() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _belongs(pid: int, run: str) -> bool:
    folder = Path(f"/proc/{pid}")
    try:
        return (
            f"{MARK}={run}".encode() in (folder / "environ").read_bytes().split(b"\0")
            and (folder / "ns/pid").readlink() == Path("/proc/self/ns/pid").readlink()
            and (folder / "comm").read_text().strip() not in _DAEMONS
        )
    except OSError:  # it has ended meanwhile, or it is another user's and so not of our run
        return False


def _starting(pid: int) -> bool:
    """Whether a process is in the middle of execve(2): the kernel shows no environment of it yet."""
    folder = Path(f"/proc/{pid}")
    try:
        program = (folder / "exe").readlink()  # kernel threads and zombies have none
        return bool(program.name) and not (folder / "cmdline").read_bytes() and not (folder / "environ").read_bytes()
    except OSError:
        return False


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)


def _read(path: Path) -> Holder | None:
    try:
        data: Mapping[str, str | int] = json.loads(path.read_text())
        return Holder(**data)  # type: ignore[arg-type]  # written by _write
    except (ValueError, TypeError):  # empty: nobody's, or a run that is just writing its name
        return None


def _holder(path: Path) -> str:
    for _ in range(20):
        if holder := _read(path):
            return str(holder)
        time.sleep(0.05)
    return "another run"
