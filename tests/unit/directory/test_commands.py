"""`sepp user` as the operator types it."""

import json
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from sepp.cli import user

ALICE = {
    "name": "alice",
    "full_name": "Alice Example",
    "mail": None,
    "number": 20003,
    "groups": ["everyone", "planck-collaboration"],
    "disabled": False,
    "locked_since": None,
    "must_change": True,
    "last_sign_in": "20260131123456Z",
}


@pytest.fixture
def sepp(monkeypatch, deployment, hosts):
    """Run a command on the platform of scripts."""
    monkeypatch.setattr(user, "deployment_of", lambda platform: deployment)
    monkeypatch.setattr(user, "target_of", lambda deployment: SimpleNamespace(hosts=lambda: hosts))
    return lambda *argv, stdin="": CliRunner().invoke(user.app, list(argv), input=stdin, catch_exceptions=False)


def test_invitation_is_shown_once_with_where_to_change_it(sepp, scripts):
    scripts.answer("add", {"user": ALICE, "one_time_password": "abcd-efgh"})
    shown = sepp("add", "alice", "--name", "Alice Example", "--group", "planck-collaboration")
    assert shown.exit_code == 0
    assert shown.output.count("abcd-efgh") == 1
    assert "https://sepp.localhost:8443/account/password" in shown.output
    assert scripts.arguments("add")["password"] is None


def test_password_is_read_from_standard_input(sepp, scripts):
    scripts.answer("passwd", {"user": ALICE, "one_time_password": None})
    shown = sepp("passwd", "alice", "--password-stdin", stdin="a long password\n")
    assert (shown.exit_code, scripts.arguments("passwd")["password"]) == (0, "a long password")
    assert "a long password" not in shown.output
    assert sepp("passwd", "alice", "--password-stdin", stdin="").exit_code == 2


@pytest.mark.parametrize("code", [1, 2])
def test_refusals_end_with_their_code_and_hint(sepp, scripts, code):
    scripts.answer("group", {"error": "unknown group 'x'", "hint": "known: everyone"}, code=code)
    shown = sepp("group", "add", "alice", "x")
    assert shown.exit_code == code
    assert "unknown group 'x' (known: everyone)" in shown.stderr


def test_delete_wants_yes_without_a_terminal(sepp, scripts):
    scripts.answer("show", {"user": ALICE})
    scripts.answer("delete", {"deleted": "alice", "number": 20003})
    shown = sepp("delete", "alice")
    assert shown.exit_code == 2
    assert "--yes" in shown.stderr
    assert not any(argv[1] == "delete" for _, argv in scripts.asked)
    assert sepp("delete", "alice", "--yes").exit_code == 0


def test_list_and_show(sepp, scripts):
    scripts.answer("list", {"users": [ALICE]})
    scripts.answer("show", {"user": ALICE})
    assert "planck-collaboration" in sepp("list").output
    assert json.loads(sepp("list", "--json").output) == {"users": [ALICE]}
    assert "2026-01-31 12:34 UTC" in sepp("show", "alice").output
    assert json.loads(sepp("show", "alice", "--json").output)["user"] == ALICE


def test_faulty_file_of_users_is_shown_with_its_lines(sepp, scripts, tmp_path):
    file = tmp_path / "users.yaml"
    file.write_text("users:\n  alice: {names: Alice}\n  Bob: {}\n", encoding="utf-8")
    shown = sepp("apply", str(file))
    assert shown.exit_code == 2
    assert "users.yaml:2:11: users.alice: unknown key 'names' (did you mean 'name'?)" in shown.stderr
    assert "users.yaml:3:3: users: the name 'Bob' is not right" in shown.stderr
    assert not scripts.asked


def test_file_of_users_is_applied(sepp, scripts, tmp_path):
    file = tmp_path / "users.yaml"
    file.write_text("users:\n  alice: {name: Alice Example, groups: [planck-collaboration]}\n", encoding="utf-8")
    scripts.answer("apply", {"added": ["alice"], "changed": [], "one_time_passwords": {"alice": "abcd-efgh"}})
    shown = sepp("apply", str(file))
    assert shown.exit_code == 0
    assert "Added alice." in shown.output
    assert "abcd-efgh" in shown.output


def test_one_time_password_is_shown_although_a_host_is_broken(sepp, scripts):
    scripts.answer("passwd", {"user": ALICE, "one_time_password": "abcd-efgh", "end_sessions": ["alice"]})
    scripts.answers["planck"] = "exit 1"
    shown = sepp("passwd", "alice")
    assert shown.exit_code == 1
    assert "abcd-efgh" in shown.stdout
    assert "./sepp user sign-out alice" in shown.stderr


@pytest.mark.parametrize(
    "argv", [("disable", "alice"), ("delete", "alice", "--yes"), ("group", "remove", "alice", "x"), ("passwd", "alice")]
)
def test_what_takes_rights_away_ends_sessions(sepp, scripts, deployment, argv):
    for command in ("show", "disable", "delete", "group", "passwd"):
        scripts.answer(command, {"user": ALICE, "one_time_password": None, "end_sessions": ["alice"]})
    assert sepp(*argv).exit_code == 0
    assert {host for host, argv in scripts.asked if argv[0] == "sh"} == {host.name for host in deployment.hosts}
