"""Runs in the hub's image, beside a cluster whose pods are all this machine: a hub with many servers.

Prints how long the last of them took to be ready, and the memory of the hub before and after (seconds, MiB).
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SERVERS, PRIORITY = int(os.environ["SERVERS"]), os.environ["PRIORITY"]
API, PORT, NAMESPACE = "http://127.0.0.1:18001/hub/api", 8888, "default"
TOKEN = os.urandom(16).hex()
TOO_MANY = 429
SETTINGS = f"""
import sys
sys.path.insert(0, "/usr/local/lib/sepp/hub")
from sepp_hub.pods import PodSpawner
from sepp_hub.settings import Limits, Pods

actor = Limits(groups=("everyone",), cpu=4, memory=16 * 2**30, servers=1)
pods = Pods(
    image="localhost/none:1", namespace={NAMESPACE!r}, account="default", priority={PRIORITY!r},
    host_label="sepp-host", host="bench", user_label="sepp-user", claims={{}}, read_only=(), numbers="numbers",
    names="names", names_at="/var/lib/extrausers", public_names={{}}, trusted=("trusted", "trusted", "/trusted"),
    port={PORT}, actors=(actor,),
)
c.JupyterHub.spawner_class = PodSpawner.configured(pods, ())
c.JupyterHub.bind_url = "http://127.0.0.1:18000"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:18001"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:18002"
c.ConfigurableHTTPProxy.command = [
    "/usr/local/lib/sepp/hub-proxy/node_modules/configurable-http-proxy/bin/configurable-http-proxy"
]
c.JupyterHub.authenticator_class = "null"
c.JupyterHub.authenticate_prometheus = False
c.JupyterHub.services = [{{"name": "bench", "api_token": {TOKEN!r}}}]
c.JupyterHub.load_roles = [{{"name": "bench", "scopes": ["admin:users", "admin:servers"], "services": ["bench"]}}]
c.Spawner.start_timeout = c.Spawner.http_timeout = 600
"""


class Answering(BaseHTTPRequestHandler):
    """A server of a user, as far as the hub asks it whether it is there."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Start the hub, then the servers, and measure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        users = [f"user-{number:04}" for number in range(SERVERS)]
        (folder / "numbers").mkdir()
        for number, user in enumerate(users):
            (folder / "numbers" / user).write_text(f"{50000 + number}:{50000 + number}:")
        (folder / "settings.py").write_text(SETTINGS)
        answering = ThreadingHTTPServer(("", PORT), Answering)
        threading.Thread(target=answering.serve_forever, daemon=True).start()
        with (folder / "log").open("w") as log:
            command = [Path(sys.executable).with_name("jupyterhub"), "--config=settings.py"]
            hub = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            print(json.dumps(measure(hub.pid, users)))
        except Exception as error:
            error.add_note((folder / "log").read_text()[-5000:])
            raise
        finally:
            # Asked to end, it would stop all servers first.
            hub.kill()
            hub.wait()


def measure(hub: int, users: list[str]) -> dict[str, float]:
    """Start a server for each user."""
    until(lambda: answers("/"), 60)
    idle, started = memory(hub), time.monotonic()
    ask("POST", "/users", {"usernames": users})
    for user in users:
        until(lambda user=user: accepted(user), 600)
    until(lambda: running() == len(users), 1800)
    return {
        f"{len(users)} servers by one hub, ready": time.monotonic() - started,
        "memory of a hub without servers": idle,
        f"memory of a hub with {len(users)} servers": memory(hub),
    }


def ask(method: str, path: str, body: object = None) -> bytes:
    """Ask the hub for something."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{API}{path}", data, {"Authorization": f"token {TOKEN}"}, method=method)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return answer.read()


def answers(path: str) -> bool:
    """Tell whether the hub is there."""
    try:
        ask("GET", path)
    except OSError:
        return False
    return True


def accepted(user: str) -> bool:
    """Ask for a server; the hub refuses for a while if it starts many."""
    try:
        ask("POST", f"/users/{user}/server")
    except urllib.error.HTTPError as error:
        if error.code != TOO_MANY:
            raise
        return False
    return True


def running() -> float:
    """Count the servers that are ready."""
    with urllib.request.urlopen(f"{API.removesuffix('/api')}/metrics", timeout=120) as answer:
        return float(re.search(rb"^jupyterhub_running_servers (\S+)$", answer.read(), re.MULTILINE)[1])


def memory(process: int) -> float:
    """Return what of a process is in memory (MiB)."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())[1]) / 1024


def until(met, seconds: float) -> None:
    """Wait until something is so; TimeoutError if it is not in time."""
    end = time.monotonic() + seconds
    while not met():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.2)


if __name__ == "__main__":
    main()
