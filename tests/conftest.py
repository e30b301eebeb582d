"""The platform of the tests: one of their own, deployed once a session by the kit's own commands.

With SEPP_TEST_KEEP=1 it stays, so that the next session while a test is being written is faster.
"""

import os

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
        if not os.environ.get("SEPP_TEST_KEEP"):
            deployed.destroy()
