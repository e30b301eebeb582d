"""A real platform for tests: made, used and taken away by the commands that an operator types."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from sepp.cli.common import deployment_of
from sepp.config.load import load_mission
from sepp.engine.paths import state_dir
from sepp.engine.stack import Stack
from sepp.targets import target_of
from sepp.targets.local.podman import container_name, podman
from sepp.verify.notebook import Server
from sepp.verify.web import sign_in

ROOT = Path(__file__).parents[1]
NAME = "local/test"
SETTINGS = ROOT / "stacks/local/Pulumi.test.yaml"
SETTINGS_TEXT = """\
# yaml-language-server: $schema=../../infra/sepp/config/platform.schema.json
# Made by the tests.
config:
  sepp:domain: test.sepp.localhost
  sepp:port: 9443
  sepp:missions: [{missions}]
  sepp:local:
    subnet: 10.89.48.0/20
    volume_size: 4 GiB
"""
USERS = {"alice": ("planck-collaboration",), "dave": ("planck-collaboration",), "carol": (), "bob": ()}
"""alice and dave belong to the collaboration, carol to the public, bob to another mission."""


@contextmanager
def archive_of(mission: str) -> Iterator[None]:
    """The folders of a mission's repository, which its file says are on the machine; taken away if they were not."""
    repository = load_mission(ROOT / f"mission_configs/{mission}.yaml").storage.repository
    root = Path(repository.source.directory)
    made = not root.exists()
    for collection in repository.collections.values():
        (root / collection.path).mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        if made:
            shutil.rmtree(root)


class Platform:
    """The platform `local/test` of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.passwords: dict[str, str] = {}

    def configure(self, *missions: str) -> None:
        SETTINGS.write_text(SETTINGS_TEXT.format(missions=", ".join(missions)), encoding="utf-8")

    def sepp(self, *arguments: str, stdin: str = "", expected: int = 0, timeout: int = 1800) -> str:
        """Run a command of the kit without a terminal and return what it printed."""
        ended = subprocess.run(
            [str(ROOT / "sepp"), *arguments],
            input=stdin,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
            env=os.environ | {"SEPP_LOCK": "dev"},
        )
        assert ended.returncode == expected, f"sepp {' '.join(arguments)}: {ended.returncode}\n{ended.stdout[-4000:]}"
        return ended.stdout

    def up(self, *missions: str) -> str:
        self.configure(*(missions or ("planck",)))
        return self.sepp("up", "--yes", NAME)

    def destroy(self) -> None:
        self.sepp("destroy", "--with-data", "--yes", NAME)
        SETTINGS.unlink()

    def add_users(self) -> None:
        """Add the users of the tests, with passwords that only this process knows."""
        there = {user["name"] for user in json.loads(self.sepp("user", "list", "--platform", NAME, "--json"))["users"]}
        for name, groups in USERS.items():
            self.passwords[name] = f"{os.urandom(12).hex()}-Aa1"
            if name in there:
                self.sepp("user", "passwd", name, "--password-stdin", "--platform", NAME, stdin=self.passwords[name])
                continue
            options = [option for group in groups for option in ("--group", group)]
            self.sepp(
                "user",
                "add",
                name,
                "--name",
                name.title(),
                *options,
                "--password-stdin",
                "--platform",
                NAME,
                stdin=self.passwords[name],
            )

    @property
    def deployment(self):
        return deployment_of(NAME)

    @property
    def entrance(self):
        return target_of(self.deployment).entrance()

    @property
    def hosts(self):
        return target_of(self.deployment).hosts()

    def run(self, host: str, *argv: str, stdin: str = "", timeout: int = 120) -> subprocess.CompletedProcess[str]:
        """Run a command as root on a host."""
        return self.hosts.run(host, *argv, stdin=stdin, timeout=timeout)

    def run_as(self, user: str, code: str) -> str:
        """Run Python code on the mission's host with a user's identity, and return what it prints."""
        identity = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--no-new-privs")
        return self.hosts.output("planck", *identity, "python3", "-", stdin=code)

    def server(self, user: str) -> Server:
        """A user's server in Planck's hub."""
        return Server(self.entrance, self.deployment.url("planck"), user, self.passwords[user])

    def sign_in(self, user: str, url: str | None = None):
        """Sign a user in and return her browser and the page that she gets."""
        browser = self.entrance.browser()
        return browser, sign_in(browser, url or f"{self.deployment.url('planck')}/hub/home", user, self.passwords[user])

    def unit_starts(self) -> dict[str, str]:
        """When each service's unit on each host was started."""
        names = ("slapd", "cas", "sepp-portal", "apache2", "jupyterhub", "jupyterhub-proxy", "nftables", "sssd")
        asked = ("systemctl", "show", "--value", "--property=ActiveEnterTimestampMonotonic", *names)
        return {
            f"{host.name}/{name}": start
            for host in self.deployment.hosts
            for name, start in zip(names, self.hosts.output(host.name, *asked).split("\n\n"), strict=True)
        }

    def kill_host(self, host: str) -> None:
        """Kill a host as a power cut does, and leave nothing of its root file system."""
        podman("rm", "--force", "--time", "0", container_name("test", host))

    def stack_secrets(self) -> dict[str, str]:
        """The platform's secrets by name, as the stack's outputs have them."""
        with Stack.of(NAME).held("tests") as run:
            return run.outputs()["secrets"]

    def exposed_secrets(self, *others: str) -> list[str]:
        """Search the platform's secrets and passwords in state, logs, journals and process lists; say where."""
        secrets = [*self.stack_secrets().values(), *self.passwords.values(), *others]
        found = [
            f"{path}: {len(secret)} characters"
            for path in state_dir().rglob("*")
            if path.is_file()
            for secret in secrets
            if secret.encode() in path.read_bytes()
        ]
        for host in self.deployment.hosts:
            for argv in (("journalctl", "--no-pager", "--output=cat"), ("ps", "axww", "-o", "args")):
                text = self.run(host.name, *argv).stdout
                found += [f"{host.name}: {argv[0]}" for secret in secrets if secret in text]
        return found

    def status(self) -> dict[str, object]:
        return json.loads(self.sepp("status", "--json", NAME))


def answers(server: Server) -> bool:
    """Tell whether a user's server is reached."""
    try:
        return server.api("GET", "/kernelspecs").ok
    except requests.ConnectionError:
        # Where who is behind Apache ends in the middle of an answer, it ends a connection that was used before: who
        # had it asks again.
        return False


def wait_for(condition, limit: float, what: str) -> None:
    """Wait until something holds; AssertionError names it after `limit` seconds."""
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, f"after {limit:.0f} s still not: {what}"
        time.sleep(1)
