import pytest
from browser import Browser


@pytest.fixture
def browser(host):
    return Browser(host)


@pytest.fixture(scope="module")
def alice(request):
    """Alice's browser, with her server running."""
    import testinfra

    browser = Browser(testinfra.get_host("podman://mol-hub-planck"))
    browser.sign_in("alice")
    browser.start_server("alice")
    yield browser
    browser.stop_server("alice")
