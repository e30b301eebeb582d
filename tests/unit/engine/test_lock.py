"""One run at a time on a platform, and what a killed one leaves."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sepp.engine import lock
from sepp.engine.errors import LockedError

HOLDER = """
import sys, time
from pathlib import Path
from sepp.engine import lock
with lock.hold(Path(sys.argv[1]), "local/x", "sepp up") as holder:
    print(holder.run, flush=True)
    time.sleep(60)
"""


def hold_elsewhere(path: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_second_run_is_refused_and_told_who_holds(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    process, _ = hold_elsewhere(path)
    try:
        words = rf"local/x is locked by sepp up of \w+ \(pid {process.pid}, since 20"
        with pytest.raises(LockedError, match=words), lock.hold(path, "local/x", "sepp up"):
            pytest.fail("two runs at once")
    finally:
        process.kill()
        process.wait()


def test_lock_of_a_killed_run_is_taken_over_and_its_processes_end(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    process, run = hold_elsewhere(path)
    orphan = subprocess.Popen(["sleep", "60"], env={**os.environ, lock.MARK: run})
    other = subprocess.Popen(["sleep", "60"], env={**os.environ, lock.MARK: "another"})
    try:
        process.send_signal(signal.SIGKILL)
        process.wait()
        with lock.hold(path, "local/x", "sepp up"):
            assert orphan.wait(timeout=5) == -signal.SIGKILL
            assert other.poll() is None
    finally:
        orphan.kill()
        other.kill()
        other.wait()


def test_lock_is_free_after_a_run_that_failed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(RuntimeError), lock.hold(path, "local/x", "sepp up"):
        raise RuntimeError
    with lock.hold(path, "local/x", "sepp up") as holder:
        assert holder.pid == os.getpid()
    assert path.stat().st_mode & 0o777 == 0o600


def test_alive_is_who_runs() -> None:
    process = subprocess.Popen(["sleep", "60"])
    assert lock.alive(process.pid)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert Path(f"/proc/{process.pid}").exists()
    assert not lock.alive(process.pid)
    process.wait()
    assert not lock.alive(process.pid)


def test_process_that_is_just_starting_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    victim = subprocess.Popen(["sleep", "60"], env={**os.environ, lock.MARK: "mine"})
    environ = Path(f"/proc/{victim.pid}/environ")
    read_bytes = Path.read_bytes
    early = [environ, environ.with_name("cmdline")] * 2

    def read(path: Path) -> bytes:
        if path in early:
            early.remove(path)
            return b""
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    try:
        lock.stop("mine")
        assert victim.wait(timeout=5) == -signal.SIGKILL
    finally:
        victim.kill()
        victim.wait()


def test_daemons_of_hosts_are_spared(tmp_path: Path) -> None:
    program = tmp_path / "conmon"
    program.symlink_to("/bin/sleep")
    daemon = subprocess.Popen([str(program), "60"], env={**os.environ, lock.MARK: "mine"})
    victim = subprocess.Popen(["sleep", "60"], env={**os.environ, lock.MARK: "mine"})
    try:
        lock.stop("mine")
        assert victim.wait(timeout=5) == -signal.SIGKILL
        assert daemon.poll() is None
    finally:
        daemon.kill()
        daemon.wait()
