"""The helper that runs as root: what it refuses."""

import json
import os
import pwd
import string
from dataclasses import replace
from pathlib import Path

import pytest
import sepp_spawn as spawn
from hypothesis import given
from hypothesis import strategies as st

ACTORS = {
    "collaboration": {"groups": ["planck-collaboration"], "cpu": 8, "memory": 32 * 1024**3, "servers": 2},
    "guests": {"groups": ["guests"], "cpu": 2, "memory": 4 * 1024**3, "servers": 3},
}


def request(**fields):
    return json.dumps({"action": "start", "user": "alice", **fields}).encode()


def person(name="alice", uid=20001):
    return pwd.struct_passwd((name, "x", uid, uid, "", f"/home/{name}", "/bin/bash"))


def test_a_good_request_is_understood():
    parsed = spawn.parse(request(server="other", environment={"JUPYTERHUB_API_TOKEN": "secret"}))
    assert (parsed.action, parsed.user, parsed.server) == ("start", "alice", "other")
    assert parsed.environment == {"JUPYTERHUB_API_TOKEN": "secret"}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"GET / HTTP/1.1",
        b"[]",
        b'"start"',
        request(action="reboot"),
        request(command="id"),
        request(user=None),
        request(user=""),
        request(user="../bob"),
        request(user="alice --property=User=root"),
        request(user="alice\nroot"),
        request(user="a" * 32),
        request(user="alice.service"),
        request(server="../x"),
        request(server="x" * 17),
        request(server="A"),
        request(server="a b"),
        request(server=1),
        request(environment=[]),
        request(environment={"LD_PRELOAD": "/tmp/x.so"}),
        request(environment={"PATH": "/tmp"}),
        request(environment={"JUPYTERHUB_SINGLEUSER_APP": "x"}),
        request(environment={"JUPYTERHUB_HOST": "a\nLD_PRELOAD=/tmp/x"}),
        request(environment={"JUPYTERHUB_HOST": "a'b"}),
        request(environment={"JUPYTERHUB_HOST": 1}),
        request(environment={"JUPYTERHUB_HOST": "x" * 4001}),
        request(environment={"JUPYTERHUB_USER": "bob"}),
    ],
)
def test_a_bad_request_is_refused(line):
    with pytest.raises(spawn.RefusedError):
        spawn.parse(line)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_request_breaks_the_helper(line):
    answer = spawn.answer(line, {"actors": {}, "shares": {}, "proxy_group": "nobody"})
    assert set(answer) == {"error", "unknown_user"}


@given(st.dictionaries(st.sampled_from(sorted(spawn.VARIABLES)), st.text(string.printable, max_size=40), max_size=5))
def test_values_cannot_leave_their_quotes(environment):
    line = request(environment={**environment, "JUPYTERHUB_USER": "alice"})
    try:
        parsed = spawn.parse(line)
    except spawn.RefusedError:
        return
    server = spawn.Server(user="alice", uid=20001, server="")
    lines = spawn.environment_lines(
        parsed, server, spawn.limits(ACTORS, frozenset({"guests"})), Path("/groups/hers")
    ).splitlines()
    assert all(text.count("'") == 2 and text.endswith("'") for text in lines)
    assert {text.partition("=")[0] for text in lines} <= spawn.VARIABLES | {
        *("CPU_LIMIT", "MEM_LIMIT", "OMP_NUM_THREADS", "LANG", "SEPP_SERVER", "JUPYTER_RUNTIME_DIR"),
        "SEPP_MEMORY_GROUP",
    }


@pytest.mark.parametrize(("name", "uid"), [("root", 0), ("jupyterhub", 801), ("almost", 19999)])
def test_only_people_get_servers(monkeypatch, name, uid):
    monkeypatch.setattr(pwd, "getpwnam", lambda _: person(name, uid))
    with pytest.raises(spawn.RefusedError, match="not a person's"):
        spawn.account(name)


def test_another_name_of_an_account_is_refused(monkeypatch):
    monkeypatch.setattr(pwd, "getpwnam", lambda _: person("alice"))
    with pytest.raises(spawn.RefusedError):
        spawn.account("alias")


@pytest.mark.parametrize(("user", "unknown"), [("nobody-there", True), ("root", False)])
def test_the_hub_hears_whether_a_refused_user_is_unknown(user, unknown):
    line = json.dumps({"action": "status", "user": user}).encode()
    refusal = spawn.answer(line, {"actors": {}, "shares": {}})
    assert refusal["error"]
    assert refusal["unknown_user"] is unknown


def test_limits_are_the_widest_of_the_users_actors():
    assert spawn.limits(ACTORS, frozenset({"guests"})) == spawn.Limits(cpu=2, memory=4 * 1024**3, servers=3)
    both = spawn.limits(ACTORS, frozenset({"guests", "planck-collaboration"}))
    assert both == spawn.Limits(cpu=8, memory=32 * 1024**3, servers=3)


def test_who_is_no_actor_gets_nothing():
    with pytest.raises(spawn.RefusedError, match="in no group"):
        spawn.limits(ACTORS, frozenset({"other-mission"}))


def test_everyone_is_an_actor():
    actors = {"public": {"groups": ["everyone"], "cpu": 1, "memory": 1, "servers": 1}}
    assert spawn.limits(actors, frozenset()).cpu == 1


def test_a_share_has_one_server_with_the_widest_limits_of_its_members():
    limit = spawn.share_limits({"actors": ACTORS}, ["guests", "planck-collaboration"])
    assert limit == spawn.Limits(cpu=8, memory=32 * 1024**3, servers=1)


def test_a_share_nobody_may_use_has_no_server():
    with pytest.raises(spawn.RefusedError, match="in no group"):
        spawn.share_limits({"actors": ACTORS}, ["other-mission"])


def test_a_server_knows_that_it_is_a_shares():
    parsed = spawn.parse(request(user="share-papers"))
    limit = spawn.Limits(cpu=1, memory=1, servers=1)
    share = spawn.Server(user="share-papers", uid=20010, server="", share="/share/papers")
    assert "SEPP_SHARE='/share/papers'\n" in spawn.environment_lines(parsed, share, limit, None)
    assert "SEPP_SHARE" not in spawn.environment_lines(parsed, replace(share, share=""), limit, None)


@pytest.fixture
def alice(monkeypatch):
    monkeypatch.setattr(pwd, "getpwnam", lambda _: person())
    return spawn.Server(user="alice", uid=20001, server="")


def test_limits_where_systemd_enforces_them(alice):
    limit = spawn.Limits(cpu=2, memory=4 * 1024**3, servers=1)
    lines = spawn.properties(alice, limit, None, unified=True)
    assert {"User=alice", "MemoryMax=4294967296", "CPUQuota=200%", "NoNewPrivileges=yes"} <= set(lines)
    assert not [line for line in lines if line.startswith(("CPUAffinity", "LimitDATA"))]


def test_limits_where_systemd_cannot(alice, monkeypatch, tmp_path):
    limit = spawn.Limits(cpu=1, memory=4 * 1024**3, servers=1)
    monkeypatch.setattr(spawn, "UNIFIED", tmp_path / "none")
    lines = spawn.properties(alice, limit, spawn.memory_group({"memory_group": ""}, alice), unified=False)
    assert "LimitDATA=4294967296" in lines
    [affinity] = [line for line in lines if line.startswith("CPUAffinity=")]
    assert int(affinity.partition("=")[2]) in os.sched_getaffinity(0)
    assert spawn.memory_group({"memory_group": str(tmp_path / "none")}, alice) is None, (
        "the machine has no such cgroups"
    )
    group = spawn.memory_group({"memory_group": str(tmp_path)}, alice)
    assert group == tmp_path / alice.unit
    assert "LimitDATA=4294967296" not in spawn.properties(alice, limit, group, unified=False)


def test_paths_of_sockets_are_short_enough():
    longest = spawn.Server(user="a" * 31, uid=2**31 - 1, server="s" * 16)
    kernel = f"{longest.folder}/runtime/kernel-{'0' * 36}-ipc-5"
    assert len(kernel) <= 107


def test_a_users_servers_are_counted_and_nobody_elses(monkeypatch):
    units = "\n".join(
        f"sepp-server@{name}.service loaded active running x"
        for name in ("al", "al--other", "al-x", "alice", "bal", "al--x--y")
    )
    monkeypatch.setattr(spawn, "run", lambda *_: type("Done", (), {"stdout": units}))
    assert spawn.running("al") == 3
