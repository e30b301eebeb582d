"""What `sepp drift` says of the differences that it is given."""

import contextlib
import json
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from sepp.cli import drift
from sepp.converge import run
from sepp.converge.events import Difference
from sepp.engine.stack import Stack
from sepp.plan import plan
from sepp.targets.target import Faults, Target

CHANGE = Difference(host="core", role="base", task="Write files", lines=("--- /etc/x", "-foo", "+bar"))


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, tmp_path, planck, make_platform):
    deployment = plan(make_platform(), [planck], name="test", target="local")

    def asked(found, *arguments, outputs=None, faults=None):
        outputs = {"inventory": '{"area_core": {}}'} if outputs is None else outputs
        run_ = SimpleNamespace(outputs=lambda: outputs)
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        monkeypatch.setattr(Stack, "held", lambda *_: contextlib.nullcontext(run_))
        monkeypatch.setattr(drift, "deployment_of", lambda _: deployment)
        monkeypatch.setattr(Target, "faults", lambda _: faults or Faults())
        monkeypatch.setattr(run, "drift", lambda inventory, *, log, report: found)
        app = typer.Typer()
        app.command()(drift.drift)
        return CliRunner().invoke(app, list(arguments))

    return asked


def test_no_difference(ask):
    result = ask(())
    assert (result.exit_code, result.output) == (0, "No difference.\n")


def test_differences_end_with_3_and_the_next_command(ask):
    result = ask((CHANGE,), "local/test")
    assert result.exit_code == 3
    assert "core  base: Write files\n    --- /etc/x\n    -foo\n    +bar\n" in result.output
    assert "1 difference on 1 host.\nNext: ./sepp up local/test --full\n" in result.output


def test_differences_as_data(ask):
    result = ask((CHANGE,), "--json")
    assert result.exit_code == 3
    assert json.loads(result.output)[0]["lines"] == ["--- /etc/x", "-foo", "+bar"]


def test_a_platform_that_is_not_deployed(ask):
    result = ask((), "local/test", outputs={})
    assert result.exit_code == 1
    assert "Next: ./sepp up local/test" in result.output


def test_hosts_that_do_not_run_are_named_and_not_looked_into(ask):
    result = ask((CHANGE,), "local/test", faults=Faults(mended=("the server sepp-example-core is in ERROR",)))
    assert result.exit_code == 1
    assert "- the server sepp-example-core is in ERROR" in result.output
    assert "Write files" not in result.output


def test_data_that_were_let_go_are_named_and_stop_nothing(ask):
    result = ask((), "local/test", faults=Faults(left=("the volume sepp-example-gaia-scratch (v1)",)))
    assert (result.exit_code, result.output) == (0, "the volume sepp-example-gaia-scratch (v1)\nNo difference.\n")
