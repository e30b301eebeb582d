"""`sepp rotate` as the operator types it, and what it asks the engine for; the engine is replaced."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from sepp.cli import build
from sepp.cli import rotate as command
from sepp.engine.errors import EngineError
from sepp.engine.stack import Stack
from sepp.plan import plan
from sepp.report.changes import summary
from sepp.targets import rotation
from sepp.targets.local.target import Local
from tests.cluster import KUBERNETES

GIVEN = {"given": {"certificate": "/etc/ssl/chain.pem", "key": "/etc/ssl/key.pem"}}
ACME = {"acme": {"directory": "https://acme.site.example/directory", "email": "ops@site.example"}}


@pytest.fixture
def deployment(planck, make_platform):
    return plan(make_platform(), [planck], name="demo", target="local")


@pytest.fixture
def asked(deployment, monkeypatch, tmp_path: Path) -> list[dict[str, str]]:
    """What the engine of the deployed platform is asked for: the parts of each run, with their generations."""
    runs: list[dict[str, str]] = []
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(command, "deployment_of", lambda platform, packages: deployment)
    monkeypatch.setattr(command, "deployed_summary", lambda platform: summary(deployment))

    @contextlib.contextmanager
    def held(stack: Stack, name: str) -> Iterator[SimpleNamespace]:
        stack.folder.mkdir(parents=True, exist_ok=True)
        state = SimpleNamespace(resources=(), outputs={"authority": "AUTHORITY"})
        known = SimpleNamespace(state=lambda: state, authority=stack.authority)
        yield SimpleNamespace(stack=known, up=lambda _, environment: runs.append(json.loads(*environment.values())))

    monkeypatch.setattr(Stack, "held", held)
    return runs


def sepp(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(build(), ["rotate", *arguments], input=typed, catch_exceptions=False)


def test_all_is_made_anew_where_nothing_is_named(asked, deployment):
    shown = sepp("--yes")
    assert shown.exit_code == 0
    [parts] = asked
    assert set(parts) == {*rotation.secrets(deployment), "certificate directory", "certificate entrance"}
    assert len(set(parts.values())) == 1
    assert "./sepp verify local/demo" in shown.output


def test_only_what_is_named_is_made_anew(asked):
    assert sepp("--yes", "--secret", "hub-cookie", "--certificate", "entrance").exit_code == 0
    assert [set(parts) for parts in asked] == [{"hub-cookie", "certificate entrance"}]


def test_what_ends_is_told_before_anything_is_touched(asked):
    shown = sepp("--secret", "cas-keys")
    assert shown.exit_code == 2
    assert "everybody has to sign in again" in shown.output
    assert "the same with --yes" in shown.stderr
    assert asked == []


@pytest.mark.parametrize(
    ("option", "name", "words"),
    [
        ("--secret", "directory-raeder", "unknown secret 'directory-raeder' (did you mean 'directory-reader'?)"),
        ("--certificate", "entrence", "unknown certificate 'entrence' (did you mean 'entrance'?)"),
        ("--certificate", "x", "unknown certificate 'x' (valid: directory, entrance)"),
    ],
)
def test_unknown_names_are_refused_with_what_was_meant(asked, option, name, words):
    shown = sepp("--yes", "--secret", "hub-cookie", option, name)
    assert (shown.exit_code, shown.stderr.splitlines()[0]) == (2, words)
    assert asked == []


def test_a_platform_that_is_not_deployed_has_nothing_to_rotate(asked, monkeypatch):
    monkeypatch.setattr(command, "deployed_summary", lambda platform: None)
    shown = sepp("--yes")
    assert shown.exit_code == 1
    assert shown.stderr.endswith("Next: ./sepp up local/demo\n")
    assert asked == []


def test_a_failure_says_how_to_go_on(asked, monkeypatch):
    def fail(*_):
        raise EngineError("core: it broke", "./sepp up local/demo")

    monkeypatch.setattr(Local, "mend", fail)
    shown = sepp("--yes")
    assert shown.exit_code == 1
    assert shown.stderr.endswith("core: it broke\nNext: ./sepp up local/demo\n")


def test_changes_that_wait_are_told(asked, monkeypatch, planck, make_platform):
    before = plan(make_platform(port=9443), [planck], name="demo", target="local")
    monkeypatch.setattr(command, "deployed_summary", lambda platform: summary(before))
    assert "./sepp plan local/demo" in sepp("--yes").output


@pytest.mark.parametrize(
    ("tls", "own"), [({}, {"directory", "entrance"}), (GIVEN, {"directory"}), (ACME, {"directory"})]
)
def test_certificates_of_others_are_not_the_platforms_to_make(planck, make_platform, tls, own):
    assert set(rotation.certificates(plan(make_platform(tls=tls), [planck], name="demo", target="local"))) == own


def test_secrets_are_those_of_the_services_that_the_platform_has(planck, make_platform):
    with_cas = plan(make_platform(), [planck], name="demo", target="local")
    without = plan(make_platform(cas={"url": "https://sso.site.example/cas"}), [planck], name="demo", target="local")
    assert set(rotation.secrets(with_cas)) - set(rotation.secrets(without)) == {"cas-keys", "cas-sessions"}


def test_secrets_that_others_make_are_named_and_not_made_anew(asked, monkeypatch, planck, make_platform):
    platform = make_platform(kubernetes={**KUBERNETES, "secrets": {"namespace": "ops", "name": "sepp"}})
    deployment = plan(platform, [planck], name="demo", target="kubernetes")
    monkeypatch.setattr(command, "deployment_of", lambda platform, packages: deployment)
    shown = sepp("kubernetes/demo")
    assert "Others make these, in the cluster's Secret: cas-keys, " in shown.output
    made = [line.split()[:2] for line in shown.output.splitlines() if line.startswith("  ")]
    assert made == [["certificate", "directory"], ["certificate", "entrance"]]
    assert (shown.exit_code, asked) == (2, [])
    assert "unknown secret 'cas-keys' (there is none)" in sepp("kubernetes/demo", "--secret", "cas-keys").stderr


def test_a_run_that_is_asked_for_nothing_makes_nothing_anew(monkeypatch):
    monkeypatch.delenv("SEPP_ROTATE", raising=False)
    assert rotation.asked() == {}
