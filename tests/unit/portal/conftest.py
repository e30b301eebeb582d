"""The portal is not installed here: it is found in its role."""

import json
import sys
from pathlib import Path

import pytest

from sepp.catalogue.portal import PORTAL
from sepp.config.load import load_mission
from sepp.deployment import Context
from sepp.plan import plan

ROOT = Path(__file__).parents[3]

sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "roles/portal/files/program"))

from sepp_portal.app import Portal  # noqa: E402
from sepp_portal.people import RefusedError, UnavailableError  # noqa: E402
from sepp_portal.site import Site  # noqa: E402


@pytest.fixture(scope="session")
def missions():
    return tuple(load_mission(path) for path in sorted((ROOT / "mission_configs").glob("*.yaml")))


@pytest.fixture
def variables(missions, make_platform):
    """What the catalogue gives the role for a platform with Planck."""

    def make(configs=ROOT / "mission_configs", **settings):
        planck = next(mission for mission in missions if mission.mission == "planck")
        deployment = plan(make_platform(**settings), (planck,), name="demo", target="local")
        context = Context(
            deployment=deployment,
            host=deployment.host("core"),
            addresses={host.name: f"10.0.0.{number}" for number, host in enumerate(deployment.hosts, start=1)},
            secrets={"directory-reader": "reader's", "storage-usage": "usage's"},
            authority="",
            certificates={},
            configs=configs,
            known=missions,
        )
        return PORTAL.variables(context)

    return make


@pytest.fixture
def site(variables):
    """The same as the role writes it to the host, through JSON."""
    given = variables()
    content = {folder: list(pages) for folder, pages in given["portal_content"].items()}
    return Site.model_validate_json(json.dumps({**given["portal_site"], "content": content}))


class FakeDirectory:
    """A directory with Alice, whose password is `old password`."""

    def __init__(self):
        self.passwords = {"alice": "old password"}
        self.away = False

    def groups(self, user):
        if self.away:
            raise UnavailableError
        return frozenset({"planck-collaboration"} if user == "alice" else ())

    def change_password(self, user, old, new):
        if self.away:
            raise UnavailableError
        if self.passwords.get(user) != old:
            raise RefusedError("wrong")
        self.passwords[user] = new


class FakeStatus:
    """Knows nothing of any service."""

    def __init__(self):
        self.asked = None
        self.states = {}
        self.all_work = True

    async def run(self):
        """Ask nothing."""


class FakeUsages:
    """Knows what Alice uses."""

    async def of(self, user):
        used = {"used": 95 * 1024**3, "limit": 100 * 1024**3}
        return {"planck": {"tiers": {"persistent": used}, "shares": {}}} if user == "alice" else {}


@pytest.fixture
def directory():
    return FakeDirectory()


@pytest.fixture
def app(site, directory):
    return Portal(site, ROOT / "mission_configs", directory, FakeStatus(), FakeUsages()).app()
