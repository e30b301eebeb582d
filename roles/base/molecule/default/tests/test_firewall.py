"""Connections between hosts."""

import contextlib
import shlex
import subprocess

import pytest

CONNECT = "import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 3).close()"


@contextlib.contextmanager
def listening(container, port):
    """Let something listen on all addresses of a host."""
    program = f"import socket, sys; s = socket.create_server(('', {port})); print('on', flush=True)"
    # It ends with its standard input, because podman does not hand on signals.
    program += "; sys.stdin.read()"
    argv = ["podman", "exec", "--interactive", container, "python3", "-c", program]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout.readline() == "on\n"
        try:
            yield
        finally:
            server.stdin.close()
            server.wait(20)


def reaches(host, address, port):
    return host.run(f"python3 -c {shlex.quote(CONNECT)} {address} {port}").rc == 0


@pytest.mark.parametrize(("port", "allowed"), [(8443, True), (8070, False), (9999, False)])
def test_only_what_a_rule_allows(core, planck, port, allowed):
    with listening("mol-base-core", port):
        assert reaches(core, "127.0.0.1", port)
        assert reaches(planck, "core", port) is allowed


def test_a_rule_for_one_host_lets_it_in(core, planck):
    with listening("mol-base-planck", 8000):
        assert reaches(core, "planck", 8000)
    with listening("mol-base-planck", 8001):
        assert reaches(planck, "127.0.0.1", 8001)
        assert not reaches(core, "planck", 8001)


def test_tables_of_others_stay(planck):
    planck.check_output("nft add table inet other && systemctl reload nftables")
    assert "table inet other" in planck.check_output("nft list tables")
    planck.check_output("nft delete table inet other")


def test_ping_is_answered(core):
    script = "import socket; s=socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); s.settimeout(3);"
    echo = "s.sendto(bytes([8,0,0xf7,0xfe,0,1,0,0]), ('planck', 0)); r=s.recv(99); assert r[20] == 0, r"
    core.check_output(f"python3 -c {shlex.quote(f'{script} {echo}')}")


@pytest.fixture
def metadata(planck):
    """Let the host have the rules of a machine, and the cloud's metadata service within itself."""
    planck.check_output("ip address add 169.254.169.254/32 dev lo && nft -f /root/nftables-of-machines.conf")
    with listening("mol-base-planck", 80):
        yield "169.254.169.254", 80
    planck.check_output("nft -f /etc/nftables.conf && ip address del 169.254.169.254/32 dev lo")


def test_only_root_reads_the_clouds_metadata(planck, metadata):
    address, port = metadata
    assert reaches(planck, address, port)
    user = planck.run(f"setpriv --reuid=12345 --clear-groups python3 -c {shlex.quote(CONNECT)} {address} {port}")
    assert user.rc != 0
    other = planck.run(f"setpriv --reuid=12345 --clear-groups python3 -c {shlex.quote(CONNECT)} 127.0.0.1 {port}")
    assert other.rc == 0
    assert "hook output" not in planck.file("/etc/nftables.conf").content_string
