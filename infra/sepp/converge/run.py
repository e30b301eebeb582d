"""Runs the playbook on hosts, one Ansible process each, all at the same time."""

import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, cast

import ansible_runner  # pyright: ignore[reportMissingTypeStubs]

from sepp.converge.events import Difference, HostRun, Report
from sepp.converge.hashes import PLAYBOOKS
from sepp.converge.inventory import Inventory, hosts, of_container
from sepp.engine.errors import EngineError
from sepp.engine.paths import ROOT

AT_ONCE = max(4, 2 * (os.cpu_count() or 1))
"""Hosts that are worked on at the same time, begun in their order: none waits for one that is behind it.

Ansible works here, and local hosts have the same cores: with many hosts at once on few cores no service starts in time.
"""

_MEMORY = (Path("/dev/shm"), Path("/run"))  # noqa: S108
_PREFIX = "sepp-converge-"


def converge(inventory: Inventory, *, log: Path, report: Report, full: bool = False, only: Sequence[str] = ()) -> None:
    """Bring hosts to what the inventory says, all or `only` some; `full` runs also roles that the hosts have.

    The log is written to the file `log`. EngineError names each host's task that failed, and its message.
    """
    _run(inventory, log=log, report=report, only=only, extra={"sepp_full": full}, command_line="")


def drift(inventory: Inventory, *, log: Path, report: Report) -> tuple[Difference, ...]:
    """Return what all roles would change on the hosts, without changing it. EngineError where that cannot be seen."""
    return _run(inventory, log=log, report=report, only=(), extra={"sepp_full": True}, command_line="--check --diff")


def configure(role: str, container: str, variables: Mapping[str, Any], *, log: Path) -> None:
    """Run the phase `configure` of a role in a container of this machine: files are written, nothing is started.

    `variables` are the role's arguments, with `sepp_secrets`; the log is written to the file `log`. EngineError names
    the task that failed, and its message.
    """
    host = {**variables, **of_container(container), "image_role": role}
    inventory: Inventory = {"area_core": {"hosts": {role: host}}, "areas": {"children": {}}}
    _run(
        inventory,
        log=log,
        report=lambda _: None,
        only=(),
        extra={},
        command_line="--tags configure --skip-tags always",
        playbook="configure.yml",
    )


def _run(
    inventory: Inventory,
    *,
    log: Path,
    report: Report,
    only: Sequence[str],
    extra: Mapping[str, Any],
    command_line: str,
    playbook: str = "site.yml",
) -> tuple[Difference, ...]:
    chosen = {name: variables for name, variables in hosts(inventory).items() if not only or name in only}
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    stop = threading.Event()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with _private_folder() as folder, os.fdopen(descriptor, "w") as file, _stopped_by_signals(stop):
        started = time.monotonic()
        runs = [
            HostRun(host=name, secrets=values["sepp_secrets"], started=started, log=file, report=report)
            for name, values in chosen.items()
        ]
        secret = folder / "inventory.json"
        secret.write_text(json.dumps(inventory))
        how = {"playbook": str(PLAYBOOKS / playbook), "extravars": dict(extra), "cmdline": command_line or None}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            ended = [pool.submit(_run_host, run, folder, how, stop) for run in runs]
        states = [one.result() for one in ended]
    if stop.is_set():
        raise EngineError(f"stopped\n\nLog: {log}")
    if any(state != "successful" for state in states):
        failures = [
            run.failure or f"{run.host}: Ansible ended: {state}"
            for run, state in zip(runs, states, strict=True)
            if state != "successful"
        ]
        raise EngineError("\n\n".join(failures) + f"\n\nLog: {log}")
    return tuple(difference for run in runs for difference in run.differences)


def _run_host(run: HostRun, folder: Path, how: Mapping[str, Any], stop: threading.Event) -> str:
    own = folder / run.host
    own.mkdir()
    result = cast("Any", ansible_runner).run(
        **how,
        private_data_dir=str(own),
        inventory=str(folder / "inventory.json"),
        limit=run.host,
        envvars=_environment(),
        event_handler=run.take,
        cancel_callback=stop.is_set,
        quiet=True,
        suppress_env_files=True,
    )
    return str(result.status)


def _environment() -> dict[str, str]:
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {"PATH": programs, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "true"}


@contextmanager
def _private_folder() -> Generator[Path]:
    """Make a folder in memory for what holds secrets; remove it, and those of runs that were killed."""
    parent = next((folder for folder in _MEMORY if os.access(folder, os.W_OK)), Path(tempfile.gettempdir()))
    for old in parent.glob(f"{_PREFIX}*"):
        if not Path("/proc", old.name.removeprefix(_PREFIX).partition("-")[0]).exists():
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=f"{_PREFIX}{os.getpid()}-") as folder:
        yield Path(folder)


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Generator[None]:
    """Let Ctrl-C and a termination end the run in order; only the main thread can be told."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handler(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
