def test_only_ldap_over_tls_listens(host):
    listening = host.run("ss --no-header --listening --tcp --udp --numeric").stdout.split("\n")
    assert [line.split()[4].rpartition(":")[2] for line in listening if line] == ["636"]
    assert "0.0.0.0:636" not in "".join(listening).replace("0.0.0.0:*", "")


def test_daemon_is_not_root(host):
    [slapd] = host.process.filter(comm="slapd")
    assert slapd.user == "openldap"
    assert host.file("/var/lib/ldap").mode == 0o700


def test_another_authority_is_not_trusted(host):
    ended = host.run("echo | openssl s_client -connect core:636 -verify_return_error")
    assert ended.failed
    assert "unable to get local issuer certificate" in ended.stderr


def test_no_protocol_below_tls_1_2(host):
    old = host.run("echo | openssl s_client -connect core:636 -tls1_1 -cipher DEFAULT:@SECLEVEL=0")
    assert old.failed
    new = host.run("echo | openssl s_client -connect core:636 -CAfile /var/lib/sepp/authority.pem -verify_return_error")
    assert "Verify return code: 0 (ok)" in new.stdout


def test_nobody_without_name_or_password(host, directory, user):
    for who in ("", f"-D {directory.dn(user['name'])}"):
        ended = host.run(
            f"{directory.with_authority} ldapsearch -H ldaps://core:636 -x {who} -w '' -b {directory.suffix}"
        )
        assert ended.failed
        assert "disallowed" in ended.stderr


def test_only_root_is_administrator(host, directory):
    ended = host.run("runuser -u nobody -- ldapsearch -Q -Y EXTERNAL -H ldapi:/// -LLL -b %s dn", directory.suffix)
    assert "dn:" not in ended.stdout


def test_reader_sees_users_but_no_password(directory, user):
    text = directory.read(f"(uid={user['name']})", "*", "+")
    assert f"uidNumber: {user['number']}" in text
    assert "userPassword" not in text
    assert directory.read("(userPassword=*)") == ""
    assert "pwdPolicy" not in directory.read("(objectClass=*)", "objectClass")


def test_reader_writes_nothing(directory, user):
    dn = directory.dn(user["name"])
    answer = directory.ldap("ldapdelete", directory.reader, directory.reader_password, dn)
    assert "Insufficient access" in answer.text
    answer = directory.ldap(
        "ldappasswd", directory.reader, directory.reader_password, "-s", "something-long-enough", dn
    )
    assert "Insufficient access" in answer.text


def test_user_sees_only_herself(directory, user, password):
    answer = directory.ldap(
        "ldapsearch", directory.dn(user["name"]), password, "-LLL", "-b", directory.suffix, "(uid=*)", "uid"
    )
    assert "uid: " not in answer.text
    answer = directory.ldap(
        "ldapsearch", directory.dn(user["name"]), password, "-LLL", "-b", directory.dn(user["name"]), "uid"
    )
    assert f"uid: {user['name']}" in answer.text


def test_user_cannot_give_herself_rights(host, directory, user, password):
    for change in ("uidNumber: 0", "memberOf: cn=planck-collaboration", "pwdAccountLockedTime: 000001010000Z"):
        attribute = change.split(":")[0]
        ldif = f"dn: {directory.dn(user['name'])}\\nchangetype: modify\\nreplace: {attribute}\\n{change}\\n"
        host.run(f"printf '{ldif}' > /var/lib/sepp/change.ldif")
        arguments = ("-f", "/var/lib/sepp/change.ldif")
        assert directory.ldap("ldapmodify", directory.dn(user["name"]), password, *arguments).code != 0
    assert directory.must("show", name=user["name"])["user"]["number"] == user["number"]
