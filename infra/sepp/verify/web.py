"""A browser's part of the checks: addresses of the platform, its authority, sign-in through CAS."""

import html
import re
import socket
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from sepp.verify.result import CheckError

TIMEOUT = 60
"""Longest wait for an answer (seconds)."""


class _FixedAddress(HTTPAdapter):
    """Connects to one address whatever the name: public names need not be in the operator's DNS."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: str | tuple[str, str] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        name = host["host"]
        return {**host, "host": self._address}, {**pool, "server_hostname": name, "assert_hostname": name}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        # Only while it is sent: a redirect copies the headers, and cookies are chosen by the header.
        request.headers["Host"] = urlsplit(request.url or "").netloc
        try:
            return super().send(request, *args, **kwargs)
        finally:
            del request.headers["Host"]


class Entrance:
    """The platform's TLS entrance as seen from the operator's machine.

    `address` is what the entrance listens on; `authority` is the PEM file of the authority to trust.
    """

    def __init__(self, *, address: str, port: int, authority: Path) -> None:
        self.address = address
        self.port = port
        self.authority = authority

    def browser(self) -> requests.Session:
        """Return a session with cookies of its own that trusts the platform's authority only."""
        session = requests.Session()
        session.trust_env = False
        session.verify = str(self.authority)
        session.mount("https://", _FixedAddress(self.address))
        return session

    def connection(self) -> socket.socket:
        """Open a TCP connection to the entrance, for a WebSocket."""
        return socket.create_connection((self.address, self.port), timeout=TIMEOUT)

    def trust(self) -> ssl.SSLContext:
        """Return the TLS settings that trust the platform's authority only."""
        return ssl.create_default_context(cafile=str(self.authority))


def sign_in(browser: requests.Session, url: str, user: str, password: str) -> requests.Response:
    """Open an address that needs sign-in, fill in the CAS form, and return where that leads.

    Raises CheckError if there is no form to fill in; a refused password is an answer like any other.
    """
    page = browser.get(url, timeout=TIMEOUT)
    execution = re.search(r'name="execution" value="([^"]+)"', page.text)
    if execution is None:
        raise CheckError(f"{url} did not lead to the sign-in page, but to {page.url} ({page.status_code})")
    form = re.search(r'<form[^>]*id="fm1"[^>]*action="([^"]+)"', page.text)
    action = urljoin(page.url, html.unescape(form[1])) if form else page.url
    return browser.post(
        action,
        data={
            "username": user,
            "password": password,
            "execution": html.unescape(execution[1]),
            "_eventId": "submit",
            "geolocation": "",
        },
        timeout=TIMEOUT,
    )
