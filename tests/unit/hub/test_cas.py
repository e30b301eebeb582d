"""The CAS protocol as the hub speaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sepp_hub import cas
from sepp_hub.tickets import Tickets

SUCCESS = """<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'><cas:authenticationSuccess>
<cas:user>alice</cas:user><cas:attributes>{groups}</cas:attributes>
</cas:authenticationSuccess></cas:serviceResponse>"""
FAILURE = """<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>
<cas:authenticationFailure code="INVALID_TICKET">no</cas:authenticationFailure></cas:serviceResponse>"""
LOGOUT = """<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="LR-1" Version="2.0">
<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">@NOT_USED@</saml:NameID>
<samlp:SessionIndex>ST-1-abc-core</samlp:SessionIndex></samlp:LogoutRequest>"""


def test_groups_come_as_names_or_distinguished_names():
    groups = "<cas:groups>guests</cas:groups><cas:groups>cn=planck,ou=groups,dc=sepp</cas:groups>"
    assert cas.identity(SUCCESS.format(groups=groups), "groups") == cas.Identity(
        "alice", frozenset({"guests", "planck"})
    )


def test_other_attributes_are_no_groups():
    groups = "<cas:memberOf>guests</cas:memberOf><cas:mail>groups</cas:mail>"
    assert cas.identity(SUCCESS.format(groups=groups), "groups").groups == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yes\nalice\n",
        FAILURE,
        SUCCESS.format(groups="").replace("alice", " "),
        SUCCESS.format(groups="").replace("www.yale.edu", "evil.example"),
        "<!DOCTYPE a [<!ENTITY b 'c'>]>" + SUCCESS.format(groups=""),
        SUCCESS.format(groups="x" * 20_000),
    ],
)
def test_refusals(text):
    with pytest.raises(cas.CasError):
        cas.identity(text, "groups")


def test_a_sign_out_names_its_ticket():
    assert cas.signed_out_ticket({"logoutRequest": [LOGOUT.encode()]}) == "ST-1-abc-core"


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"logoutRequest": []},
        {"logoutRequest": [LOGOUT.encode()] * 2},
        {"logoutRequest": [LOGOUT.replace("ST-1", "TGT-1").encode()]},
        {"logoutRequest": [LOGOUT.replace("LogoutRequest", "AuthnRequest").encode()]},
        {"logoutRequest": [b"\xff\xfe"]},
    ],
)
def test_nothing_else_is_a_sign_out(arguments):
    with pytest.raises(cas.CasError):
        cas.signed_out_ticket(arguments)


@given(st.binary(max_size=300))
def test_no_message_breaks_the_parser(message):
    with pytest.raises(cas.CasError):
        cas.signed_out_ticket({"logoutRequest": [message]})


def test_addresses_are_quoted():
    service = "https://planck.sepp.test/hub/login"
    assert cas.login_url("https://login/cas", service).endswith(
        "login?service=https%3A%2F%2Fplanck.sepp.test%2Fhub%2Flogin"
    )
    assert "ticket=ST-1%26x" in cas.validation_url("https://login/cas", service, "ST-1&x")


def test_tickets_are_remembered_once_and_hashed(tmp_path):
    file = tmp_path / "tickets.sqlite"
    Tickets(file).add("ST-1-secret", "alice")
    assert b"ST-1-secret" not in file.read_bytes()
    again = Tickets(file)
    assert again.take("ST-1-other") is None
    assert again.take("ST-1-secret") == "alice"
    assert again.take("ST-1-secret") is None


def test_old_tickets_are_forgotten(tmp_path, monkeypatch):
    tickets = Tickets(tmp_path / "tickets.sqlite")
    monkeypatch.setattr("sepp_hub.tickets.time.time", lambda: 0)
    tickets.add("ST-1-old", "alice")
    monkeypatch.setattr("sepp_hub.tickets.time.time", lambda: 31 * 86400)
    tickets.add("ST-1-new", "bob")
    assert tickets.take("ST-1-old") is None
    assert tickets.take("ST-1-new") == "bob"
