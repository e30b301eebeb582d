# SPDX-License-Identifier: Apache-2.0
"""Ansible connection: a host of the local target, by the namespaces of its container."""

import os
import shlex
import subprocess
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure, AnsibleError, AnsibleFileNotFound
from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = r"""
name: nsenter
short_description: Runs tasks in the namespaces of a podman container of this machine
description:
  - Enters the namespaces of a running container directly, which takes a third of the time of C(podman exec).
  - Runs as root on the machine and in the container; commands have the environment of a login (C(/etc/environment)).
  - Commands are not held by the container's own limits and capabilities, as its services are.
author: The sepp-kit authors
options:
  remote_addr:
    description: The container's name.
    type: str
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_host
  podman_executable:
    description: The program that tells the container's process.
    type: str
    default: podman
    vars:
      - name: ansible_podman_executable
  cache:
    description: Folder in which the process of each container is remembered.
    type: path
    default: /run/sepp/nsenter
extends_documentation_fragment:
  - connection_pipelining
"""

ENVIRONMENT = {
    "HOME": "/root",
    "USER": "root",
    "LOGNAME": "root",
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
}
NAMESPACES = ("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup")


def started(pid):
    """Return the start time of a process in ticks, which with its number names it for ever; None if there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return stat.rpartition(")")[2].split()[19]


def login_environment(text):
    """Return the variables of an `/etc/environment`: one KEY=VALUE a line, quotes as in a shell."""
    pairs = (word.partition("=") for line in text.splitlines() for word in shlex.split(line, comments=True)[:1])
    return {key: value for key, mark, value in pairs if mark}


class Connection(ConnectionBase):
    """Runs commands and copies files in the namespaces of a container."""

    transport = "sepp.kit.nsenter"
    has_pipelining = True

    def _connect(self):
        if not self._connected:
            self._pid = self._cached_pid() or self._inspected_pid()
            self._environment = {**ENVIRONMENT, **self._login_environment()}
            self._connected = True
        return self

    @property
    def _container(self):
        return self.get_option("remote_addr")

    def _cache_file(self):
        return Path(self.get_option("cache")) / self._container

    def _cached_pid(self):
        """Return the remembered process if it is still the same one."""
        try:
            pid, start = self._cache_file().read_text(encoding="utf-8").split()
        except (FileNotFoundError, ValueError):
            return None
        return pid if started(pid) == start else None

    def _inspected_pid(self):
        """Ask podman for the container's process and remember it."""
        command = [self.get_option("podman_executable"), "inspect", "--type", "container"]
        result = subprocess.run(
            [*command, "--format", "{{.State.Pid}}", "--", self._container],
            capture_output=True,
            text=True,
            check=False,
        )
        pid = result.stdout.strip()
        start = started(pid) if result.returncode == 0 and pid.isdigit() and pid != "0" else None
        if start is None:
            reason = result.stderr.strip() or "it is not running"
            raise AnsibleConnectionFailure(f"container {self._container}: {reason}")
        file = self._cache_file()
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.write_text(f"{pid} {start}\n", encoding="utf-8")
        draft.replace(file)
        return pid

    def _login_environment(self):
        """Read the container's `/etc/environment`, never through a symbolic link, which would lead to this machine."""
        try:
            file = os.open(f"/proc/{self._pid}/root/etc/environment", os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return {}
        with os.fdopen(file, encoding="utf-8") as lines:
            return login_environment(lines.read())

    def _enter(self):
        return ["/usr/bin/nsenter", "--target", self._pid, *NAMESPACES, "--root", "--wd", "--"]

    def exec_command(self, cmd, in_data=None, sudoable=True):
        """Run a shell command; return its exit code, output and messages."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        self._connect()
        process = subprocess.Popen(
            [*self._enter(), "/bin/sh", "-c", to_text(cmd)],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        output, messages = process.communicate(in_data)
        return process.returncode, output, messages

    def put_file(self, in_path, out_path):
        """Copy a file of this machine into the container."""
        super().put_file(in_path, out_path)
        self._connect()
        if not Path(in_path).exists():
            raise AnsibleFileNotFound(f"no such file: {in_path}")
        with Path(in_path).open("rb") as source:
            self._copy(["/bin/sh", "-c", 'exec cat > "$0"', to_text(out_path)], stdin=source)

    def fetch_file(self, in_path, out_path):
        """Copy a file of the container to this machine."""
        super().fetch_file(in_path, out_path)
        self._connect()
        with Path(out_path).open("wb") as target:
            self._copy(["/bin/cat", "--", to_text(in_path)], stdin=subprocess.DEVNULL, stdout=target)

    def _copy(self, command, **streams):
        result = subprocess.run(
            [*self._enter(), *command],
            env=self._environment,
            stderr=subprocess.PIPE,
            check=False,
            **streams,
        )
        if result.returncode != 0:
            raise AnsibleError(f"{self._container}: {to_text(result.stderr).strip()}")

    def reset(self):
        """Look for the container's process again: it may have been restarted."""
        self.close()

    def close(self):
        """End the connection; there is nothing open."""
        self._connected = False
