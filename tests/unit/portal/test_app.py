import re

import pytest
from sepp_portal.forms import Rate
from starlette.testclient import TestClient

ORIGIN = "https://sepp.localhost:8443"


@pytest.fixture
def client(app):
    return TestClient(app, base_url=ORIGIN)


@pytest.fixture
def form(client):
    """A function that fills in the form of the password and sends it."""

    def send(*, origin=ORIGIN, token=None, sender="192.0.2.1", **changes):
        found = re.search(r'name="token" value="(\w+)"', client.get("/account/password").text)
        fields = {"user": "alice", "old": "old password", "new": "new password", "again": "new password"}
        fields |= {"token": found[1] if token is None else token} | changes
        headers = {"origin": origin, "x-forwarded-for": f"198.51.100.1, {sender}"}
        return client.post("/account/password", data=fields, headers=headers)

    return send


PAGES = [
    "/",
    "/missions",
    "/missions/planck",
    "/missions/planck/faq/read-a-map",
    "/faq",
    "/roadmap",
    "/account/password",
]


@pytest.mark.parametrize("path", PAGES)
def test_pages_need_nothing_from_elsewhere_and_no_inline_style_or_script(client, path):
    html = client.get(path).text
    assert "<script" not in html
    assert "style=" not in html
    assert not re.search(r"(src|href)=\"(https?:)?//(?!([a-z]+\.)?sepp\.localhost)", html)


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_made_for_keyboards_and_screen_readers(client, path):
    html = client.get(path).text
    assert '<html lang="en">' in html
    assert '<a class="skip" href="#main">' in html
    assert html.count("<h1") == 1
    assert html.count("<main") == 1
    assert re.search(r"<title>.+ · .+</title>", html)
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len({*ids})
    for named in re.findall(r'aria-labelledby="([^"]+)"', html):
        assert named in ids
    assert not re.search(r"<img(?![^>]*\balt=)", html)


@pytest.mark.parametrize("path", PAGES)
def test_links_of_pages_lead_somewhere(client, path):
    for link in {*re.findall(r'href="(/[^"#?]*)', client.get(path).text)} - {"/me"}:
        if link != "/status":  # asks real services
            assert client.get(link).status_code == 200, link


def test_relative_links_of_answers_lead_somewhere(client):
    for page in re.findall(r'href="(/missions/planck/faq/[^"]+)"', client.get("/faq").text):
        for link in re.findall(r'href="(?![a-z]+:|/|#)([^"]+)"', client.get(page).text):
            assert client.get(f"{page.rsplit('/', 1)[0]}/{link}").status_code == 200, (page, link)


def test_unknown_pages_are_refused_kindly(client):
    answer = client.get("/missions/none")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_own_page_without_sign_in(client):
    assert client.get("/me").status_code == 403


def test_own_page(client):
    answer = client.get("/me", headers={"x-remote-user": "alice"})
    assert "Members of the Planck Collaboration" in answer.text
    assert "95 GiB of 100 GiB" in answer.text
    assert 'href="https://planck.sepp.localhost:8443/hub/spawn/share-papers"' in answer.text
    assert "nearly full" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_own_page_of_somebody_outside_the_collaboration(client):
    html = client.get("/me", headers={"x-remote-user": "carol"}).text
    assert "Everybody who can sign in" in html
    assert "Members of the Planck Collaboration" not in html
    assert "Share" not in html
    assert "Work together" not in html
    assert "What you use cannot be shown" in html


def test_own_page_escapes_the_name(client):
    assert "<b>" not in client.get("/me", headers={"x-remote-user": "<b>x"}).text.split("<h1>")[1].split("</h1>")[0]


def test_own_page_without_directory(client, directory):
    directory.away = True
    assert client.get("/me", headers={"x-remote-user": "alice"}).status_code == 503


def test_password_is_changed_once(form, directory):
    assert "Your password was changed" in form().text
    assert directory.passwords["alice"] == "new password"


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"old": "wrong"}, 422, "wrong"),
        ({"again": "other"}, 422, "not the same"),
        ({"new": "old password", "again": "old password"}, 422, "is the present one"),
        ({"user": ""}, 422, "fill in all fields"),
        ({"new": "x" * 1001, "again": "x" * 1001}, 422, "too long"),
        ({"token": "0" * 64}, 403, "open for too long"),
        ({"origin": "https://evil.example"}, 403, "open for too long"),
    ],
)
def test_password_is_not_changed(form, directory, changes, code, words):
    answer = form(**changes)
    assert answer.status_code == code
    assert words in answer.text
    assert directory.passwords["alice"] == "old password"
    assert "old password" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_token_of_another_browser_is_refused(app, form, directory):
    other = TestClient(app, base_url=ORIGIN)
    token = re.search(r'name="token" value="(\w+)"', other.get("/account/password").text)[1]
    assert form(token=token).status_code == 403
    assert directory.passwords["alice"] == "old password"


def test_cookie_is_for_this_site_only(client):
    cookie = client.get("/account/password").headers["set-cookie"]
    assert cookie.startswith("__Host-")
    assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_attempts_are_limited_by_user_from_any_address(form):
    codes = [form(old="wrong", sender=f"192.0.2.{number}").status_code for number in range(12)]
    assert codes == [422] * 10 + [429] * 2


def test_attempts_are_limited_by_address_for_any_user(form):
    codes = [form(user=f"user{number}", old="wrong").status_code for number in range(32)]
    assert codes == [422] * 30 + [429] * 2


def test_rate_forgets():
    now = [0.0]
    rate = Rate(2, 60, clock=lambda: now[0])
    assert [rate.allows("a") for _ in range(3)] == [True, True, False]
    assert rate.allows("b")
    now[0] = 61
    assert rate.allows("a")
