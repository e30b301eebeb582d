import pytest

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def published(machine):
    machine.may(
        "alice",
        "cd /public/alice; mkdir -p data .hidden; echo map > data/map.fits; echo no > .hidden/file; echo no > .secret;"
        "echo '<script>1</script>' > page.html; ln -sf data/map.fits own-link",
    )
    yield
    machine.may("alice", "cd /public/alice; rm -rf data .hidden .secret page.html own-link")


def test_files_are_served_to_everybody(machine):
    status, answer = machine.get("/alice/data/map.fits")
    assert status == 200
    assert answer.endswith("map\n\n")
    assert "Content-Type: application/fits" in answer
    assert "Access-Control-Allow-Origin: *" in answer


def test_folders_are_listed(machine):
    status, answer = machine.get("/alice/")
    assert status == 200
    assert "data/" in answer
    assert "hidden" not in answer
    assert "secret" not in answer
    assert machine.get("/")[0] == 200


@pytest.mark.parametrize("path", ["/alice", "/alice/data"])
def test_a_folder_without_its_slash_leads_there_by_the_address_that_the_entrance_knows(machine, host, path):
    [address] = host.interface("eth0").addresses[:1]
    status, answer = machine.get(path)
    assert status == 301
    assert f"Location: http://{address}:8070{path}/\n" in answer
    assert answer.count(address) == 1


def test_links_to_own_files_work(machine):
    assert machine.get("/alice/own-link")[0] == 200


@pytest.mark.parametrize(
    "target",
    [
        "/etc/passwd",
        "/home/alice/secret",
        "/repository/maps/README.txt",
        "/public/dave/of-dave",
        "/",
        "/proc/self/environ",
    ],
)
def test_links_to_other_places_are_refused(machine, target):
    machine.may("dave", "echo dave > /public/dave/of-dave")
    machine.may("alice", f"echo secret > /home/alice/secret; ln -sfn {target} /public/alice/link")
    for path in ("/alice/link", "/alice/link/"):
        assert machine.get(path)[0] in {403, 404}
    machine.may("alice", "rm /public/alice/link")


@pytest.mark.parametrize(
    "path",
    [
        "/alice/.secret",
        "/alice/.hidden/file",
        "/.sepp/",
        "/../etc/passwd",
        "/%2e%2e/etc/passwd",
        "/alice/..%2f..%2fetc/passwd",
        "/home/alice/",
    ],
)
def test_nothing_else_is_served(machine, path):
    assert machine.get(path)[0] in {400, 403, 404}


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PROPFIND", "TRACE", "OPTIONS"])
def test_nothing_but_reading(machine, method):
    assert machine.get("/alice/data/map.fits", method)[0] in {403, 405}


def test_pages_of_users_run_no_script(machine):
    answer = machine.get("/alice/page.html")[1]
    assert "Content-Security-Policy: sandbox; default-src 'none'" in answer
    assert "X-Content-Type-Options: nosniff" in answer


def test_the_server_is_nobody(machine, host):
    server = host.service("sepp-public.service")
    assert server.is_running
    assert server.is_enabled
    assert {process.user for process in host.process.filter(comm="apache2")} == {"www-data"}
    pid = machine.run("systemctl", "show", "--property", "MainPID", "--value", "sepp-public.service").strip()
    assert not host.file(f"/proc/{pid}/root/home").exists
    assert not host.file(f"/proc/{pid}/root/etc/shadow").exists
