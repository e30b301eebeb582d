"""Testinfra's way into the hosts of a scenario: `nsenter://CONTAINER`, a plugin for pytest.

Podman's way in takes 0.2 to 0.4 s, this one some milliseconds, and scenarios ask their hosts all the time. As with
Ansible's tasks there, commands are root's and not held by the container's own limits and capabilities.
"""

import functools
import subprocess
from typing import Any

from testinfra import backend
from testinfra.backend.base import BaseBackend, CommandResult

_NAMESPACES = ("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd")
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LOGIN = ("env", "--ignore-environment", "HOME=/root", "USER=root", "LANG=C.UTF-8", _PATH)


@functools.cache
def entering(container: str) -> tuple[str, ...]:
    """Return how to run a program in a container, for as long as that is not started again."""
    pid = subprocess.check_output(["podman", "inspect", "--format", "{{.State.Pid}}", container], text=True).strip()
    return ("nsenter", "--target", pid, *_NAMESPACES, "--", *_LOGIN)


class NsenterBackend(BaseBackend):
    """Runs commands in the namespaces of a container of this machine."""

    NAME = "nsenter"

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        self.name = name
        super().__init__(name, *args, **kwargs)

    def run(self, command: str, *args: str, **_: Any) -> CommandResult:
        """Run a shell command on the host."""
        return self.run_local(" ".join(entering(self.name)) + " /bin/sh -c %s", self.get_command(command, *args))


backend.BACKENDS[NsenterBackend.NAME] = f"{__name__}.{NsenterBackend.__name__}"
