"""The kit's commands on a platform of the tests, whose files are in a folder of their own."""

import json
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from sepp.cli import build
from sepp.engine.paths import ROOT
from sepp.engine.stack import PROJECT, Stack

_SECONDS = 300
"""Enough for a run that begins on a busy machine."""


class Kit:
    """A platform by its full name, not made yet; `settings` are those of its file, and `target` those of its target."""

    def __init__(self, folder: Path, name: str, settings: dict[str, Any], target: dict[str, Any]) -> None:
        self.name = name
        kind, _, self._platform = name.partition("/")
        self.program = folder / "stacks" / kind
        self.target = target
        self.settings = {**settings, kind: target}

    def write(self) -> None:
        """Write the settings as they are."""
        text = yaml.safe_dump({"config": {f"sepp:{key}": value for key, value in self.settings.items()}})
        (self.program / f"Pulumi.{self._platform}.yaml").write_text(text)

    def sepp(self, *arguments: str, stdin: str = "") -> Result:
        """Run a command of the kit, with the settings as they are."""
        self.write()
        return CliRunner().invoke(build(), list(arguments), input=stdin)

    def does(self, *arguments: str, stdin: str = "") -> str:
        """Run a command that has to succeed; return what was told."""
        result = self.sepp(*arguments, stdin=stdin)
        assert result.exit_code == 0, f"{result.output}\n{result.exception!r}"
        return result.output

    def up(self) -> str:
        """Make the platform as its settings say; return what was told."""
        return self.does("up", "--yes", self.name)

    def refused(self) -> str:
        """Run an `up` that has to fail; return what was told."""
        result = self.sepp("up", "--yes", self.name)
        assert result.exit_code == 1, f"{result.output}\n{result.exception!r}"
        return result.output

    def in_the_middle(self, began: Callable[[], bool], do: Callable[[], object]) -> str:
        """Run `up`, do something once it began, and return what it told in the end; it has to fail."""
        told: list[str] = []
        run = threading.Thread(target=lambda: told.append(self.refused()))
        run.start()
        try:
            wait_for(began)
            do()
        finally:
            run.join()
        assert told, "the run did not fail"
        return told[0]

    def kill_engine(self) -> None:
        """Kill the engine that works on the platform."""
        stack = Stack.of(self.name)
        locks = (stack.folder.parent / ".pulumi/locks/organization" / PROJECT / stack.name).glob("*.json")
        for lock in locks:
            os.kill(json.loads(lock.read_text())["pid"], signal.SIGKILL)

    def unchanged(self) -> None:
        """Prove that there is nothing more to do."""
        told = self.up()
        assert "No change." in told, told


def wait_for(met: Callable[[], bool]) -> None:
    """Wait until something is so."""
    until = time.monotonic() + _SECONDS
    while not met():
        assert time.monotonic() < until, f"not within {_SECONDS} s"
        time.sleep(0.2)


@contextmanager
def kit_folder(target: str, program: Path) -> Iterator[Path]:
    """Give a folder in which commands of the kit find platforms of a target, made by a program, and their state."""
    # A short path: the sockets of ssh lie below it.
    with tempfile.TemporaryDirectory(prefix="sepp-") as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        (folder / "stacks" / target).mkdir(parents=True)
        shutil.copytree(ROOT / "mission_configs", folder / "mission_configs")
        shutil.copy(ROOT / "stacks" / target / "Pulumi.yaml", folder / "stacks" / target)
        shutil.copy(program, folder / "stacks" / target)
        for module in ("sepp.cli.common", "sepp.engine.stack"):
            patch.setattr(f"{module}.ROOT", folder)
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        patch.setenv("PYTHONPATH", f"{ROOT / 'infra'}:{ROOT}")
        yield folder
