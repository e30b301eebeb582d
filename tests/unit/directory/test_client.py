"""How the operator's side talks to the directory and to the hosts."""

import pytest

from sepp.config.users import UsersFile
from sepp.directory.client import TOOL, Client, RefusedError
from sepp.engine.errors import EngineError


@pytest.fixture
def client(deployment, hosts):
    return Client(deployment, hosts)


def test_arguments_go_by_standard_input_only(client, scripts):
    scripts.answer("add", {"user": {}})
    client.call("add", name="alice", password="a secret of hers")
    assert scripts.asked == [("core", (TOOL, "add"))]
    assert scripts.arguments("add") == {"name": "alice", "password": "a secret of hers"}


def test_refusal_keeps_its_hint_and_exit_code(client, scripts):
    scripts.answer("show", {"error": "unknown user 'alcie'", "hint": "did you mean 'alice'?"}, code=1)
    with pytest.raises(RefusedError, match=r"unknown user 'alcie' \(did you mean 'alice'\?\)") as refusal:
        client.call("show", name="alcie")
    assert refusal.value.code == 1


def test_host_that_is_away_is_told_from_a_refusal(client, scripts):
    scripts.answers["list"] = "echo 'Error: no such container' >&2; exit 125"
    with pytest.raises(EngineError, match="no such container") as error:
        client.call("list")
    assert error.value.next_step == "./sepp status"


def test_sessions_end_on_every_host(client, scripts, deployment):
    client.end_sessions(["alice"])
    assert [(host, argv[-1]) for host, argv in scripts.asked] == [(host.name, "alice") for host in deployment.hosts]


def test_host_where_sessions_stay_is_named_and_the_others_are_done(client, scripts):
    scripts.answers["planck-storage"] = "echo broken >&2; exit 1"
    with pytest.raises(EngineError, match=r"sessions of alice.*planck-storage: broken") as error:
        client.end_sessions(["alice"])
    assert error.value.next_step == "./sepp user sign-out alice"
    assert "planck" in [host for host, _ in scripts.asked]


def test_file_of_users_is_handed_over(client, scripts):
    scripts.answer("apply", {"added": ["alice"], "changed": [], "one_time_passwords": {}, "end_sessions": []})
    hashed = "{SSHA512}abc"
    client.apply(UsersFile.model_validate({"users": {"alice": {"name": "Alice", "password": hashed}, "bob": {}}}))
    assert scripts.arguments("apply")["users"] == {
        "alice": {"full_name": "Alice", "mail": None, "groups": [], "password": hashed},
        "bob": {"full_name": None, "mail": None, "groups": [], "password": None},
    }
