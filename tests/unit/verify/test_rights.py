"""Which cells of the rights matrix are tried."""

from typing import Any

import pytest

from sepp.plan import plan
from sepp.verify import rights
from sepp.verify.users import Cast, User

USER = User(name="verify-1", password="none")


@pytest.fixture
def tried(make_platform, make_mission, monkeypatch):
    """A function that returns what is tried of a mission with these sections, through the web alone."""
    monkeypatch.setattr(rights, "_try_web", lambda *_: "tried")

    def run(**changes: Any) -> dict[str, str]:
        mission = make_mission(**changes)
        deployment = plan(make_platform(), (mission,), name="example", target="local")
        cast = Cast(mission="planck", actors=dict.fromkeys(mission.actors, USER), other=USER)
        untouched: Any = None
        return {each.name: each.detail for each in rights.check_rights(deployment, untouched, untouched, cast)}

    return run


def test_files_to_which_no_service_leads_are_not_tried_and_this_is_told(tried):
    found = tried(interactive=None)
    assert found.pop("files").endswith("cells not tried: only a hub leads to files")
    assert set(found.values()) == {"tried"}
    assert "anonymous: write public: refused" in found
    assert "anonymous: read public: allowed" not in found
