"""From a deployment to the variables of its hosts."""

import json
from dataclasses import replace

import pytest

from sepp.catalogue import CATALOGUE
from sepp.converge import inventory
from sepp.deployment import Certificate, Context
from sepp.plan import plan

SECRETS = sorted({name for service in CATALOGUE.values() for name in service.secrets})


@pytest.fixture(autouse=True)
def _contents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "role_digest", lambda role, variables: f"{role}:{json.dumps(variables)}")


@pytest.fixture
def built(make_platform, planck, make_mission):
    def build(platform=None, missions=None):
        missions = missions or [planck]
        platform = platform or make_platform(missions=tuple(mission.mission for mission in missions))
        deployment = plan(platform, missions, name="demo", target="local")
        pair = Certificate(certificate="-----BEGIN-----\npublic", key="-----BEGIN-----\nprivate-line-of-key\n")
        secrets = {name: f"value-of-{name}" for name in SECRETS}
        return inventory.build(
            Context(
                deployment=deployment,
                host=host,
                addresses={other.name: f"10.89.16.{number}" for number, other in enumerate(deployment.hosts, start=10)},
                secrets=secrets,
                authority="-----BEGIN-----",
                certificates={"entrance": pair, "directory": pair},
            )
            for host in deployment.hosts
        )

    return build


def test_groups_and_order(built):
    found = built()
    assert list(inventory.hosts(found)) == ["core", "planck-storage", "planck"]
    assert list(found["areas"]["children"]) == ["area_planck"]


def test_roles_come_in_the_catalogues_order(built):
    core = inventory.hosts(built())["core"]
    assert [role["name"] for role in core["sepp_roles"]] == ["base", "directory", "cas", "portal", "proxy"]


def test_an_external_cas_leaves_ours_out(built, make_platform):
    platform = make_platform(cas={"url": "https://sso.site.example/cas"})
    core = inventory.hosts(built(platform))["core"]
    assert "cas" not in [role["name"] for role in core["sepp_roles"]]
    assert not any("login.sepp.localhost" in names for names in core["base_names"].values())


def test_a_local_host_is_entered_by_its_container(built):
    planck = inventory.hosts(built())["planck"]
    assert planck["ansible_connection"] == "mitogen_setns"
    assert planck["ansible_host"] == "sepp-demo-planck"


def test_rules(built):
    found = inventory.hosts(built())
    assert {"port": 8443, "from": ["any"]} in found["core"]["base_rules"]
    assert {"port": CATALOGUE["hub"].port("http"), "from": ["10.89.16.10"]} in found["planck"]["base_rules"]
    ports = [rule["port"] for rule in found["core"]["base_rules"]]
    assert ports == sorted(set(ports))


def test_names(built):
    found = inventory.hosts(built())
    public = ["core", "sepp.localhost", "files.sepp.localhost", "login.sepp.localhost", "planck.sepp.localhost"]
    assert found["planck"]["base_names"]["10.89.16.10"] == public
    assert found["planck"]["base_names"]["10.89.16.11"] == ["planck-storage"]


def test_another_mission_changes_nothing_on_the_first_ones_hosts(built, planck, make_mission):
    other = make_mission(mission="gaia")
    alone, both = (inventory.hosts(built(missions=missions)) for missions in ([planck], [planck, other]))
    for host in ("planck", "planck-storage"):
        assert both[host]["base_names"] == alone[host]["base_names"]
        assert both[host]["base_rules"] == alone[host]["base_rules"]
    assert both["core"]["base_names"] != alone["core"]["base_names"]


def test_secrets_are_named_where_they_occur(built):
    found = inventory.hosts(built())
    assert "value-of-directory-reader" in found["core"]["sepp_secrets"]
    assert "value-of-cas-sessions" not in found["planck"]["sepp_secrets"]
    assert "private-line-of-key" in found["core"]["sepp_secrets"]
    for variables in found.values():
        arguments = json.dumps({name: value for name, value in variables.items() if not name.startswith("sepp_")})
        for secret in SECRETS:
            assert (f"value-of-{secret}" in arguments) == (f"value-of-{secret}" in variables["sepp_secrets"])


def test_secrets_derived_from_others_are_known_by_their_names(built, monkeypatch: pytest.MonkeyPatch):
    derived = replace(CATALOGUE["cas"], variables=lambda _: {"cas_keys": [{"cookie_signing": "derived-of-it"}]})
    monkeypatch.setitem(CATALOGUE, "cas", derived)
    assert "derived-of-it" in inventory.hosts(built())["core"]["sepp_secrets"]


def test_all_of_it_is_plain_data(built):
    found = built()
    assert json.loads(json.dumps(found)) == found
