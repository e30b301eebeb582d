"""What is read of a project, by the real client of OpenStack's from answers as the API references document them."""

import json

import pytest

from sepp.config.openstack import OpenStack
from sepp.engine.errors import EngineError
from sepp.targets.openstack.cloud import Disk, Flavour, Limit, Server
from sepp.targets.openstack.reading import read
from sepp.targets.openstack.requirements import checks
from tests.openstack_api import project

GIB = 1024**3
SETTINGS = OpenStack(cloud="site", image="debian-13", dns_zone="sepp.site.example")


@pytest.fixture
def credentials(tmp_path, monkeypatch):
    """A function that writes clouds.yaml with a password."""

    def write(address: str, password: str = "right") -> None:
        names = {"username": "operator", "project_name": "site", "auth_url": address, "password": password}
        auth = names | {"user_domain_name": "Default", "project_domain_name": "Default"}
        file = tmp_path / "clouds.yaml"
        file.write_text(json.dumps({"clouds": {"site": {"region_name": "RegionOne", "auth": auth}}}))
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(file))

    return write


@pytest.fixture
def cloud(credentials):
    with project() as address:
        credentials(address)
        yield read(SETTINGS, "demo")


def test_what_the_project_offers(cloud):
    assert cloud.project == "p1"
    assert cloud.flavours == (Flavour(id="f1", name="m1.small", cpu=2, memory=4 * GIB, disk=20 * GIB),)
    assert cloud.images == {"debian-13": "g1", "g1": "g1"}
    assert cloud.external_networks == {"public": "n1", "n1": "n1"}
    assert cloud.ranges == {"s1": "10.90.16.0/20"}, "those of other projects do not collide with ours"
    assert (cloud.volume_types, cloud.zones, cloud.volume_zones) == ({"ssd"}, {"nova"}, {"az1"})
    assert cloud.dns_zones == {"sepp.site.example": "z1"}


def test_quotas_with_what_is_used_and_reserved(cloud):
    assert cloud.limits["instances"] == Limit(used=2, most=10)
    assert cloud.limits["cores"] == Limit(used=4, most=None)
    assert cloud.limits["gigabytes"] == Limit(used=100, most=1000)
    assert cloud.limits["ports"] == Limit(used=4, most=10)


def test_what_the_platform_has_is_told_by_its_marks(cloud):
    assert cloud.made.servers == (
        Server(id="i1", name="sepp-demo-core", status="ERROR", reason="No valid host was found."),
    )
    assert cloud.made.ids["v1"] == "volume sepp-demo-planck-persistent"
    assert {"n1", "i2", "i3", "s2"}.isdisjoint(cloud.made.ids)
    assert cloud.made.used["security_group_rules"] == 2
    assert (cloud.made.used["cores"], cloud.made.used["gigabytes"]) == (2, 100)


def test_who_has_volumes_and_addresses(cloud):
    assert cloud.addresses == {"192.0.2.7": "a1", "a1": "a1"}
    assert cloud.holders == {"v1": "i1", "a1": "o1"}


def test_what_the_volumes_are(cloud):
    assert cloud.disks == {"v1": Disk(size=100, type="ssd")}


def test_the_port_of_its_router_counts_as_the_platforms(cloud):
    assert cloud.made.used["ports"] == 2


def test_refused_credentials_are_told_with_the_next_step(credentials):
    with project() as address:
        credentials(address, password="wrong")
        with pytest.raises(EngineError, match="token issue"):
            read(SETTINGS, "demo")


def test_a_cloud_that_is_away_is_told(credentials):
    credentials("http://127.0.0.1:9/identity/v3")
    with pytest.raises(EngineError, match="does not answer as it should"):
        read(SETTINGS, "demo")


def test_missing_credentials_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "none.yaml"))
    with pytest.raises(EngineError, match=r"clouds\.yaml"):
        read(SETTINGS, "demo")


def test_the_doctor_says_whether_the_cloud_lets_us_in(credentials, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _: None)
    with project() as address:
        credentials(address)
        right = {check.name: check for check in checks(SETTINGS)}
        credentials(address, password="wrong")
        wrong = {check.name: check for check in checks(SETTINGS)}
    assert right["cloud 'site'"].found == "project p1"
    assert (wrong["cloud 'site'"].state, wrong["cloud 'site'"].remedy) == (
        "missing",
        "openstack --os-cloud site token issue",
    )
    assert right["ssh"].remedy == "apt-get install openssh-client"
    plugin = next(check for name, check in right.items() if name.startswith("Pulumi's provider"))
    assert plugin.state == "poor"
    assert "pulumi plugin install resource openstack" in plugin.remedy
