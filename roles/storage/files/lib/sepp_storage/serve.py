"""Tells the portal what a user uses: `GET /<user>` with the platform's token. Runs as a user of its own."""

import hmac
import json
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sepp_storage import usage


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What is told, from the report that the last sync wrote, to who has the token."""

    token: str
    report: Path

    def of(self, path: str, authorization: str) -> tuple[HTTPStatus, dict[str, Any]]:
        """Return the status and the data for a request."""
        if not hmac.compare_digest(authorization.encode(), f"Bearer {self.token}".encode()):
            return HTTPStatus.UNAUTHORIZED, {"error": "the token is missing or wrong"}
        if not self.report.exists():
            return HTTPStatus.SERVICE_UNAVAILABLE, {"error": "nothing was counted yet"}
        report = json.loads(self.report.read_text())
        user = path.removeprefix("/")
        if user not in report["users"]:
            return HTTPStatus.NOT_FOUND, {"error": "no such user"}
        return HTTPStatus.OK, usage.own(report, user)


class Handler(BaseHTTPRequestHandler):
    """One request. A client may be silent for `timeout` seconds."""

    timeout = 10

    def __init__(self, answers: Answers, *connection: Any) -> None:
        self._answers = answers
        super().__init__(*connection)

    def version_string(self) -> str:
        """Say nothing about the server."""
        return "sepp"

    def do_GET(self) -> None:
        """Answer."""
        status, data = self._answers.of(self.path, self.headers.get("Authorization", ""))
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write no line for each request; errors are written."""


def serve(port: int, answers: Answers) -> None:
    """Answer on a TCP port until the process ends."""
    with ThreadingHTTPServer(("", port), partial(Handler, answers)) as server:
        server.daemon_threads = True
        server.serve_forever()
