"""Errors end with what to do next, also when they went through the engine."""

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
