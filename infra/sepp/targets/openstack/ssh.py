"""The way to the hosts: files for ssh, with every host's key known beforehand."""

import os
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sepp.config.openstack import OpenStack
from sepp.converge.inventory import SSH
from sepp.engine.errors import EngineError
from sepp.engine.paths import state_dir
from sepp.targets.openstack.first_boot import JUMP_USER
from sepp.targets.openstack.flavours import JUMP
from sepp.targets.openstack.keys import ENTRY, public_of

CONNECT_SECONDS = 10
BOOT_SECONDS = 300
"""How long a new host may take until it can be reached."""

_POLL_SECONDS = 3


@dataclass(frozen=True, kw_only=True)
class Jump:
    """The jump host as operators reach it; `host_key` is public. `own_key` tells that the kit's key opens it."""

    address: str
    user: str
    host_key: str
    own_key: bool


def jump_of(settings: OpenStack, address: str | None, keys: Mapping[str, str]) -> Jump:
    """Return the jump host: the site's, or the kit's at an address."""
    site = settings.jump
    if site is not None:
        return Jump(address=site.address, user=site.user, host_key=site.host_key, own_key=False)
    return Jump(address=address or "", user=JUMP_USER, host_key=public_of(keys[JUMP]), own_key=True)


def files(folder: Path, jump: Jump, addresses: Mapping[str, str], keys: Mapping[str, str]) -> dict[str, str]:
    """Return the files of the folder by name: ssh's configuration, the known hosts, and the key."""
    known = {JUMP: jump.host_key, **{name: public_of(keys[name]) for name in addresses}}
    config = [
        *_host(JUMP, jump.address, jump.user, [_identity(folder)] if jump.own_key else []),
        *(line for name, at in addresses.items() for line in _host(name, at, "root", [_identity(folder), _VIA])),
        "Host *",
        "  BatchMode yes",
        "  StrictHostKeyChecking yes",
        f"  UserKnownHostsFile {folder}/known_hosts",
        "  GlobalKnownHostsFile /dev/null",
        f"  ConnectTimeout {CONNECT_SECONDS}",
        "  ServerAliveInterval 15",
        "  ControlMaster auto",
        "  ControlPersist 60s",
        # As near to the root as can be: a socket's path has 108 characters at most.
        f"  ControlPath {state_dir()}/%C",
    ]
    return {
        "config": _lines(config),
        "known_hosts": _lines(f"{name} {key}" for name, key in known.items()),
        "key": keys[ENTRY],
    }


def write(folder: Path, contents: Mapping[str, str]) -> None:
    """Write the files for the operator alone; one that is the same already is left as it is."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, text in contents.items():
        path = folder / name
        if path.exists() and path.read_text() == text:
            continue
        draft = folder / f".{name}.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        draft.replace(path)


def command(folder: Path, host: str, argv: Sequence[str]) -> list[str]:
    """Return the command line that runs another one, in a shell, as root on a host."""
    return ["ssh", "-F", str(folder / "config"), host, "--", *argv]


def connection(folder: Path, host: str) -> dict[str, str]:
    """Return Ansible's variables of the way to a host."""
    return {"ansible_host": host, "ansible_user": "root", "ansible_ssh_common_args": f"-F {folder / 'config'}"}


def run(folder: Path, host: str, script: str, seconds: float = 60) -> str:
    """Return what a shell script prints on a host; EngineError if it cannot be asked or does not answer in time."""
    try:
        ended = subprocess.run(
            command(folder, host, [script]),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise EngineError(f"{host} does not answer (waited {seconds:.0f} s)") from error
    if ended.returncode:
        raise EngineError(f"{host}: {ended.stderr.strip()[-300:]}")
    return ended.stdout


def wait(folder: Path, hosts: Sequence[str], seconds: float = BOOT_SECONDS) -> None:
    """Wait until all hosts can be reached; EngineError names the first that cannot, and says what ssh said."""
    deadline = time.monotonic() + seconds
    for host in hosts:
        while True:
            try:
                run(folder, host, "true", 2 * CONNECT_SECONDS)
                break
            except EngineError as error:
                if time.monotonic() > deadline:
                    message = f"{host} cannot be reached by ssh (waited {seconds:.0f} s): {error}"
                    raise EngineError(message, f"ssh -v -F {folder / 'config'} {host}") from None
            time.sleep(_POLL_SECONDS)


def answers(address: str, port: int = SSH, seconds: float = CONNECT_SECONDS) -> bool:
    """Tell whether something answers at an address as a jump host has to, within some seconds."""
    try:
        socket.create_connection((address, port), timeout=seconds).close()
    except OSError:
        return False
    return True


_VIA = f"ProxyJump {JUMP}"


def _identity(folder: Path) -> str:
    return f"IdentityFile {folder}/key\n  IdentitiesOnly yes"


def _host(name: str, address: str, user: str, more: Sequence[str]) -> list[str]:
    known_as = f"HostKeyAlias {name}"
    return [f"Host {name}", *(f"  {line}" for line in (f"HostName {address}", f"User {user}", known_as, *more))]


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
