"""Tells whoever asks whether the lists are being kept."""

import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LATE_SECONDS = 60
"""A round that takes longer does not end."""


class Health:
    """Answers on a port: that rounds are being made, and what was wrong in the last one."""

    def __init__(self, address: str, port: int) -> None:
        self._problem = ""
        self._ended = time.monotonic()
        health = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                late = time.monotonic() - health._ended > LATE_SECONDS
                self.send_response(HTTPStatus.SERVICE_UNAVAILABLE if late else HTTPStatus.OK)
                self.end_headers()
                self.wfile.write(f"{health._problem or 'The lists are up to date.'}\n".encode())

            def log_message(self, *_: object) -> None:
                """Say nothing: the cluster asks every few seconds."""

        server = ThreadingHTTPServer((address, port), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def round(self, problem: str) -> bool:
        """Note the end of a round with its problem, empty for none; tell whether that is a new one."""
        new = problem != self._problem
        self._problem, self._ended = problem, time.monotonic()
        return new
