"""Takes lists as a cluster would, and keeps the last of each in a folder; what `refuse` there names is refused."""

import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = Path("/srv/cluster")


class Handler(BaseHTTPRequestHandler):
    def do_PATCH(self):
        name = Path(urlsplit(self.path).path).name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        refused = self.headers["Authorization"] != "Bearer of-the-tests" or (FOLDER / "refuse").exists()
        if not refused:
            (FOLDER / f"{name}.json").write_bytes(body)
        self.send_response(403 if refused else 200)
        self.end_headers()
        self.wfile.write(json.dumps({"message": f"configmaps {name} is forbidden"} if refused else {}).encode())


server = HTTPServer(("core", 6443), Handler)
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(*sys.argv[1:])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
