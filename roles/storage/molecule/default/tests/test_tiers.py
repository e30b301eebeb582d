import json

import pytest

MIB = 1024**2


def test_everything_runs(host):
    for timer in ("sync", "purge", "audit"):
        unit = host.service(f"sepp-storage-{timer}.timer")
        assert unit.is_running
        assert unit.is_enabled
    assert host.run("systemctl is-failed sepp-storage-sync.service").stdout.strip() != "failed"
    assert host.run("systemctl --failed --no-legend --plain").stdout == ""


@pytest.mark.parametrize(
    ("path", "owner", "mode"),
    [
        ("/home/alice", "alice", 0o700),
        ("/home/carol", "carol", 0o700),
        ("/scratch/carol", "carol", 0o700),
        ("/public/alice", "alice", 0o755),
    ],
)
def test_folders_of_users(host, path, owner, mode):
    folder = host.file(path)
    assert folder.is_directory
    assert (folder.user, folder.group, folder.mode) == (owner, owner, mode)


def test_who_may_not_publish_has_no_public_folder(host, machine):
    assert not host.file("/public/carol").exists
    machine.refused("carol", "mkdir /public/carol")


def test_others_are_kept_out(machine):
    machine.may("alice", "echo secret > /home/alice/secret; echo seen > /public/alice/seen")
    machine.refused("bob", "cat /home/alice/secret")
    machine.refused("bob", "echo x > /public/alice/x")
    assert machine.may("carol", "cat /public/alice/seen") == "seen\n"


def test_opening_a_private_folder_does_not_last(machine, host):
    machine.may("alice", "chmod 755 /home/alice; setfacl -m u:bob:rwx /home/alice")
    machine.sync()
    assert host.file("/home/alice").mode == 0o700
    machine.refused("bob", "ls /home/alice")


@pytest.mark.parametrize(("folder", "limit"), [("/home/bob", 32), ("/scratch/bob", 16), ("/public/dave", 8)])
def test_limit_is_hard(machine, folder, limit):
    user = folder.rpartition("/")[2]
    machine.refused(user, f"dd if=/dev/urandom of={folder}/full bs=1M count={limit + 8}", "Disk quota exceeded")
    size = int(machine.may(user, f"stat --format %s {folder}/full"))
    assert (limit - 2) * MIB <= size <= limit * MIB
    machine.may(user, f"rm {folder}/full && echo works > {folder}/again && rm {folder}/again")


def test_subvolumes_of_users_count(machine):
    machine.may("bob", "mkdir -p /home/bob/x && btrfs subvolume create /home/bob/x/more")
    script = "dd if=/dev/urandom of=/home/bob/x/more/full bs=1M count=40"
    machine.refused("bob", script, "Disk quota exceeded")
    machine.may("bob", "rm /home/bob/x/more/full && rmdir /home/bob/x/more")


@pytest.mark.once
def test_limit_follows_the_mission(machine, edit):
    def grow(config):
        config["tiers"][0]["quota"] = 64 * MIB

    edit(grow)
    machine.may("bob", "dd if=/dev/urandom of=/home/bob/large bs=1M count=48")
    machine.may("bob", "rm /home/bob/large")


def test_usage(machine):
    machine.may("alice", "dd if=/dev/urandom of=/home/alice/ten bs=1M count=10 && sync /home/alice/ten")
    machine.run("sync")
    machine.sync()
    mine = json.loads(machine.may("alice", "cat /home/.sepp/usage/alice.json"))
    tier = mine["tiers"]["persistent"]
    assert tier["path"] == "/home/alice"
    assert tier["limit"] == 32 * MIB
    assert 10 * MIB <= tier["used"] <= 11 * MIB
    assert set(mine["shares"]) == {"papers"}
    assert machine.usage()["users"]["alice"]["tiers"] == mine["tiers"]
    assert machine.usage()["users"]["carol"]["groups"] == ["everyone"]
    machine.may("alice", "rm /home/alice/ten")


def test_usage_is_for_oneself(machine, host):
    assert host.file("/home/.sepp/usage/alice.json").user == "root"
    machine.refused("bob", "cat /home/.sepp/usage/alice.json")
    machine.refused("alice", "echo 1 >> /home/.sepp/usage/alice.json")
    machine.refused("alice", "ls /home/.sepp/usage")
    machine.refused("alice", "cat /var/lib/sepp/usage.json")


@pytest.mark.once
def test_who_leaves_is_kept_out_and_her_data_stays(machine, host):
    machine.may("dave", "echo kept > /home/dave/kept; echo said > /public/dave/said; mkdir -p /public/dave/own")
    machine.run("gpasswd", "--delete", "dave", "planck-team")
    machine.sync()
    try:
        machine.refused("dave", "ls /home/dave")
        machine.refused("dave", "chmod 700 /home/dave", "Operation not permitted")
        machine.refused("dave", "echo changed > /public/dave/said")
        machine.refused("dave", "touch /public/dave/own/new")
        assert machine.get("/dave/said")[1].endswith("said\n\n")
        assert host.file("/home/dave/kept").content_string == "kept\n"
    finally:
        machine.run("gpasswd", "--add", "dave", "planck-team")
        machine.sync()
    assert machine.may("dave", "cat /home/dave/kept && rm -r /public/dave/said /public/dave/own") == "kept\n"


@pytest.mark.once
def test_a_name_that_comes_back_does_not_get_old_data(machine, host):
    machine.run("gpasswd", "--delete", "dave", "planck-team")
    machine.sync()
    machine.run("usermod", "--uid", "4242", "dave")
    machine.run("gpasswd", "--add", "dave", "planck-team")
    try:
        assert host.run("systemctl restart sepp-storage-sync.service").failed
        machine.refused("dave", "ls /home/dave")
    finally:
        machine.run("usermod", "--uid", "1003", "dave")
        machine.sync()
    machine.may("dave", "ls /home/dave")


@pytest.mark.once
def test_a_group_that_is_unknown_closes_nothing(machine, host, edit):
    def unknown(config):
        config["tiers"][0]["groups"] = ["nobody-knows-this"]

    with pytest.raises(AssertionError, match="systemctl"):
        edit(unknown)
    assert host.file("/home/alice").user == "alice"


@pytest.mark.once
def test_a_link_in_place_of_a_folder_is_not_followed(machine, host):
    machine.run("gpasswd", "--delete", "carol", "everyone")
    machine.sync()
    machine.run("mv", "/scratch/carol", "/scratch/.carol")
    machine.run("ln", "-s", "/etc", "/scratch/carol")
    machine.run("gpasswd", "--add", "carol", "everyone")
    try:
        assert host.run("systemctl restart sepp-storage-sync.service").failed
        assert host.file("/etc").user == "root"
    finally:
        machine.run("rm", "/scratch/carol")
        machine.run("mv", "/scratch/.carol", "/scratch/carol")
        machine.sync()
    assert host.file("/scratch/carol").user == "carol"


@pytest.mark.once
def test_data_is_removed_by_command_and_only_of_who_is_gone(machine, host):
    machine.run("useradd", "--no-create-home", "--groups", "planck-team", "erin")
    machine.sync()
    machine.may(
        "erin", "echo 1 > /scratch/erin/file; btrfs subvolume create /home/erin/more; echo 1 > /home/erin/more/x"
    )
    refused = host.run("sepp-storage remove erin")
    assert refused.rc == 1
    assert "erin has a right to the tier persistent" in refused.stderr
    machine.run("userdel", "erin")
    machine.sync()
    machine.run("sepp-storage", "remove", "erin")
    for path in ("/home/erin", "/scratch/erin", "/public/erin", "/home/.sepp/usage/erin.json"):
        assert not host.file(path).exists
    machine.sync()
    assert "erin" not in machine.usage()["users"]
    assert host.run("sepp-storage remove ../etc").rc == 1
