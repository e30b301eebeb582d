"""A user's server seen from outside: start, kernels, code, stop; all through the hub as a browser does."""

import json
import time
import uuid
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from sepp.verify.result import CheckError
from sepp.verify.web import TIMEOUT, Entrance, sign_in

START_LIMIT = 120
"""Longest wait for a server (seconds)."""
CELL_LIMIT = 180
"""Longest wait for a cell (seconds)."""


class Server:
    """One user's server of a mission's hub, from sign-in to sign-out.

    `hub` is the hub's public address without a slash at the end. Raises CheckError where the hub refuses.
    """

    def __init__(self, entrance: Entrance, hub: str, user: str, password: str) -> None:
        self._entrance = entrance
        self._hub = hub
        self._base = f"{hub}/user/{user}"
        self.user = user
        self.browser = entrance.browser()
        page = sign_in(self.browser, f"{hub}/hub/home", user, password)
        if page.status_code != requests.codes.ok or not page.url.startswith(hub):
            raise CheckError(f"{user} cannot sign in to {hub}: status {page.status_code} at {page.url}")

    def __enter__(self) -> Self:
        """Start the server and wait for it."""
        self._hub_api("POST", "/server", expected=(201, 202, 400))
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            state = self._hub_api("GET", "").json()["servers"].get("", {})
            if state.get("ready"):
                self.browser.get(f"{self._base}/lab", timeout=TIMEOUT).raise_for_status()
                return self
            if not state:
                raise CheckError(f"the server of {self.user} ended while it started")
            time.sleep(0.5)
        raise CheckError(f"the server of {self.user} was not ready after {START_LIMIT} s")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self._hub_api("DELETE", "/server", expected=(202, 204, 404))

    def _hub_api(self, method: str, path: str, expected: tuple[int, ...] = (200,)) -> requests.Response:
        url = f"{self._hub}/hub/api/users/{self.user}{path}"
        answer = self.browser.request(method, url, headers=self._xsrf("/hub/"), timeout=TIMEOUT)
        if answer.status_code not in expected:
            raise CheckError(f"{method} {url}: status {answer.status_code}: {answer.text[:200]}")
        return answer

    def _xsrf(self, path: str) -> dict[str, str]:
        """Return the header that proves a request comes from a page of ours (JupyterHub 4.1 and later)."""
        tokens = {cookie.path: cookie.value for cookie in self.browser.cookies if cookie.name == "_xsrf"}
        token = tokens.get(path) or tokens.get("/")
        return {"X-XSRFToken": token, "Referer": self._hub} if token else {"Referer": self._hub}

    def api(self, method: str, path: str, **body: str) -> requests.Response:
        """Call the server's own API below `/user/<name>/api`."""
        return self.browser.request(
            method,
            f"{self._base}/api{path}",
            headers=self._xsrf(urlsplit(f"{self._base}/").path),
            json=body if body else None,
            timeout=TIMEOUT,
        )

    def kernels(self) -> tuple[str, ...]:
        """Return the names of the kernels that the server offers."""
        return tuple(self.api("GET", "/kernelspecs").json()["kernelspecs"])

    def execute(self, code: str, kernel: str = "python3") -> str:
        """Run code in a new kernel and return what it printed; CheckError holds the error of the kernel."""
        started = self.api("POST", "/kernels", name=kernel)
        if started.status_code != requests.codes.created:
            raise CheckError(f"kernel {kernel}: status {started.status_code}: {started.text[:200]}")
        identity = started.json()["id"]
        try:
            with self._channel(identity) as channel:
                message = _request(code)
                channel.send(json.dumps(message))
                return _output(channel, message["header"]["msg_id"])
        except (WebSocketException, TimeoutError) as error:
            raise CheckError(f"kernel {kernel} of {self.user}: its channel: {error!r}") from error
        finally:
            self.api("DELETE", f"/kernels/{identity}")

    def _channel(self, kernel: str) -> ClientConnection:
        """Open the channel of a kernel; where that fails once, as a page does: again."""
        try:
            return self._open(kernel)
        except InvalidHandshake:
            return self._open(kernel)

    def _open(self, kernel: str) -> ClientConnection:
        url = f"{self._base}/api/kernels/{kernel}/channels".replace("https://", "wss://")
        path = urlsplit(url).path
        cookies = "; ".join(f"{c.name}={c.value}" for c in self.browser.cookies if path.startswith(c.path))
        return connect(
            url,
            sock=self._entrance.connection(),
            ssl=self._entrance.trust(),
            origin=Origin(self._hub),
            additional_headers={"Cookie": cookies},
            max_size=None,
            # A server answers here when its kernel does, which takes a while on a busy machine.
            open_timeout=START_LIMIT,
        )


def _request(code: str) -> dict[str, Any]:
    """Make an `execute_request` (Jupyter messaging protocol 5.3)."""
    return {
        "header": {
            "msg_id": uuid.uuid4().hex,
            "username": "",
            "session": uuid.uuid4().hex,
            "msg_type": "execute_request",
            "version": "5.3",
        },
        "parent_header": {},
        "metadata": {},
        "content": {"code": code, "silent": False, "store_history": False, "allow_stdin": False},
        "buffers": [],
        "channel": "shell",
    }


def _output(channel: ClientConnection, request: str) -> str:
    """Collect what a request prints until the kernel is idle again."""
    printed: list[str] = []
    replied = idle = False
    while not (replied and idle):
        message = json.loads(channel.recv(timeout=CELL_LIMIT))
        if message["parent_header"].get("msg_id") != request:
            continue
        content = message["content"]
        match message["msg_type"]:
            case "stream":
                printed.append(content["text"])
            case "execute_result" | "display_data":
                printed.append(content["data"].get("text/plain", ""))
            case "execute_reply":
                replied = True
                if content["status"] != "ok":
                    raise CheckError(f"{content.get('ename')}: {content.get('evalue')}")
            case "status":
                idle = idle or content["execution_state"] == "idle"
            case _:
                pass
    return "".join(printed)
