import json
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

SHARE = "/user/share-papers"
EDIT = Path(__file__).parents[1] / "files/edit_together.py"
NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def cookies(browser, path):
    """Return the cookies that a browser sends to a path."""
    found = [cookie for cookie in browser.session.cookies if path.startswith(cookie.path)]
    return "; ".join(f"{c.name}={c.value}" for c in sorted(found, key=lambda c: len(c.path), reverse=True))


def join(host, alice, user):
    """Sign a user in and lead her to the share as a link does, starting its server if nobody has; returns its page."""
    browser = type(alice)(host)
    browser.sign_in(user)
    browser.get("/hub/home")
    page = browser.get("/hub/spawn/share-papers")
    if "Your server is starting" in page.text:
        events = browser.get("/hub/api/users/share-papers/server/progress").text
        assert '"ready": true' in events, events
    page = browser.get(f"{SHARE}/lab")
    if "Open the share" in page.text:
        page = browser.send(page)
    return browser, page


@pytest.fixture(scope="module", autouse=True)
def _ended(alice):
    yield
    alice.api("DELETE", "/hub/api/users/share-papers/server")


@pytest.fixture
def members(alice):
    """Two members' browsers in the share."""
    (first, page), (second, other) = join(alice._host, alice, "alice"), join(alice._host, alice, "dave")
    assert (page.status_code, other.status_code) == (200, 200)
    return first, second


def test_members_see_each_others_changes(host, members):
    first, second = members
    made = first.api("PUT", f"{SHARE}/api/contents/both.ipynb", type="notebook", format="json", content=NOTEBOOK)
    assert made.status_code in (200, 201), made.text
    told = host.check_output(
        "/opt/sepp/lab/bin/python -c %s %s %s %s %s",
        *(EDIT.read_text(), f"http://127.0.0.1:800{SHARE}", "both.ipynb"),
        *(cookies(first, f"{SHARE}/"), cookies(second, f"{SHARE}/")),
    )
    assert json.loads(told.splitlines()[-1])[-2:] == ["print('from the first')", "print('from the second')"]
    for _ in range(20):
        saved = host.file("/share/papers/both.ipynb").content_string
        if "from the second" in saved:
            break
        time.sleep(0.5)
    assert "from the second" in saved


def test_what_is_made_there_belongs_to_the_group(host, members):
    first, _ = members
    first.api("PUT", f"{SHARE}/api/contents/notes.txt", type="file", format="text", content="x")
    append = "open('/share/papers/notes.txt', 'a').write('more')"
    groups = "--reuid=20004 --regid=20004 --groups=30001"
    assert host.run(f"setpriv {groups} python3 -c %s", append).rc == 0
    assert host.run("setpriv --reuid=20003 --regid=20003 --groups=30002 cat /share/papers/notes.txt").rc != 0


def test_the_server_is_nobodys_and_has_no_group(host, members):
    pid = host.check_output("systemctl show --property=MainPID --value sepp-server@share-papers.service")
    status = host.file(f"/proc/{pid}/status").content_string
    assert "Uid:\t20010\t20010\t20010\t20010" in status
    assert next(line for line in status.splitlines() if line.startswith("Groups:")).split()[1:] == ["20010"]
    shown = host.check_output("systemctl show --property=MemoryMax,CPUQuotaPerSecUSec sepp-server@share-papers.service")
    assert "MemoryMax=2147483648" in shown
    assert "CPUQuotaPerSecUSec=2s" in shown


@pytest.mark.parametrize("path", ["/home/alice", "/run/sepp/servers/20001", "/etc/sepp/hub"])
def test_the_share_reaches_nothing_of_its_members(members, path):
    first, _ = members
    assert "PermissionError" in first.execute("share-papers", "python3", f"import os; os.listdir({path!r})")


def test_the_root_of_files_is_the_share(members):
    first, _ = members
    listed = first.api("GET", f"{SHARE}/api/contents/").json()["content"]
    assert "both.ipynb" in {entry["name"] for entry in listed}
    assert "examples" not in {entry["name"] for entry in listed}


def test_only_shares_are_edited_together(alice, members):
    def disabled(browser, user):
        page = browser.get(f"/user/{user}/lab").text
        start = page.index('id="jupyter-config-data"')
        config = json.loads(page[page.index("{", start) : page.index("</script>", start)])
        return "@jupyter/docprovider-extension" in config["disabledExtensions"]

    assert disabled(alice, "alice")
    assert not disabled(members[0], "share-papers")
    assert alice.api("PUT", "/user/alice/api/collaboration/session/x.ipynb").status_code == 404


def test_others_are_refused(host, alice, members):
    browser = type(alice)(host)
    browser.sign_in("carol")
    assert browser.get(f"{SHARE}/").status_code == 403
    assert browser.get(f"{SHARE}/api/contents/both.ipynb").status_code == 403
    assert browser.get("/hub/spawn/share-papers").status_code in (403, 404)
    assert browser.api("DELETE", "/hub/api/users/share-papers/server").status_code in (403, 404)
    assert host.check_output("systemctl is-active sepp-server@share-papers.service") == "active"


def test_nobody_signs_in_as_a_share(browser):
    answer, _ = browser.sign_in("share-papers")
    assert answer.status_code == 403


def test_who_may_is_shown_the_share_and_nobody_else(host, alice):
    assert "/hub/spawn/share-papers" in alice.get("/hub/home").text
    assert alice.api("GET", "/user/alice/sepp/shares").json()["shares"] == [
        {"name": "papers", "url": "/hub/spawn/share-papers"}
    ]
    browser = type(alice)(host)
    browser.sign_in("carol")
    browser.start_server("carol")
    assert "share-papers" not in browser.get("/hub/home").text
    assert browser.api("GET", "/user/carol/sepp/shares").json()["shares"] == []
    browser.stop_server("carol")


def test_who_leaves_the_group_is_out_at_once(host, alice):
    browser, page = join(host, alice, "dave")
    assert page.status_code == 200
    host.check_output("gpasswd --delete dave planck-collaboration")
    host.check_output("gpasswd --add dave guests")
    host.check_output("sed -i %s /root/sign_on.py", 's/"dave": .*/"dave": ["guests"],/')
    host.check_output("systemctl restart sign-on.service")
    try:
        host.check_output("sepp-end-sessions dave")
        stopped = host.run("systemctl is-active sepp-server@share-papers.service").stdout.strip()
        assert stopped != "active", "a connection or a program of hers could have stayed"
        time.sleep(1.5)
        assert browser.get(f"{SHARE}/", redirects=False).status_code != 200
        _, page = join(host, alice, "alice")
        assert page.status_code == 200, "the others go on"
        browser.sign_in("dave")
        assert browser.get(f"{SHARE}/").status_code == 403
    finally:
        host.check_output("gpasswd --delete dave guests")
        host.check_output("gpasswd --add dave planck-collaboration")
        host.check_output("sed -i %s /root/sign_on.py", 's/"dave": .*/"dave": ["planck-collaboration"],/')
        host.check_output("systemctl restart sign-on.service")
