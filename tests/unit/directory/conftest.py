"""A platform whose hosts are shell scripts that answer as the tools on real ones do."""

import json
import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sepp.plan import plan
from sepp.verify.access import ByCommand


@dataclass
class Scripts:
    """What each host answers; `asked` holds what was run where, and what the directory's tool read."""

    folder: Path
    answers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def answer(self, command, result, code=0):
        """Let the directory's tool end a command in this way."""
        self.answers[command] = (
            f"cat > {self.folder}/{command}; printf %s {shlex.quote(json.dumps(result))}; exit {code}"
        )

    def arguments(self, command):
        """Return what the tool was given for a command."""
        return json.loads((self.folder / command).read_text(encoding="utf-8"))

    def __call__(self, host, argv):
        self.asked.append((host, tuple(argv)))
        return ["sh", "-c", self.answers.get(host if argv[0] == "sh" else argv[1], "true")]


@pytest.fixture
def scripts(tmp_path):
    return Scripts(tmp_path)


@pytest.fixture
def deployment(planck, make_platform):
    return plan(make_platform(), [planck], name="demo", target="local")


@pytest.fixture
def hosts(scripts):
    return ByCommand(access=scripts, environment=dict(os.environ))
