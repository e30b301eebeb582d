"""Users of the directory, on a host that has no SYS_ADMIN."""

import time


def until(what, seconds=40):
    end = time.monotonic() + seconds
    while not (result := what()) and time.monotonic() < end:
        time.sleep(1)
    return result


def test_user_and_her_groups(planck, alice):
    assert until(lambda: planck.user("alice").exists)
    user = planck.user("alice")
    assert (user.uid, user.gid, user.home) == (alice["number"], alice["number"], "/home/alice")
    assert sorted(user.groups) == ["alice", "everyone", "planck-collaboration"]
    assert "alice" in planck.check_output("getent group everyone").split(":")[3].split(",")
    assert planck.check_output("getent group planck-collaboration").endswith(":alice")


def test_files_keep_her_name_and_programs_her_groups(planck, alice):
    name = alice["name"]
    planck.check_output(f"runuser -u {name} -- touch /tmp/of-alice")
    assert planck.file("/tmp/of-alice").user == name
    planck.check_output("rm /tmp/of-alice")
    assert "planck-collaboration" in planck.check_output(f"setpriv --reuid={name} --regid={name} --init-groups id -Gn")


def test_the_account_of_a_share_is_known_where_the_share_is(planck):
    assert until(lambda: planck.user("share-papers").exists)
    share = planck.user("share-papers")
    assert (share.home, share.shell, share.groups) == ("/share/papers", "/usr/sbin/nologin", ["share-papers"])
    assert share.uid == share.gid > 20000
    assert not planck.user("share-drafts").exists, "another mission's"


def test_groups_are_forgotten_on_demand(planck, users, alice):
    users.call("group", name="alice", remove=["planck-collaboration"])
    planck.check_output("sss_cache -E")
    assert "planck-collaboration" not in planck.check_output("id -Gn alice")
    users.call("group", name="alice", add=["planck-collaboration"])
    planck.check_output("sss_cache -E")
    assert "planck-collaboration" in planck.check_output("id -Gn alice")


def test_system_accounts_are_local_ones(planck):
    assert planck.user("root").uid == 0
    assert not planck.user("nobody-at-all").exists


def test_users_stay_known_while_the_directory_is_away(planck, core, alice):
    assert planck.check_output("id -u alice") == str(alice["number"])
    core.check_output("systemctl stop slapd")
    try:
        planck.check_output("sss_cache -E")
        assert "planck-collaboration" in planck.check_output("id -Gn alice")
        planck.check_output("systemctl restart sssd")
        assert until(lambda: planck.run("id -Gn alice").stdout).split()[0] == "alice"
    finally:
        core.check_output("systemctl start slapd")
    assert until(lambda: planck.user("alice").exists)


def test_new_users_are_known_after_the_directory_came_back(planck, users):
    users.call("add", name="dora")
    try:
        assert until(lambda: planck.user("dora").exists)
    finally:
        users.call("delete", name="dora", forget=True)


def test_passwords_are_not_on_the_host(planck):
    assert planck.file("/etc/sssd/sssd.conf").mode == 0o600
    assert planck.run("runuser -u nobody -- cat /etc/sssd/sssd.conf").failed
    assert planck.check_output("getent shadow root").startswith("root:")


def test_only_users_and_groups_are_offered(planck):
    for socket in ("sssd-pam.socket", "sssd-ssh.socket", "sssd-sudo.socket", "sssd-autofs.socket"):
        assert not planck.service(socket).is_running
        assert not planck.service(socket).is_enabled
