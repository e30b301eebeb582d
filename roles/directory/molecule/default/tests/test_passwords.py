import pytest

pytestmark = pytest.mark.once


def change(directory, name, old, new):
    return directory.ldap("ldappasswd", directory.dn(name), old, "-s", new)


def fail(directory, name, times):
    for _ in range(times):
        assert not directory.signs_in(name, "wrong")


def test_one_time_password_has_to_be_changed_first(directory, name):
    invitation = directory.must("add", name=name)["one_time_password"]
    answer = directory.ldap("ldapwhoami", directory.dn(name), invitation)
    assert answer.code == 0
    assert "Password must be changed" in answer.text
    answer = directory.ldap("ldapsearch", directory.dn(name), invitation, "-b", directory.dn(name))
    assert "Operations are restricted" in answer.text
    assert directory.must("show", name=name)["user"]["must_change"]
    assert change(directory, name, invitation, "a new and long one").code == 0
    assert not directory.signs_in(name, invitation)
    assert directory.ldap("ldapsearch", directory.dn(name), "a new and long one", "-b", directory.dn(name)).code == 0
    assert not directory.must("show", name=name)["user"]["must_change"]


def test_short_and_former_passwords_are_refused(directory, user, password):
    name = user["name"]
    assert "Password is too short" in change(directory, name, password, "elevenchars").text
    assert change(directory, name, password, "twelve chars").code == 0
    assert "New password is in list of old passwords" in change(directory, name, "twelve chars", password).text
    assert "New password is in list of old passwords" in change(directory, name, "twelve chars", "twelve chars").text
    assert directory.signs_in(name, "twelve chars")


def test_operator_cannot_give_a_short_password(directory, user):
    code, result = directory.tool("passwd", name=user["name"], password="short")
    assert code == 2
    assert result["hint"] == "at least 12 characters"


def test_lockout_after_five_failures_and_unlock(directory, user, password):
    name = user["name"]
    assert directory.signs_in(name, password)
    fail(directory, name, 4)
    assert directory.signs_in(name, password)
    fail(directory, name, 5)
    assert "Account locked" in directory.ldap("ldapwhoami", directory.dn(name), password).text
    assert directory.must("show", name=name)["user"]["locked_since"]
    assert directory.must("enable", name=name)["user"]["locked_since"] is None
    fail(directory, name, 4)
    assert directory.signs_in(name, password)


def test_services_are_never_locked_out(directory):
    for _ in range(7):
        assert directory.ldap("ldapwhoami", directory.reader, "wrong").code != 0
    assert directory.ldap("ldapwhoami", directory.reader, directory.reader_password).code == 0


def test_disabled_user_stays_out(directory, user, password):
    name = user["name"]
    assert directory.must("disable", name=name)["end_sessions"] == [name]
    assert "Account locked" in directory.ldap("ldapwhoami", directory.dn(name), password).text
    result = directory.must("passwd", name=name, password="another long one")
    assert result["user"]["disabled"]
    assert not directory.signs_in(name, "another long one")
    assert not directory.must("enable", name=name)["user"]["disabled"]
    assert directory.signs_in(name, "another long one")


def test_password_by_operator_is_temporary_unless_given(directory, user):
    name = user["name"]
    result = directory.must("passwd", name=name)
    assert result["user"]["must_change"]
    assert result["end_sessions"] == [name]
    assert directory.signs_in(name, result["one_time_password"])
    assert not directory.must("passwd", name=name, password="given and long")["user"]["must_change"]


@pytest.mark.parametrize(
    ("scheme", "make"),
    [
        ("SSHA512", "slappasswd -o module-load=pw-sha2 -h '{{SSHA512}}' -s {}"),
        ("ARGON2", "slappasswd -o module-load=argon2 -h '{{ARGON2}}' -s {}"),
        ("CRYPT", "slappasswd -h '{{CRYPT}}' -c '$6$%.16s' -s {}"),
    ],
)
def test_hashes_of_files_are_taken(host, directory, name, scheme, make):
    given = host.check_output(make.format("from-elsewhere-1"))
    assert given.startswith(f"{{{scheme}}}")
    entry = {"full_name": None, "mail": None, "groups": [], "password": given}
    assert directory.must("apply", users={name: entry})["added"] == [name]
    assert directory.signs_in(name, "from-elsewhere-1")
    assert not directory.signs_in(name, given)


def test_no_password_is_kept_in_clear_or_logged(host, directory, user, password):
    dump = host.check_output("slapcat -f /etc/ldap/slapd.conf -a '(uid=%s)'", user["name"])
    assert "userPassword::" in dump
    assert host.run("slapcat -f /etc/ldap/slapd.conf | base64 -di 2>/dev/null | grep -c %s", password).stdout == "0\n"
    assert host.run("journalctl | grep -F %s", password).rc == 1
