"""The missions and platforms of the unit tests serve here as well."""

from tests.unit.conftest import make_mission, make_platform, planck

__all__ = ["make_mission", "make_platform", "planck"]
