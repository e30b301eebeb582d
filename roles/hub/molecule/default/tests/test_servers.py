import json
import time

import pytest

HELLO = {
    "python3": ("import os, healpy; print(os.getuid(), healpy.nside2npix(32))", "20001 12288"),
    "ir": ('cat(Sys.info()[["user"]], 6 * 7)', "alice 42"),
    "octave": ("disp(6 * 7)", "42"),
    "gdl": ("print, total([20, 22])", "42.0000"),
}


@pytest.mark.parametrize("kernel", HELLO)
def test_kernels_run_code(alice, kernel):
    code, expected = HELLO[kernel]
    assert expected in alice.execute("alice", kernel, code)


def test_kernels_are_those_of_the_mission(alice):
    assert set(alice.api("GET", "/user/alice/api/kernelspecs").json()["kernelspecs"]) == set(HELLO)


def test_a_server_runs_as_its_user_without_privileges(host, alice):
    pid = host.check_output("systemctl show --property=MainPID --value sepp-server@alice.service")
    status = host.file(f"/proc/{pid}/status").content_string
    assert "Uid:\t20001\t20001\t20001\t20001" in status
    assert "NoNewPrivs:\t1" in status
    assert "CapEff:\t0000000000000000" in status
    assert "30001" in next(line for line in status.splitlines() if line.startswith("Groups:"))


def test_a_kernel_listens_on_sockets_of_its_user(host, alice):
    kernel = alice.api("POST", "/user/alice/api/kernels", name="python3").json()["id"]
    connection = json.loads(host.file(f"/run/sepp/servers/20001/runtime/kernel-{kernel}.json").content_string)
    alice.api("DELETE", f"/user/alice/api/kernels/{kernel}")
    assert connection["transport"] == "ipc"
    assert connection["ip"].startswith("/run/sepp/servers/20001/runtime/")


@pytest.mark.parametrize("path", ["/run/sepp/servers/20001", "/run/sepp/servers/20001/socket", "/home/alice"])
def test_others_cannot_reach_a_server(host, alice, path):
    for code in (f"import os; os.listdir('{path}')", f"import socket; socket.socket(socket.AF_UNIX).connect('{path}')"):
        refused = host.run("setpriv --reuid=20003 --regid=20003 --clear-groups python3 -c %s", code)
        assert "PermissionError" in refused.stderr or "NotADirectory" in refused.stderr or "refused" in refused.stderr


def test_others_cannot_use_a_server(alice, host):
    browser = type(alice)(host)
    browser.sign_in("carol")
    assert browser.get("/user/alice/api/status").status_code in (403, 404)
    assert browser.api("POST", "/hub/api/users/alice/server").status_code in (403, 404)


@pytest.mark.once
def test_who_has_no_server_more_is_told(alice, host):
    browser = type(alice)(host)
    browser.sign_in("carol")
    browser.start_server("carol")
    answer = browser.start_server("carol", "second")
    browser.stop_server("carol")
    assert answer.status_code >= 400
    assert "your limit" in answer.text


@pytest.mark.once
def test_stopping_ends_all(host, alice):
    alice.start_server("alice", "other")
    alice.api("POST", "/user/alice/other/api/terminals")
    assert host.check_output("systemctl is-active sepp-server@alice--other.service") == "active"
    alice.stop_server("alice", "other")
    assert host.run("systemctl is-active sepp-server@alice--other.service").stdout.strip() != "active"
    assert not host.file("/run/sepp/servers/20001-other").exists


def test_limits_are_the_actors(host, alice):
    shown = host.check_output(
        "systemctl show --property=MemoryMax,CPUQuotaPerSecUSec,CPUAffinity,LimitDATA sepp-server@alice.service"
    )
    assert "MemoryMax=2147483648" in shown
    assert "CPUQuotaPerSecUSec=2s" in shown


@pytest.mark.once
def test_who_takes_too_much_memory_loses_her_own_process_only(host, alice):
    greedy = "x = b'x' * (3 * 1024**3); print(len(x))"
    code = f"import subprocess, sys; print(subprocess.run([sys.executable, '-c', {greedy!r}], capture_output=True))"
    told = alice.execute("alice", "python3", code)
    assert "returncode=0" not in told
    assert "MemoryError" in told or "returncode=-9" in told
    assert alice.get("/hub/health").status_code == 200
    assert "42" in alice.execute("alice", "python3", "print(6 * 7)")


@pytest.mark.once
def test_a_server_outlives_the_hub(host, alice):
    host.check_output("systemctl restart jupyterhub.service")
    for _ in range(60):
        if alice.get("/hub/health").status_code == 200:
            break
        time.sleep(1)
    assert alice.get("/user/alice/api/status").status_code == 200
    state = alice.api("GET", "/hub/api/users/alice").json()["servers"][""]
    assert state["ready"]


@pytest.mark.once
def test_no_request_is_lost_between_proxy_and_server(alice):
    path, body = "/user/alice/lab/api/workspaces/often", {"data": {}, "metadata": {"id": "often"}}
    answers = [alice.api("PUT", path, **body).status_code for _ in range(600)]
    assert set(answers) == {204}
    alice.api("DELETE", path)


@pytest.mark.once
def test_who_is_known_a_moment_later_gets_her_server(host, browser):
    """As after the directory was away."""
    account = "useradd --create-home --uid=20009 --groups=planck-collaboration --shell=/bin/bash erin"
    host.check_output(f"systemd-run --on-active=5 --timer-property=AccuracySec=1s {account}")
    browser.sign_in("erin")
    assert browser.start_server("erin").status_code in (201, 202)
    browser.stop_server("erin")
    host.check_output("userdel --remove erin")


def test_examples_come_once_and_are_the_users(host, alice):
    examples = host.file("/home/alice/examples")
    assert examples.is_directory
    assert examples.user == "alice"


def test_packages_of_a_user_last(host, alice):
    code = "import site, sys; print(site.ENABLE_USER_SITE, sys.prefix)"
    assert "True /opt/sepp/python" in alice.execute("alice", "python3", code)


@pytest.mark.once
def test_a_full_home_is_told(host, alice):
    usage = {"tiers": {"persistent": {"used": 95, "limit": 100}, "scratch": {"used": 100, "limit": 100}}}
    host.check_output("mkdir -p /home/.sepp/usage")
    host.check_output("chmod -R a+rX /home/.sepp")
    host.check_output("echo %s > /home/.sepp/usage/alice.json", json.dumps(usage))
    notices = alice.api("GET", "/user/alice/sepp/storage").json()["notices"]
    host.check_output("rm /home/.sepp/usage/alice.json")
    assert [(notice["place"], notice["level"]) for notice in notices] == [
        ("persistent", "warning"),
        ("scratch", "full"),
    ]
    assert alice.api("GET", "/user/alice/sepp/storage").json()["notices"] == []


@pytest.mark.once
def test_compilers_find_the_libraries(host):
    code = r"#include <fitsio.h>\n#include <chealpix.h>\nint main() { return nside2npix(2) == 48 ? 0 : 1; }\n"
    host.check_output("echo %s > /tmp/t.c", code.replace(r"\n", "\n"))
    host.check_output("gcc /tmp/t.c -o /tmp/t $(pkgconf --cflags --libs cfitsio) -lchealpix -lm")
    host.check_output("/tmp/t")
    host.check_output("pkgconf --exists healpix_cxx")
    host.check_output("gfortran --version")
