"""Starts the portal: the application that uvicorn serves."""

import logging
import os
from pathlib import Path

from starlette.applications import Starlette

from sepp_portal.app import Portal
from sepp_portal.directory import Ldap
from sepp_portal.site import Site
from sepp_portal.status import Status
from sepp_portal.usage import Usages

TRUST = Path("/etc/ssl/certs/ca-certificates.crt")
"""The authorities that the host trusts, the platform's own among them."""


def create() -> Starlette:
    """Make the application from the folders that the unit names: settings and state."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("sepp_portal").setLevel(logging.INFO)
    settings = Path(os.environ["SEPP_PORTAL_SETTINGS"])
    secrets = settings / "secrets"
    site = Site.read(settings / "site.json")
    return Portal(
        site,
        settings / "content",
        Ldap(site.directory, TRUST, (secrets / "reader-password").read_text().strip()),
        Status(site.probes, TRUST, Path(os.environ["STATE_DIRECTORY"]) / "status.json"),
        Usages(site.usage, (secrets / "usage-token").read_text().strip()),
    ).app()
