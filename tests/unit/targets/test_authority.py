"""Whom the operator's machine trusts at the entrance."""

import pytest

from sepp.plan import plan
from sepp.targets import target_of
from sepp.targets.trust import SYSTEM_TRUST

ACME = {"directory": "https://acme.site.org/directory", "email": "ops@site.org"}
SITE = "/etc/ssl/platform/site.pem"
GIVEN = {"certificate": "/etc/ssl/platform/chain.pem", "key": "/etc/ssl/platform/key.pem"}


@pytest.mark.parametrize(
    ("tls", "expected"),
    [
        ({}, "authority.pem"),
        ({"authority": SITE}, "authority.pem"),
        ({"given": GIVEN}, SYSTEM_TRUST.name),
        ({"acme": ACME}, SYSTEM_TRUST.name),
        ({"given": GIVEN, "authority": SITE}, "site.pem"),
        ({"acme": ACME, "authority": SITE}, "site.pem"),
    ],
)
def test_the_authority_is_that_of_the_entrances_certificate(planck, make_platform, tls, expected):
    deployment = plan(make_platform(tls=tls), [planck], name="demo", target="local")
    assert target_of(deployment).authority.name == expected
