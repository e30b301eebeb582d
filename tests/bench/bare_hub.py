"""Runs on a mission's host, by the hub's own Python: a bare JupyterHub of the same version beside the kit's.

Prints the seconds from sign-in to a ready JupyterLab: no CAS, no rights, a server as a plain child
process.
"""

import http.cookiejar
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

PORT = 18000
HUB = f"http://127.0.0.1:{PORT}/hub"
SETTINGS = f"""
c.JupyterHub.bind_url = 'http://127.0.0.1:{PORT}'
c.JupyterHub.hub_port = {PORT + 1}
c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:{PORT + 2}'
c.ConfigurableHTTPProxy.command = [
    '/usr/local/lib/sepp/hub-proxy/node_modules/configurable-http-proxy/bin/configurable-http-proxy'
]
c.JupyterHub.authenticator_class = 'dummy'
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = 'simple'
c.Spawner.cmd = ['/opt/sepp/lab/bin/jupyterhub-singleuser', '--allow-root']
c.Spawner.default_url = '/lab'
"""


def main() -> None:
    """Start the hub, sign in, wait for the server, and stop all of it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "settings.py").write_text(SETTINGS)
        log = Path(folder, "log")
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        with log.open("w") as output:
            hub = subprocess.Popen(
                [Path(sys.executable).with_name("jupyterhub"), "--config=settings.py"],
                cwd=folder,
                env={**os.environ, "PATH": path},
                stdout=output,
                stderr=output,
            )
        try:
            wait_for_hub()
            print(sign_in())
        except Exception as error:
            error.add_note(log.read_text())
            raise
        finally:
            hub.terminate()
            hub.wait(30)


def wait_for_hub() -> None:
    """Wait until the hub answers; TimeoutError after a minute."""
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{HUB}/health")
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise TimeoutError("the bare hub does not start")


def sign_in() -> float:
    """Sign in, start a server and open JupyterLab; return how long that took (seconds)."""
    cookies = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))

    def token() -> str:
        return next(cookie.value or "" for cookie in cookies if cookie.name == "_xsrf" and cookie.path == "/hub/")

    started = time.monotonic()
    browser.open(f"{HUB}/login")
    form = urllib.parse.urlencode({"username": "bench", "password": "bench", "_xsrf": token()}).encode()
    browser.open(f"{HUB}/login", form)
    user = f"{HUB}/api/users/bench"
    browser.open(urllib.request.Request(f"{user}/server", method="POST", headers={"X-XSRFToken": token()}))
    headers = {"X-XSRFToken": token(), "Referer": HUB}
    while (
        not json.load(browser.open(urllib.request.Request(user, headers=headers)))["servers"].get("", {}).get("ready")
    ):
        time.sleep(0.5)
    browser.open(f"http://127.0.0.1:{PORT}/user/bench/lab").read()
    return time.monotonic() - started


if __name__ == "__main__":
    main()
