import sys
import time
from pathlib import Path

import pytest
import requests
import testinfra

sys.path.insert(0, str(Path(__file__).parent))

from browser import Browser


def answers(browser):
    try:
        return browser.get("/hub/health").status_code == 200
    except requests.ConnectionError:
        return False


@pytest.fixture(scope="session", autouse=True)
def awake():
    """The hub answers some seconds after its unit runs: its host may just have been restarted."""
    browser = Browser(testinfra.get_host("nsenter://mol-hub-planck"))
    end = time.monotonic() + 60
    while not answers(browser):
        assert time.monotonic() < end, "the hub does not answer"
        time.sleep(0.5)


@pytest.fixture
def browser(host):
    return Browser(host)


@pytest.fixture(scope="module")
def alice():
    """Alice's browser, with her server running."""
    browser = Browser(testinfra.get_host("nsenter://mol-hub-planck"))
    browser.sign_in("alice")
    browser.start_server("alice")
    yield browser
    browser.stop_server("alice")
