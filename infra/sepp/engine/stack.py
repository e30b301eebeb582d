"""A platform's stack: runs Pulumi's CLI on it, safely against other runs and against earlier ones that were killed."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from sepp.engine import lock, state
from sepp.engine.errors import NEXT, EngineError, LockedError
from sepp.engine.events import Outcome
from sepp.engine.install import require
from sepp.engine.paths import ROOT, passphrase_file, state_dir

PROJECT = "sepp"
PARALLEL = 4
"""Resources that are made at the same time: the Python provider has four threads."""

_LOCK = "lock"
_AT_ONCE = ("--yes", "--skip-preview")
_KEPT_LOGS = 50
_KEPT_HISTORY = 200
"""Files of the engine's history that are kept: four a run."""

Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The stack of the platform `name` on a target."""

    target: str
    name: str

    @classmethod
    def of(cls, platform: str) -> "Stack":
        """Return the stack of `<target>/<platform>`."""
        target, _, name = platform.partition("/")
        return cls(target=target, name=name)

    @property
    def platform(self) -> str:
        """The platform's full name."""
        return f"{self.target}/{self.name}"

    @property
    def program(self) -> Path:
        """Folder of the Pulumi program."""
        return ROOT / "stacks" / self.target

    @property
    def settings(self) -> Path:
        """The platform's settings, as the operator wrote them."""
        return self.program / f"Pulumi.{self.name}.yaml"

    @property
    def folder(self) -> Path:
        """Folder of what we keep about the stack."""
        return state_dir() / self.target / self.name

    @property
    def authority(self) -> Path:
        """PEM file of the platform's own authority, for browsers."""
        return self.folder / "authority.pem"

    @property
    def _backend(self) -> Path:
        return state_dir() / self.target

    @property
    def _state_file(self) -> Path:
        return self._backend / ".pulumi" / "stacks" / PROJECT / f"{self.name}.json"

    @property
    def _config(self) -> Path:
        """The settings with the encryption's salt, which so does not change the operator's file."""
        return self.folder / f"Pulumi.{self.name}.yaml"

    def state(self) -> state.State:
        """Read what the engine knows."""
        return state.read(self._state_file)

    def environment(self) -> dict[str, str]:
        """Return the environment variables with which plain `pulumi` works on this stack."""
        return {
            "PATH": os.pathsep.join([str(require()), str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
            "PULUMI_BACKEND_URL": f"file://{self._backend}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase_file()),
            "PULUMI_OPTION_CONFIG_FILE": str(self._config),
            "PULUMI_STACK": self.name,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_ERROR_OUTPUT_STRING": "1",
            # We keep copies ourselves, and not without end.
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
            # The provider starts other programs; gRPC would talk about each.
            "GRPC_ENABLE_FORK_SUPPORT": "0",
            # Or the engine would look on the web, in each run, for the plugins of all targets.
            **({"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"} if self.target == "local" else {}),
        }

    @contextlib.contextmanager
    def held(self, command: str) -> Generator["Run"]:
        """Hold the stack for a run, clean up after one that was killed, and keep a copy of the state.

        LockedError names the run that holds it already.
        """
        if not self.settings.exists():
            raise EngineError(f"there is no such platform: {self.settings} is not there", f"ls {self.program.parent}/*")
        with lock.hold(self.folder / _LOCK, self.platform, command) as holder:
            run = Run(stack=self, environment={**_without_passphrase(), **self.environment(), lock.MARK: holder.run})
            self.prepare(run.environment)
            self._clear_locks(run)
            state.back_up(self._state_file, self.folder / "states")
            state.keep_last(self._backend / ".pulumi" / "history" / PROJECT / self.name, _KEPT_HISTORY)
            yield run

    def prepare(self, environment: Mapping[str, str]) -> None:
        """Make the stack where there is none, and write its configuration for the engine."""
        self._backend.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self._state_file.exists():
            # In a folder of its own: the engine would write a salt into the operator's file.
            with tempfile.TemporaryDirectory() as temporary:
                shutil.copy(self.program / "Pulumi.yaml", temporary)
                _ended(["stack", "init", self.name], Path(temporary), environment)
        lines = self.settings.read_text().splitlines()
        text = [line for line in lines if not line.startswith("encryptionsalt:")]
        salt = self.state().salt or _salt(self._config)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._config.write_text("\n".join([*text, *([f"encryptionsalt: {salt}"] if salt else []), ""]))

    def forget(self) -> None:
        """Remove what we keep about a stack that is gone."""
        for path in (*self.folder.iterdir(), *self._state_file.parent.glob(f"{self.name}.json*")):
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != _LOCK:
                path.unlink()

    def _clear_locks(self, run: "Run") -> None:
        """Cancel the engine's lock if its process is gone; LockedError if it works on, without us."""
        folder = self._backend / ".pulumi" / "locks" / "organization" / PROJECT / self.name
        for path in sorted(folder.glob("*.json")):
            try:
                holder = json.loads(path.read_text())
            except (FileNotFoundError, ValueError):  # just released, or written by half when its process was killed
                continue
            if holder["hostname"] == socket.gethostname() and not lock.alive(holder["pid"]):
                continue
            who = f"{holder['username']}@{holder['hostname']}"
            text = f"pulumi of {who} (pid {holder['pid']}, since {holder['timestamp']})"
            raise LockedError(f"{self.platform} is locked by {text}", "wait until it has ended")
        if any(folder.glob("*.json")):
            _ended(["cancel", "--yes", "--stack", self.name], self.program, run.environment)


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run that holds the stack."""

    stack: Stack
    environment: Mapping[str, str]

    def up(self, report: Report, environment: Mapping[str, str] | None = None) -> Outcome:
        """Make the platform as its files say; EngineError says what failed first."""
        if self.stack.state().pending:
            self._engine(["refresh", "--clear-pending-creates", *_AT_ONCE], report)
        return self._engine(["up", *_AT_ONCE], report, environment)

    def drift(self) -> Sequence[tuple[str, str]]:
        """Compare what is there with what the program says; return, in words, what an `up` would change, and why."""
        return self._engine(["preview", "--refresh"], lambda _: None).differences

    def destroy(self, report: Report) -> Outcome:
        """Delete the platform, except what holds data: that is protected, and stays in the stack."""
        return self._engine(["destroy", "--exclude-protected", *_AT_ONCE], report)

    def remove(self, report: Report) -> None:
        """Delete also what holds data, the stack, and all that we keep about it."""
        _ended(["state", "unprotect", "--all", "--yes"], self.stack.program, self.environment)
        self._engine(["destroy", *_AT_ONCE], report)
        # Without the option the engine would delete the operator's settings.
        _ended(["stack", "rm", "--preserve-config", "--yes", self.stack.name], self.stack.program, self.environment)
        self.stack.forget()

    def release(self, urns: Sequence[str]) -> None:
        """Let resources go that hold data: the next `up` forgets them, their data stay where they are."""
        for urn in urns:
            _ended(["state", "unprotect", urn, "--yes"], self.stack.program, self.environment)

    def outputs(self) -> Mapping[str, Any]:
        """Return what the program exports, with secrets decrypted."""
        arguments = ["stack", "output", "--json", "--show-secrets"]
        return json.loads(_ended(arguments, self.stack.program, self.environment))

    def _engine(
        self, arguments: Sequence[str], report: Report, environment: Mapping[str, str] | None = None
    ) -> Outcome:
        folder = self.stack.folder / "logs"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        state.keep_last(folder, _KEPT_LOGS)
        log = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{arguments[0]}.log"
        outcome = Outcome()
        with log.open("w") as file:
            code = _stream(
                [*arguments, "--json", "--non-interactive", "--parallel", str(PARALLEL)],
                self.stack.program,
                {**self.environment, **(environment or {}), "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"},
                lambda line: _show(line, outcome, file, report),
            )
            file.writelines(f"{error}\n" for error in outcome.errors)
        if code:
            first = outcome.errors[0] if outcome.errors else f"'pulumi {arguments[0]}' ended with exit code {code}"
            message, _, next_step = first.partition(NEXT)
            raise EngineError(f"{message}\n\nLog: {log}", next_step or f"./sepp {arguments[0]} {self.stack.platform}")
        return outcome


def deployed_summary(platform: str) -> Mapping[str, Mapping[str, str]] | None:
    """Return the summary that the last `up` of a platform stored, or None where there was none."""
    return Stack.of(platform).state().outputs.get("summary")


def _without_passphrase() -> dict[str, str]:
    # It would take precedence over the file.
    return {name: value for name, value in os.environ.items() if name != "PULUMI_CONFIG_PASSPHRASE"}


def _salt(config: Path) -> str | None:
    match = re.search(r"^encryptionsalt: (\S+)$", config.read_text(), re.MULTILINE) if config.exists() else None
    return match[1] if match else None


def _ended(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    """Run a short command of the CLI and return what it printed; EngineError has its message."""
    ended = subprocess.run(
        ["pulumi", *arguments, "--non-interactive"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if ended.returncode:
        raise EngineError(f"'pulumi {' '.join(arguments)}' failed: {ended.stderr.strip()}")
    return ended.stdout


def _stream(arguments: Sequence[str], folder: Path, environment: Mapping[str, str], take: Callable[[str], None]) -> int:
    """Run the CLI, give each line that it prints to `take`, and return its exit code.

    Ctrl-C asks the CLI to stop after what it is doing; the second one, to stop at once.
    """
    with subprocess.Popen(
        ["pulumi", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        assert process.stdout is not None  # noqa: S101  # PIPE was asked for
        while True:
            try:
                for line in process.stdout:
                    take(line)
                break
            except KeyboardInterrupt:
                process.send_signal(signal.SIGINT)
                take("Stopping after what is being done; Ctrl-C again stops at once.\n")
        return process.wait()


def _show(line: str, outcome: Outcome, log: TextIO, report: Report) -> None:
    try:
        event: dict[str, Any] = json.loads(line)
    except ValueError:
        text = line.rstrip().removeprefix("error: ")
        if line.startswith("error: "):
            outcome.errors.append(text)
    else:
        text = outcome.line(event)
    if text:
        log.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")
        log.flush()
        report(text)
