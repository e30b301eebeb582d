import json
import shlex

import pytest

KEPT = "/var/lib/sepp/kept"


def entry(**values):
    return {"full_name": None, "mail": None, "groups": [], "password": None, **values}


def test_new_user_is_in_everyone_and_has_a_group_of_her_own(directory, user):
    assert user["groups"] == ["everyone", "planck-reviewers"]
    text = directory.read(f"(uid={user['name']})", "gidNumber", "homeDirectory", "memberOf")
    assert f"gidNumber: {user['number']}" in text
    assert f"homeDirectory: /home/{user['name']}" in text
    assert f"memberOf: cn=planck-reviewers,ou=groups,{directory.suffix}" in text
    assert user["number"] > 20000


@pytest.mark.once
def test_numbers_are_never_used_again(directory, name):
    first = directory.must("add", name=name)["user"]["number"]
    deleted = directory.must("delete", name=name, forget=True)
    assert deleted == {"deleted": name, "number": first, "end_sessions": [name]}
    assert directory.must("add", name=name)["user"]["number"] > first


@pytest.mark.once
def test_name_of_a_deleted_user_is_never_used_again(directory, user):
    name = user["name"]
    directory.must("delete", name=name)
    assert directory.tool("show", name=name)[0] == 1
    assert directory.dn(name) not in directory.read("(objectClass=posixGroup)", "member")
    code, result = directory.tool("add", name=name)
    assert code == 1
    assert f"number {user['number']}" in result["error"]


@pytest.mark.once
def test_users_added_at_once_have_different_numbers(host, directory, name):
    names = [f"{name}{letter}" for letter in "abcdefgh"]
    add = " & ".join(
        f"printf %s {shlex.quote(json.dumps({'name': each}))} | /usr/local/sbin/sepp-directory add > /dev/null"
        for each in names
    )
    host.run(f"{add} & wait")
    numbers = [directory.must("show", name=each)["user"]["number"] for each in names]
    for each in names:
        directory.must("delete", name=each, forget=True)
    assert len(set(numbers)) == len(names)


def test_groups_are_joined_and_left(directory, user):
    name = user["name"]
    result = directory.must("group", name=name, add=["planck-collaboration"])
    assert result["user"]["groups"] == ["everyone", "planck-collaboration", "planck-reviewers"]
    assert result["end_sessions"] == []
    result = directory.must("group", name=name, remove=["planck-collaboration"])
    assert result["user"]["groups"] == ["everyone", "planck-reviewers"]
    assert result["end_sessions"] == [name]
    assert directory.tool("group", name=name, remove=["everyone"])[0] == 2


@pytest.mark.once
def test_unknown_names_get_a_suggestion(directory, user):
    code, result = directory.tool("group", name=user["name"], add=["planck-colaboration"])
    assert (code, result["hint"]) == (2, "did you mean 'planck-collaboration'?")
    code, result = directory.tool("group", name=user["name"], add=["zzz"])
    assert (code, result["hint"]) == (2, "known: everyone, planck-collaboration, planck-reviewers")
    code, result = directory.tool("show", name=user["name"][:-1])
    assert code == 1
    assert user["name"] in result["hint"]
    assert directory.tool("add", name=user["name"])[0] == 1


@pytest.mark.once
@pytest.mark.parametrize(
    "bad", ["Alice", "a", "a b", "-a", "a,ou=x", "a" * 32, "root", "www-data", "openldap", "a*", "share-x"]
)
def test_names_that_nobody_may_have(directory, bad):
    code, result = directory.tool("add", name=bad)
    assert code == 2
    assert bad in result["error"]


def test_accounts_of_shares_are_no_users(directory):
    assert "share-papers" not in {user["name"] for user in directory.must("list")["users"]}
    assert "share-papers" not in directory.read("(objectClass=posixGroup)", "member")


@pytest.mark.parametrize("password", ["", "share-papers", "x" * 12])
def test_nobody_signs_in_as_a_share(directory, password):
    dn = f"uid=share-papers,ou=planck,ou=shares,{directory.suffix}"
    assert directory.ldap("ldapwhoami", dn, password).code != 0


def test_user_and_group_do_not_share_a_name(directory):
    code, result = directory.tool("add", name="planck-reviewers")
    assert code == 1
    assert "name of a group" in result["error"]


@pytest.mark.once
def test_file_of_users_converges(directory, name):
    users = {name: entry(full_name="Erin Example", mail="erin@x.example", groups=["planck-collaboration"])}
    first = directory.must("apply", users=users)
    assert first["added"] == [name]
    assert set(first["one_time_passwords"]) == {name}
    second = directory.must("apply", users=users)
    assert second == {"added": [], "changed": [], "one_time_passwords": {}, "end_sessions": []}
    users[name] = entry(full_name="Erin Other", groups=["planck-reviewers"])
    third = directory.must("apply", users=users)
    assert (third["changed"], third["end_sessions"]) == ([name], [name])
    user = directory.must("show", name=name)["user"]
    assert (user["full_name"], user["mail"]) == ("Erin Other", None)
    assert user["groups"] == ["everyone", "planck-reviewers"]


@pytest.mark.once
def test_faulty_file_changes_nothing(directory, name):
    users = {name: entry(), f"{name}x": entry(groups=["unheard-of"])}
    assert directory.tool("apply", users=users)[0] == 2
    assert directory.tool("show", name=name)[0] == 1


def test_groups_that_are_no_longer_wanted_stay(host, directory):
    tree = json.loads(host.file("/etc/sepp/directory/tree.json").content_string)
    assert directory.must("tree", **{**tree, "groups": []}) == {"changed": []}
    assert "planck-reviewers" in [group["name"] for group in directory.must("groups")["groups"]]


def test_users_survive_a_restart_of_the_host(host, directory):
    """Run before and after the scenario's reboot: what the first run left has to be there in the second."""
    if not host.file(KEPT).exists:
        number = directory.must("add", name="kept", password="a long password")["user"]["number"]
        host.check_output("echo %s > %s", str(number), KEPT)
    number = int(host.file(KEPT).content_string)
    assert directory.must("show", name="kept")["user"]["number"] == number
    assert directory.signs_in("kept", "a long password")


def test_killed_daemon_comes_back(host, directory):
    before = host.check_output("systemctl show -P MainPID slapd")
    host.check_output("systemctl kill --signal=KILL slapd")
    # The machine may be busy: only that it comes back counts.
    # Right after the signal the unit is still active, and in between it has process 0.
    another = 'case $(systemctl show -P MainPID slapd) in 0 | "$0") false ;; *) systemctl is-active -q slapd ;; esac'
    host.check_output("timeout 60 sh -c %s %s", f"until {another}; do sleep 1; done", before)
    assert directory.must("list")["users"]
