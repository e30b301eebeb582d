"""What hosts share: the server's files, the client's mounts (by a stand-in) and who waits for them."""

import os

import pytest
import testinfra
from testinfra.host import Host

SUBNET = os.environ["SEPP_SUBNET"]
MASKED = ("rpcbind.service", "rpcbind.socket", "rpc-statd.service", "rpc-statd-notify.service")


@pytest.fixture(scope="module")
def server() -> Host:
    return testinfra.get_host("nsenter://mol-volumes-planck-storage")


@pytest.fixture(scope="module")
def client() -> Host:
    return testinfra.get_host("nsenter://mol-volumes-planck")


def test_the_server_reads_its_exports_without_an_error(server):
    ended = server.run("exportfs -r")
    assert (ended.rc, ended.stderr) == (0, "")


def test_exports_are_for_these_hosts_only(server):
    table = [line.split() for line in server.check_output("cat /var/lib/nfs/etab").splitlines()]
    found = {
        (path, client.partition("(")[0]): {*client[client.index("(") + 1 : -1].split(",")} for path, client in table
    }
    assert {key: "ro" in options for key, options in found.items()} == {
        ("/home", f"{SUBNET}.11"): False,
        ("/repository", f"{SUBNET}.11"): True,
        ("/repository", f"{SUBNET}.12"): False,
    }
    for options in found.values():
        assert {"root_squash", "secure", "sec=sys", "no_subtree_check", "sync"} <= options


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nfsd vers2", "n"),
        ("nfsd vers3", "n"),
        ("nfsd vers4.0", "n"),
        ("nfsd vers4", "y"),
        ("mountd manage-gids", "y"),
    ],
)
def test_configuration_of_the_server(server, name, value):
    assert server.check_output(f"nfsconf --get {name}") == value


def test_the_servers_helper_opens_no_port(server):
    """The helper itself runs: only the kernel's part is missing here."""
    server.run("rpc.mountd")
    assert server.run("pgrep rpc.mountd").rc == 0
    listening = server.check_output("ss --tcp --udp --listening --numeric --processes --no-header")
    server.check_output("pkill rpc.mountd")
    assert "mountd" not in listening
    assert ":111 " not in listening


def test_nothing_of_older_versions_starts(server, client):
    for host in (server, client):
        for unit in MASKED:
            assert host.run(f"systemctl is-enabled {unit}").stdout.strip() == "masked"


def test_only_hosts_that_export_have_a_server(server, client):
    assert server.package("nfs-kernel-server").is_installed
    assert not client.package("nfs-kernel-server").is_installed
    assert server.service("nfs-server").is_enabled


@pytest.mark.parametrize(("path", "mode"), [("/home", "rw"), ("/repository", "ro")])
def test_remotes(client, path, mode):
    [line] = [line.split() for line in client.file("/etc/fstab").content_string.splitlines() if f" {path} " in line]
    assert line[0] == f"planck-storage:{path}"
    assert line[2] == "nfs4"
    options = line[3].split(",")
    assert {"hard", "nosuid", "nodev", "_netdev", "sec=sys"} <= {*options}
    assert ("ro" in options) is (mode == "ro")
    assert mode in client.check_output(f"findmnt -no OPTIONS {path}").split(",")


def test_what_needs_the_remotes_waits_for_them(server, client):
    client.check_output("systemctl daemon-reload")
    for unit in ("home.mount", "repository.mount"):
        for waits in ("app.service", "remote-fs.target"):
            assert unit in client.check_output(f"systemctl show --value -p Requires {waits}").split()
            assert unit in client.check_output(f"systemctl show --value -p After {waits}").split()
        assert client.check_output(f"systemctl show --value -p TimeoutUSec {unit}") == "infinity"
    if server.file("/home/kept").exists:  # after the reboot
        assert client.service("app").is_running
