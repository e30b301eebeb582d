import json

import pytest


@pytest.mark.parametrize("unit", ["sepp-spawn.socket", "jupyterhub-proxy.service", "jupyterhub.service"])
def test_units_run_and_start_with_the_host(host, unit):
    assert host.service(unit).is_running
    assert host.service(unit).is_enabled


@pytest.mark.parametrize(("unit", "user"), [("jupyterhub", "jupyterhub"), ("jupyterhub-proxy", "jupyterhub-proxy")])
def test_nothing_runs_as_root(host, unit, user):
    pid = host.check_output("systemctl show --property=MainPID --value %s", unit)
    assert host.process.get(pid=int(pid)).user == user
    status = host.file(f"/proc/{pid}/status").content_string
    assert "NoNewPrivs:\t1" in status
    assert "CapEff:\t0000000000000400" in status, "CAP_NET_BIND_SERVICE only"


def test_only_the_proxy_listens_outside(host):
    listening = {socket for socket in host.socket.get_listening_sockets() if socket.startswith("tcp://")}
    outside = {socket for socket in listening if "127.0.0" not in socket and "[::1]" not in socket}
    assert outside == {"tcp://0.0.0.0:800"}
    assert {"tcp://127.0.0.1:801", "tcp://127.0.0.1:802"} <= listening


def test_health(browser):
    assert browser.get("/hub/health").status_code == 200


def test_only_the_hub_may_ask_the_helper(host):
    socket = host.file("/run/sepp/spawn.socket")
    assert (socket.user, socket.group, socket.mode) == ("root", "jupyterhub", 0o660)
    code = "import socket; socket.socket(socket.AF_UNIX).connect('/run/sepp/spawn.socket')"
    refused = host.run("setpriv --reuid=20001 --regid=20001 --clear-groups python3 -c %s", code)
    assert "PermissionError" in refused.stderr


@pytest.mark.parametrize("user", ["alice", "jupyterhub-proxy"])
@pytest.mark.parametrize("path", ["/etc/sepp/hub", "/var/lib/jupyterhub", "/run/sepp/spawn"])
def test_secrets_are_closed(host, user, path):
    uid = host.user(user).uid
    assert host.run("setpriv --reuid=%s --regid=%s --clear-groups ls %s", str(uid), str(uid), path).rc != 0


def ask(host, **request):
    """Send a request to the helper as the hub does."""
    code = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect('/run/sepp/spawn.socket');"
        "s.sendall(sys.argv[1].encode() + b'\\n'); print(s.makefile().readline())"
    )
    return json.loads(
        host.check_output("setpriv --reuid=801 --regid=801 --clear-groups python3 -c %s %s", code, json.dumps(request))
    )


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        ("root", "not a person's"),
        ("jupyterhub", "not a person's"),
        ("nobody-there", "does not know"),
        ("../alice", "not allowed"),
        ("bob", "in no group"),
    ],
)
def test_the_helper_refuses(host, user, reason):
    answer = ask(host, action="start", user=user)
    assert reason in answer["error"]


def test_ending_sessions_of_somebody_unknown_is_no_error(host):
    assert host.run("sepp-end-sessions nobody-there").rc == 0
    assert host.run("sepp-end-sessions 'a b'").rc == 2


def test_idle_servers_are_stopped(host):
    assert host.process.filter(user="jupyterhub", comm="python")
    assert "--timeout=1800" in host.check_output("pgrep --full --list-full jupyterhub_idle_culler")
