"""What the program registers, made by OpenStack's own services, and what is said of it before and after."""

import pytest

from sepp.engine.errors import EngineError
from sepp.engine.state import Resource, State
from sepp.plan import plan
from sepp.targets.openstack.faults import faults
from sepp.targets.openstack.needs import WORDS, needs
from sepp.targets.openstack.preflight import demand, lacks
from sepp.targets.openstack.reading import read
from tests.graph import register
from tests.openstack.making import Making
from tests.openstack.stand_in import set_quotas
from tests.unit.conftest import make_platform, planck

__all__ = ["make_platform", "planck"]
NAME = "test"
UNMARKED = ("SecGroupRule", "RouterInterface", "FloatingIpAssociate", "VolumeAttach")


@pytest.fixture
def deployment(settings, planck, make_platform):
    platform = make_platform(domain="sepp.site.example", port=443, openstack=settings.model_dump())
    return plan(platform, [planck], name=NAME, target="openstack")


@pytest.fixture
def allow(admin, operator):
    """A function that sets quotas of the project, by the cloud's names; those not named are enough."""
    project = operator.current_project_id
    yield lambda **limits: set_quotas(admin, project, **limits)
    set_quotas(admin, project)


@pytest.fixture
def known(settings, deployment, operator, allow, monkeypatch):
    """The state of an engine that made the platform, and what the project had before."""
    allow()
    before = read(settings, NAME)
    flavours = demand(deployment, settings, before, State())
    making = Making(operator)
    register(deployment, monkeypatch, before, flavours=flavours, mocks=making)
    resources = (
        Resource(urn=f"urn::{kind}::{name}", kind=kind, protected=False, outputs={"id": identity})
        for (kind, name), identity in making.made.items()
    )
    return before, State(resources=tuple(resources))


def test_a_platform_is_what_the_plan_says_and_is_found_by_its_marks(settings, deployment, operator, known, allow):
    before, state = known
    after = read(settings, NAME)
    flavours = demand(deployment, settings, after, state)
    said = needs(deployment, settings, flavours)
    assert {quota: after.limits[quota].used - before.limits[quota].used for quota in WORDS} == said

    allow(**{quota: limit.used for quota, limit in after.limits.items()})
    assert list(lacks(deployment, settings, read(settings, NAME), flavours, state)) == []

    made = after.made
    marked = {each.outputs["id"] for each in state.resources if not each.kind.endswith(UNMARKED)}
    assert set(made.ids) == marked
    assert list(faults(made, state)) == []

    operator.compute.stop_server(made.servers[0].id)
    operator.compute.wait_for_server(operator.compute.get_server(made.servers[0].id), "SHUTOFF")
    [fault] = faults(read(settings, NAME).made, state)
    assert fault.text == f"the server {made.servers[0].name} does not run (SHUTOFF)"


def test_all_that_a_project_lacks_is_told_at_once(settings, deployment, operator, allow):
    allow(**{quota: limit.used for quota, limit in read(settings, NAME).limits.items()})
    wrong = settings.model_copy(update={"image": "debian-31", "volume_type": "encrypted-", "zone": "nowhere"})
    with pytest.raises(EngineError) as error:
        demand(deployment, wrong, read(settings, NAME), State())
    lines = str(error.value).splitlines()[1:]
    assert lines[0] == "- image 'debian-31' (did you mean 'debian-13'?)"
    assert [line for line in lines if "did you mean 'encrypted'" in line]
    assert [line for line in lines if line.startswith("- zone 'nowhere'")]
    for words in WORDS.values():
        assert [line for line in lines if f" {words}: " in line], words
