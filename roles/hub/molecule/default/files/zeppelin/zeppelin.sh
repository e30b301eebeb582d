#!/usr/bin/python3
"""A stand-in for Zeppelin: takes its settings, listens on the port, and asks for the password of its shiro.ini."""

import base64
import configparser
import http.server
import json
import os
from pathlib import Path

rules = configparser.ConfigParser()
rules.read(Path(os.environ["ZEPPELIN_CONF_DIR"], "shiro.ini"))
assert rules["urls"]["/**"] == "authcBasic"
assert os.environ["ZEPPELIN_ANONYMOUS_ALLOWED"] == "false"
[(user, entry)] = rules["users"].items()
expected = "Basic " + base64.b64encode(f"{user}:{entry.partition(',')[0]}".encode()).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers whoever knows the password with what it is."""

    def do_GET(self):
        """Tell."""
        known = self.headers.get("Authorization") == expected
        told = {"uid": os.getuid(), "path": self.path, "cookies": "Cookie" in self.headers}
        told |= {name: value for name, value in os.environ.items() if name.startswith(("ZEPPELIN_", "SEPP_SECRET"))}
        body = json.dumps(told if known else {}).encode()
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


address = (os.environ["ZEPPELIN_ADDR"], int(os.environ["ZEPPELIN_PORT"]))
http.server.ThreadingHTTPServer(address, Handler).serve_forever()
