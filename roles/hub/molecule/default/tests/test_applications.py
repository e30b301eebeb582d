import json
import re

import pytest

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def rstudio(alice):
    return alice.get("/user/alice/rstudio/").json()


@pytest.fixture(scope="module")
def zeppelin(alice):
    return alice.get("/user/alice/zeppelin/").json()


def test_rstudio_runs_as_its_user_behind_a_socket(rstudio):
    assert rstudio["uid"] == 20001
    assert rstudio["server_user"] == "alice"
    assert rstudio["www_root_path"] == "/user/alice/rstudio/"
    assert rstudio["secure_cookie_key_file"].startswith("/run/sepp/servers/20001/runtime/rstudio/")


def test_each_user_has_a_process_of_her_own(host, alice, rstudio):
    assert alice.get("/user/alice/rstudio/").json()["pid"] == rstudio["pid"]
    browser = type(alice)(host)
    browser.sign_in("carol")
    browser.start_server("carol")
    other = browser.get("/user/carol/rstudio/").json()
    assert (other["uid"], other["server_user"]) == (20003, "carol")
    assert other["pid"] != rstudio["pid"]
    assert browser.get("/user/alice/rstudio/").status_code in (403, 404)
    browser.stop_server("carol")


def test_others_cannot_open_the_socket(host, rstudio):
    code = f"import socket; socket.socket(socket.AF_UNIX).connect({rstudio['www_socket']!r})"
    assert (
        "PermissionError" in host.run("setpriv --reuid=20003 --regid=20003 --clear-groups python3 -c %s", code).stderr
    )


def test_the_packages_own_service_does_not_run(host):
    assert host.run("systemctl is-active rstudio-server.service").stdout.strip() == "inactive"
    assert not host.socket("tcp://8787").is_listening


def test_zeppelin_runs_as_its_user_and_wants_the_servers_password(host, zeppelin):
    assert zeppelin["uid"] == 20001
    assert zeppelin["ZEPPELIN_SERVER_CONTEXT_PATH"] == "/user/alice/zeppelin"
    assert zeppelin["path"].startswith("/user/alice/zeppelin/")
    assert "SEPP_SECRET" not in zeppelin
    answer = host.run("curl -sS -o /dev/null -w %s http://127.0.0.1:%s/", "%{http_code}", zeppelin["ZEPPELIN_PORT"])
    assert answer.stdout == "401"
    rules = host.file("/home/alice/.zeppelin/conf/shiro.ini")
    assert (rules.user, rules.mode) == ("alice", 0o600)


def test_launcher_offers_the_applications(alice):
    entries = alice.api("GET", "/user/alice/server-proxy/servers-info").json()["server_processes"]
    titles = {entry["name"]: entry["launcher_entry"]["title"] for entry in entries}
    assert titles["rstudio"] == "RStudio"
    assert titles["zeppelin"] == "Zeppelin"


def test_licensed_software_is_on_the_path_and_knows_its_licence_server(alice):
    told = alice.execute("alice", "python3", "import subprocess; print(subprocess.getoutput('matlab'))")
    assert "licence from 27000@licences.test" in told


def test_the_desktop_offers_licensed_software(host):
    menu = host.file("/usr/local/share/sepp/desktop/openbox/menu.xml").content_string
    assert re.findall(r"<execute>(matlab[^<]*)</execute>", menu) == ["matlab -desktop"]


def test_applications_are_those_of_the_mission(host):
    assert set(json.loads(host.file("/etc/sepp/lab.json").content_string)["applications"]) == {"rstudio", "zeppelin"}
