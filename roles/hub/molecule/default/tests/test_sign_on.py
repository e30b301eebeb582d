import time

import pytest

pytestmark = pytest.mark.once

PAGES = {
    "hub": "/hub/home",
    "server": "/user/alice/api/status",
}


def logout_request(ticket):
    return (
        '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="LR-1" Version="2.0">'
        f"<samlp:SessionIndex>{ticket}</samlp:SessionIndex></samlp:LogoutRequest>"
    )


def works(browser, page):
    """Tell whether a page answers this browser without another sign-in."""
    return browser.get(PAGES[page], redirects=False).status_code == 200


def test_anonymous_is_sent_to_the_sign_on(browser):
    answer = browser.get("/hub/home")
    assert answer.headers["Location"].startswith("https://localhost:9443/cas/login?service=")


def test_cookies_are_closed(browser):
    answer, _ = browser.sign_in("alice")
    cookie = next(c for c in answer.raw.headers.getlist("Set-Cookie") if c.startswith("jupyterhub-hub-login"))
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax"))
    assert works(browser, "hub")


def test_members_of_no_actor_are_refused(browser):
    answer, _ = browser.sign_in("bob")
    assert answer.status_code == 403
    assert "your groups have no access to this mission" in answer.text
    assert "jupyterhub-hub-login" not in browser.session.cookies


def test_a_ticket_is_good_for_one_browser_only(browser):
    ticket = browser.ticket("alice")
    browser.session.cookies.clear()
    answer = browser.get(f"/hub/login?ticket={ticket}", redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("https://localhost:9443/cas/login")
    assert "jupyterhub-hub-login" not in browser.session.cookies


def test_a_replayed_ticket_is_refused(browser):
    _, ticket = browser.sign_in("alice")
    browser.session.cookies.clear()
    browser.get("/hub/login", redirects=False)
    assert browser.get(f"/hub/login?ticket={ticket}", redirects=False).status_code == 403


def test_an_invented_ticket_is_refused(browser):
    browser.get("/hub/login", redirects=False)
    assert browser.get("/hub/login?ticket=ST-1-invented", redirects=False).status_code == 403
    browser.get("/hub/login", redirects=False)
    assert browser.get("/hub/login?ticket=../../x", redirects=False).status_code == 400


def test_copied_cookies_end_with_the_sign_out(alice):
    assert works(alice, "hub")
    assert works(alice, "server")
    cookies = alice.session.cookies.copy()
    answer = alice.get("/hub/logout", redirects=False)
    assert answer.headers["Location"] == "https://localhost:9443/cas/logout?service=https%3A%2F%2Fsepp.test%2F"
    alice.session.cookies.update(cookies)
    time.sleep(1.5)
    assert not works(alice, "hub")
    assert not works(alice, "server")
    alice.sign_in("alice")
    alice.get("/user/alice/lab")


def test_single_logout_ends_the_session(alice):
    alice.session.cookies.clear()
    _, ticket = alice.sign_in("alice")
    alice.get("/user/alice/lab")
    assert works(alice, "hub")
    assert works(alice, "server")
    stranger = type(alice)(alice._host)
    forged = stranger.request("POST", "/hub/login", data={"logoutRequest": logout_request("ST-1-forged")})
    assert forged.status_code == 200
    assert works(alice, "hub"), "nobody can sign out others"
    told = stranger.request("POST", "/hub/login", data={"logoutRequest": logout_request(ticket)})
    assert told.status_code == 200
    time.sleep(1.5)
    assert not works(alice, "hub")
    assert not works(alice, "server")
    alice.sign_in("alice")
    alice.get("/user/alice/lab")


def test_the_back_channel_takes_nothing_else(browser):
    for body in ({}, {"logoutRequest": "<a>"}, {"logoutRequest": "<!DOCTYPE a><a/>"}, {"username": "alice"}):
        assert browser.request("POST", "/hub/login", data=body).status_code == 400


def test_ended_sessions(host, browser):
    browser.sign_in("carol")
    browser.start_server("carol")
    assert works(browser, "hub")
    assert host.run("sepp-end-sessions carol").rc == 0
    time.sleep(1.5)
    assert not works(browser, "hub")
    assert host.run("systemctl is-active sepp-server@carol.service").stdout.strip() != "active"
    assert not host.file("/run/sepp/servers/20003").exists
