"""The platform of the tests: one of their own, deployed once a session by the kit's own commands."""

import pytest

from tests.platform import Platform


@pytest.fixture(scope="session")
def platform(tmp_path_factory):
    """The platform `local/test`, with its users; taken away with all its data in the end."""
    deployed = Platform(tmp_path_factory.mktemp("platform"))
    try:
        deployed.up()
        deployed.add_users()
        yield deployed
    finally:
        deployed.destroy()
