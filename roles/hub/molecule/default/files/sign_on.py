"""A stand-in for CAS that speaks its protocol, so that the hub can be tried alone. It asks for no password."""

import http.server
import os
import secrets
import socket
import ssl
import urllib.parse

GROUPS = {
    "alice": ["cn=planck-collaboration,ou=groups,dc=sepp,dc=test"],
    "erin": ["cn=planck-collaboration,ou=groups,dc=sepp,dc=test"],
    "dave": ["planck-collaboration"],
    "bob": ["other-mission"],
    "carol": ["guests"],
    "share-papers": ["planck-collaboration"],
}
TICKETS = {}


class Handler(http.server.BaseHTTPRequestHandler):
    """Signs in whoever is named: /cas/login?service=...&user=..."""

    def do_GET(self):
        """Give a ticket, or validate one, once."""
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        if address.path == "/cas/login" and query.get("user") in GROUPS:
            ticket = f"ST-{secrets.token_hex(16)}-cas"
            TICKETS[ticket] = (query["service"], query["user"])
            self.send_response(302)
            self.send_header("Location", f"{query['service']}?ticket={ticket}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif address.path == "/cas/p3/serviceValidate":
            self.reply(self.validate(query["service"], query["ticket"]))
        else:
            self.reply("sign in")

    def validate(self, service, ticket):
        """Return the answer for a ticket."""
        known, user = TICKETS.pop(ticket, (None, None))
        if known != service:
            body = '<cas:authenticationFailure code="INVALID_TICKET">no</cas:authenticationFailure>'
        else:
            groups = "".join(f"<cas:groups>{group}</cas:groups>" for group in GROUPS[user])
            body = (
                f"<cas:authenticationSuccess><cas:user>{user}</cas:user>"
                f"<cas:attributes>{groups}</cas:attributes></cas:authenticationSuccess>"
            )
        return f"<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>{body}</cas:serviceResponse>"

    def reply(self, text):
        """Send a text."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/usr/local/share/ca-certificates/sign-on.crt", "/root/sign-on.key")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 9443), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
# It listens, so it is ready: the tests use it as soon as its restart is done.
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
    manager.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
server.serve_forever()
