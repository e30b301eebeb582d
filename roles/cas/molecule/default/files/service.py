"""A service that CAS tells of the end of sessions: what it is sent, it writes to /run/told."""

import ssl
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import unquote_plus


class Handler(BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    def do_POST(self) -> None:
        """Append the body to the file."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with Path("/run/told").open("a") as file:
            file.write(unquote_plus(body) + "\n")
        self.send_response(200)
        self.end_headers()


server = HTTPServer(("127.0.0.1", 8999), Handler)
tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain("/root/core.pem", "/root/core.key")
server.socket = tls.wrap_socket(server.socket, server_side=True)
server.serve_forever()
