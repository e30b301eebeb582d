"""Errors end with what to do next, also when they went through the engine."""

import errno
import os
from pathlib import Path

import pytest
import typer

from sepp.cli.running import reporting
from sepp.engine.errors import EngineError, LockedError


def test_next_step_is_part_of_the_message() -> None:
    assert str(EngineError("no podman", "apt-get install podman")) == "no podman\nNext: apt-get install podman"
    assert str(EngineError("no podman")) == "no podman"


@pytest.mark.parametrize(("kind", "code"), [(EngineError, 1), (LockedError, 4)])
def test_commands_end_with_their_exit_code(capsys, kind, code) -> None:
    with pytest.raises(typer.Exit) as ended, reporting("local/x"):
        raise kind("it failed", "try again")
    assert ended.value.exit_code == code
    assert capsys.readouterr().err == "\nlocal/x: it failed\nNext: try again\n"


def test_a_full_disk_is_told_with_what_to_do(capsys) -> None:
    with pytest.raises(typer.Exit) as ended, reporting("local/x"):
        Path("/dev/full").write_text("state")
    assert ended.value.exit_code == 1
    told = capsys.readouterr().err
    assert os.strerror(errno.ENOSPC) in told
    assert "Next: make room" in told


def test_other_errors_of_the_system_are_not_hidden() -> None:
    with pytest.raises(FileNotFoundError), reporting("local/x"):
        Path("/nowhere/at/all").read_text()
