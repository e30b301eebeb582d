import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from testinfra.host import Host


@dataclass(frozen=True)
class Machine:
    """The storage host, as root and as users."""

    host: Host

    def run(self, *argv: str) -> str:
        ended = self.host.run(shlex.join(argv))
        assert ended.succeeded, (argv, ended.stdout, ended.stderr)
        return ended.stdout

    def shell(self, user: str, script: str) -> tuple[int, str]:
        """Run a script as a user with her groups; return its exit code and all that it printed."""
        ended = self.host.run(shlex.join(["runuser", "-u", user, "--", "sh", "-c", f"{script}\n"]))
        return ended.rc, ended.stdout + ended.stderr

    def may(self, user: str, script: str) -> str:
        code, printed = self.shell(user, script)
        assert code == 0, (user, script, printed)
        return printed

    def refused(self, user: str, script: str, words: str = "Permission denied") -> None:
        code, printed = self.shell(user, script)
        assert code != 0, (user, script, printed)
        assert words in printed

    def sync(self) -> None:
        """Sync with what is so now: a run of the timer's that began before is ended."""
        self.run("systemctl", "restart", "sepp-storage-sync.service")

    def usage(self) -> Any:
        return json.loads(self.run("sepp-storage", "usage"))

    def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        """Ask the public web server; return the status and the answer's head and body."""
        answer = self.run("python3", "-c", _GET, method, path)
        status, _, text = answer.partition("\n")
        return int(status), text


_GET = """
import http.client, sys
connection = http.client.HTTPConnection('localhost', 8070, timeout=10)
connection.putrequest(*sys.argv[1:3])
connection.putheader('Content-Length', '0')
connection.endheaders()
answer = connection.getresponse()
print(answer.status)
print(answer.headers)
print(answer.read().decode())
"""


@pytest.fixture
def machine(host: Host) -> Machine:
    return Machine(host)


@pytest.fixture
def edit(machine: Machine) -> Any:
    """Change the configuration as a new convergence would, sync, and put everything back at the end."""
    path = "/etc/sepp/storage.json"
    before = machine.run("cat", path)

    def write(text: str) -> None:
        machine.run("python3", "-c", f"open({path!r}, 'w').write({text!r})")
        machine.sync()

    def change(do: Callable[[Any], None]) -> None:
        config = json.loads(before)
        do(config)
        write(json.dumps(config))

    yield change
    write(before)
