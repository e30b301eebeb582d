"""A deployment on OpenStack, with changed settings."""

import pytest

from sepp.plan import plan
from tests.cloud import OPENSTACK


@pytest.fixture
def make_deployment(planck, make_platform):
    def make(**changes):
        platform = make_platform(domain="sepp.site.example", port=443, openstack={**OPENSTACK, **changes})
        return plan(platform, [planck], name="demo", target="openstack")

    return make
