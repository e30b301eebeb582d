"""Runs a user's Zeppelin: zeppelin.py PROGRAM SOCKET PATH; SEPP_SECRET is the password that it asks for.

Zeppelin can listen on a TCP port only. Whoever else is on the host could open that port, so it asks for the password;
or take the port first, so what comes to the unix socket is sent there only while the listener is the user's own.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

LISTENS = "0A"
RULES = """[users]
{user} = {secret}, admin
[roles]
admin = *
[urls]
/** = authcBasic
"""


def is_own(port: int, tables: str) -> bool:
    """Tell from the kernel's tables of connections whether all that listens on a port is the user's own."""
    rows = [line.split() for line in tables.splitlines()]
    owners = {int(row[7]) for row in rows if row[3] == LISTENS and int(row[1].rpartition(":")[2], 16) == port}
    return owners == {os.getuid()}


def environment(state: Path, port: int, path: str) -> Mapping[str, str]:
    """Return Zeppelin's settings; all that it writes is below `state`."""
    return {
        "ZEPPELIN_ADDR": "127.0.0.1",
        "ZEPPELIN_PORT": str(port),
        "ZEPPELIN_SERVER_CONTEXT_PATH": path,
        "ZEPPELIN_ANONYMOUS_ALLOWED": "false",
        "ZEPPELIN_CONF_DIR": str(state / "conf"),
        "ZEPPELIN_NOTEBOOK_DIR": str(state / "notebook"),
        "ZEPPELIN_LOG_DIR": str(state / "logs"),
        "ZEPPELIN_PID_DIR": str(state / "run"),
        "ZEPPELIN_WAR_TEMPDIR": str(state / "webapps"),
        "ZEPPELIN_INTERPRETER_LOCALREPO": str(state / "local-repo"),
    }


def prepare(state: Path, secret: str) -> None:
    """Make the folder of settings, and in it the rule that nobody gets in without the password."""
    conf = state / "conf"
    conf.mkdir(mode=0o700, parents=True, exist_ok=True)
    rules = conf / "shiro.ini"
    rules.unlink(missing_ok=True)
    with os.fdopen(os.open(rules, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(RULES.format(user=os.environ["USER"], secret=secret))


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send on what comes in, to its end."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def run(program: str, unix_socket: str, path: str) -> int:
    """Run Zeppelin until it ends, and return its exit code."""
    state = Path.home() / ".zeppelin"
    prepare(state, os.environ.pop("SEPP_SECRET"))
    port = free_port()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        if not is_own(port, _tables()):
            inner_writer.close()
            writer.close()
            return
        await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, writer))

    zeppelin = await asyncio.create_subprocess_exec(program, env={**os.environ, **environment(state, port, path)})
    try:
        async with await asyncio.start_unix_server(forward, unix_socket):
            return await zeppelin.wait()
    finally:
        if zeppelin.returncode is None:
            zeppelin.terminate()


def _tables() -> str:
    texts = (Path("/proc/net", name).read_text() for name in ("tcp", "tcp6"))
    return "".join(text.partition("\n")[2] for text in texts)


if __name__ == "__main__":
    sys.exit(asyncio.run(run(*sys.argv[1:])))
