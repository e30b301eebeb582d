"""Missions and platforms that the unit tests share."""

from typing import Any

import pytest

from sepp.config.mission import Mission
from sepp.config.platform import Platform


def _planck(**changes: Any) -> Mission:
    return Mission.model_validate(
        {
            "mission": "planck",
            "title": "Planck Legacy Archive Collaborative Research Area",
            "use_case": "PLA-CRA",
            "actors": {
                "collaboration": {"groups": ("planck-collaboration",), "reads": ("all",), "may": ("publish",)},
                "public": {"groups": ("everyone",), "reads": ("maps",), "limits": {"memory": "4 GiB"}},
            },
            "storage": {
                "repository": {
                    "source": {"directory": "/srv/planck"},
                    "collections": {
                        "maps": {"path": "maps", "description": "Maps"},
                        "simulations": {"path": "sim", "description": "Simulations"},
                    },
                },
                "persistent": {"quota": "10 GiB"},
                "scratch": {"quota": "20 GiB"},
                "public": {"quota": "1 GiB"},
                "shares": {"papers": {"groups": ("planck-collaboration",), "quota": "5 GiB"}},
            },
            "interactive": {"collaboration": True},
        }
        | changes
    )


@pytest.fixture(scope="session")
def planck() -> Mission:
    """A mission with all tiers, a share, an open and a restricted collection."""
    return _planck()


@pytest.fixture(scope="session")
def make_mission():
    """A function that makes Planck with other sections."""
    return _planck


@pytest.fixture(scope="session")
def make_platform():
    """A function that makes a platform with other settings."""

    def make(**changes: Any) -> Platform:
        return Platform.model_validate({"domain": "sepp.localhost", "port": 8443, "missions": ("planck",)} | changes)

    return make
