"""A browser, as far as these tests need one: it signs in, uses servers and speaks to kernels."""

import json
import re
import subprocess
import time
import uuid
from urllib.parse import parse_qs, quote, urlsplit

import requests
from websockets.sync.client import connect

CONTAINER = "mol-hub-planck"
PUBLIC = "https://planck.sepp.test"


def address():
    """Return the host's address, where the hub's proxy listens."""
    template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    done = subprocess.run(
        ["podman", "inspect", "--format", template, CONTAINER], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


class Browser:
    """One browser with its cookies."""

    def __init__(self, host):
        self._host = host
        self.url = f"http://{address()}:800"
        self.session = requests.Session()

    def request(self, method, path, **kwargs):
        """Send a request. The entrance and its TLS are left out here, so secure cookies have to go over HTTP."""
        answer = self.session.request(method, f"{self.url}{path}", allow_redirects=False, timeout=200, **kwargs)
        for cookie in self.session.cookies:
            cookie.secure = False
        return answer

    def ticket(self, user):
        """Let the sign-on make a ticket for a user, after the hub has sent us there."""
        answer = self.get("/hub/login", redirects=False)
        assert answer.status_code == 302, answer.text
        target = urlsplit(answer.headers["Location"])
        service = parse_qs(target.query)["service"][0]
        assert (target.netloc, service) == ("localhost:9443", f"{PUBLIC}/hub/login")
        url = f"https://localhost:9443/cas/login?user={user}&service={quote(service, safe='')}"
        back = self._host.check_output("curl -sS -o /dev/null -w %s %s", "%{redirect_url}", url)
        return parse_qs(urlsplit(back).query)["ticket"][0]

    def sign_in(self, user):
        """Sign in and return the page that follows, and the ticket."""
        ticket = self.ticket(user)
        return self.get(f"/hub/login?ticket={ticket}", redirects=False), ticket

    def get(self, path, redirects=True, **kwargs):
        """Get a page, and those that it leads to until one is not the hub's."""
        answer = self.request("GET", path, **kwargs)
        while redirects and answer.is_redirect:
            target = answer.headers["Location"].removeprefix(PUBLIC)
            if not target.startswith("/"):
                break
            answer = self.request("GET", target)
        return answer

    def send(self, page):
        """Send the form of a page as it is, and get the page that follows."""
        fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
        answer = self.request("POST", page.url.removeprefix(self.url), data=fields, headers={"Referer": page.url})
        return self.get(answer.headers["Location"].removeprefix(PUBLIC))

    def api(self, method, path, **body):
        """Call an API, with the cookie that proves a page of ours asks."""
        tokens = {c.path: c.value for c in self.session.cookies if c.name == "_xsrf"}
        scope = max((p for p in tokens if path.startswith(p)), key=len, default="")
        headers = {"X-XSRFToken": tokens.get(scope, "")}
        return self.request(method, path, headers=headers, json=body or None)

    def start_server(self, user, name=""):
        """Start a server and wait for it; returns its last state and what the hub told while it started."""
        base = f"/hub/api/users/{user}"
        self.get("/hub/home")
        answer = self.api("POST", f"{base}/servers/{name}" if name else f"{base}/server")
        if answer.status_code not in (201, 202):
            return answer
        events = self.get(f"{base}/{f'servers/{name}' if name else 'server'}/progress").text
        assert '"ready": true' in events, events
        self.get(f"/user/{user}/{name + '/' if name else ''}lab")
        return answer

    def stop_server(self, user, name=""):
        """Stop a server and wait until it is gone."""
        path = f"/hub/api/users/{user}/{f'servers/{name}' if name else 'server'}"
        self.api("DELETE", path)
        for _ in range(60):
            if name not in self.api("GET", f"/hub/api/users/{user}").json()["servers"]:
                return
            time.sleep(0.5)
        raise AssertionError("the server did not stop")

    def execute(self, user, kernel, code):
        """Run code in a new kernel; returns what it printed, or its error."""
        started = self.api("POST", f"/user/{user}/api/kernels", name=kernel)
        assert started.status_code == 201, started.text
        identity = started.json()["id"]
        path = f"/user/{user}/api/kernels/{identity}/channels"
        cookies = "; ".join(f"{c.name}={c.value}" for c in self.session.cookies if path.startswith(c.path))
        try:
            url = f"{self.url}{path}".replace("http://", "ws://")
            with connect(url, additional_headers={"Cookie": cookies}, max_size=None) as channel:
                return _run(channel, code)
        finally:
            self.api("DELETE", f"/user/{user}/api/kernels/{identity}")


def _run(channel, code):
    header = {"msg_id": uuid.uuid4().hex, "username": "", "session": uuid.uuid4().hex}
    content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
    message = {"header": {**header, "msg_type": "execute_request", "version": "5.3"}, "content": content}
    channel.send(json.dumps({**message, "parent_header": {}, "metadata": {}, "buffers": [], "channel": "shell"}))
    printed, replied, idle = [], False, False
    while not (replied and idle):
        answer = json.loads(channel.recv(timeout=120))
        if answer["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        kind, content = answer["msg_type"], answer["content"]
        if kind == "stream":
            printed.append(content["text"])
        elif kind in ("execute_result", "display_data"):
            printed.append(content["data"].get("text/plain", ""))
        elif kind == "error":
            printed.append(f"{content['ename']}: {content['evalue']}")
        elif kind == "execute_reply":
            replied = True
        elif kind == "status":
            idle = idle or content["execution_state"] == "idle"
    return "".join(printed)
