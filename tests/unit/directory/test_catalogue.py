"""What the catalogue tells the roles about users."""

import pytest

from sepp.catalogue.base import BASE
from sepp.catalogue.directory import DIRECTORY
from sepp.deployment import Certificate, Context


@pytest.fixture
def context(deployment):
    def make(host):
        return Context(
            deployment=deployment,
            host=deployment.host(host),
            addresses={"core": "10.0.0.2", "planck": "10.0.0.3", "planck-storage": "10.0.0.4"},
            secrets={"directory-reader": "reader's"},
            authority="PEM",
            certificates={"directory": Certificate(certificate="chain", key="key")},
        )

    return make


def test_only_hosts_of_a_mission_know_users(context):
    assert "base_directory" not in BASE.variables(context("core"))
    for host in ("planck", "planck-storage"):
        directory = BASE.variables(context(host))["base_directory"]
        assert directory["uri"] == f"ldaps://core:{DIRECTORY.port('ldaps')}"
        assert directory["people"] == "ou=people,dc=sepp,dc=localhost"


def test_directory_gets_the_groups_of_all_missions(context):
    variables = DIRECTORY.variables(context("core"))
    assert variables["directory_groups"] == ["planck-collaboration"]
    assert variables["directory_suffix"] == "dc=sepp,dc=localhost"
    assert variables["directory_address"] == "10.0.0.2"


def test_both_sides_use_the_same_account(context):
    directory, base = DIRECTORY.variables(context("core")), BASE.variables(context("planck"))["base_directory"]
    assert base["reader_dn"] == directory["directory_reader_dn"]
    assert base["reader_password"] == directory["directory_reader_password"]


def test_accounts_of_shares_are_known_to_the_hosts_of_their_mission(context):
    variables = DIRECTORY.variables(context("core"))
    assert variables["directory_shares"] == {"planck": {"share-papers": "/share/papers"}}
    for host in ("planck", "planck-storage"):
        shares = BASE.variables(context(host))["base_directory"]["shares"]
        assert shares == "ou=planck,ou=shares,dc=sepp,dc=localhost"
