import sys
from pathlib import Path

import pytest
import testinfra

sys.path.insert(0, str(Path(__file__).parent))

from browser import Browser


@pytest.fixture
def browser(host):
    return Browser(host)


@pytest.fixture(scope="module")
def alice():
    """Alice's browser, with her server running."""
    browser = Browser(testinfra.get_host("podman://mol-hub-planck"))
    browser.sign_in("alice")
    browser.start_server("alice")
    yield browser
    browser.stop_server("alice")
