"""The operator's own applications in a user's server."""

import asyncio
import os
import re
import socket
import stat
from pathlib import Path

import pytest
import zeppelin

from sepp.catalogue.hub import HUB
from sepp.deployment import Context
from sepp.plan import plan


@pytest.fixture
def variables(make_mission, make_platform):
    def make(**interactive):
        deployment = plan(make_platform(), [make_mission(interactive=interactive)], name="demo", target="local")
        names = ("hub-proxy-token", "hub-cookie", "hub-admin-token")
        return HUB.variables(
            Context(
                deployment=deployment,
                host=deployment.host("planck"),
                addresses={},
                secrets=dict.fromkeys(names, "secret"),
                authority="",
                certificates={},
            )
        )

    return make


def test_the_role_gets_what_the_mission_names(variables):
    found = variables(
        zeppelin={"package": "/srv/zeppelin.tgz", "sha256": "1" * 64},
        idl={"directory": "/srv/idl", "licence_server": "1700@lic"},
    )
    assert found["hub_applications"] == {"zeppelin": {"package": "/srv/zeppelin.tgz", "sha256": "1" * 64}}
    assert found["hub_licensed"] == {"idl": {"path": "/opt/idl", "licence_server": "1700@lic"}}


def test_the_role_gets_nothing_that_the_mission_does_not_name(variables):
    found = variables()
    assert (found["hub_applications"], found["hub_licensed"], found["hub_shares"]) == ({}, {}, {})


def test_shares_are_worked_in_together_by_their_groups(variables):
    assert variables(collaboration=True)["hub_shares"] == {
        "papers": {"account": "share-papers", "groups": ["planck-collaboration"]}
    }


def tables():
    return Path("/proc/net/tcp").read_text().partition("\n")[2]


def test_only_the_users_own_listener_is_trusted():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        assert not zeppelin.is_own(port, tables())
        listener.listen()
        assert zeppelin.is_own(port, tables())
        row = next(line for line in tables().splitlines() if f":{port:04X} 00000000:0000 0A" in line)
        fields = row.split()
        fields[7] = str(os.getuid() + 1)
        assert not zeppelin.is_own(port, " ".join(fields))
        assert not zeppelin.is_own(port, "\n".join([row, " ".join(fields)])), "a second listener of somebody else"


def test_zeppelin_lets_nobody_in_without_the_password(tmp_path, monkeypatch):
    monkeypatch.setenv("USER", "alice")
    zeppelin.prepare(tmp_path, "first")
    zeppelin.prepare(tmp_path, "secret")
    rules = tmp_path / "conf/shiro.ini"
    assert stat.S_IMODE(rules.stat().st_mode) == 0o600
    assert "alice = secret, admin" in rules.read_text()
    assert rules.read_text().endswith("[urls]\n/** = authcBasic\n")


PROGRAM = """#!/usr/bin/env python3
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        open(os.path.expanduser("~/asked"), "w").close()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"zeppelin at " + self.path.encode())
        if self.path == "/end":
            os._exit(3)
server = http.server.HTTPServer((os.environ["ZEPPELIN_ADDR"], int(os.environ["ZEPPELIN_PORT"])), Handler)
open(os.path.expanduser("~/listens"), "w").close()
server.serve_forever()
"""


@pytest.fixture
def running(tmp_path, monkeypatch):
    """A program in the place of Zeppelin; a function that asks it by the socket, and one that gives its exit code."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USER", "alice")
    monkeypatch.setenv("SEPP_SECRET", "secret")
    program, unix_socket = tmp_path / "zeppelin.sh", tmp_path / "socket"
    program.write_text(PROGRAM)
    program.chmod(0o700)

    async def ask(path, tries=100):
        """Ask as long as nobody takes the request."""
        for _ in range(tries):
            try:
                reader, writer = await asyncio.open_unix_connection(unix_socket)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            answer = await reader.read()
            writer.close()
            if answer or (tmp_path / "asked").exists():
                return answer.decode()
            await asyncio.sleep(0.1)
        return ""

    def start():
        return asyncio.create_task(zeppelin.run(str(program), str(unix_socket), "/user/alice/zeppelin"))

    return start, ask


def test_what_comes_to_the_socket_reaches_zeppelin(running):
    start, ask = running

    async def talk():
        ends = start()
        first = await ask("/one")
        await ask("/end")
        return first, await asyncio.wait_for(ends, 10)

    answer, code = asyncio.run(talk())
    assert re.search(r"\r\n\r\nzeppelin at /one$", answer)
    assert code == 3


def test_nothing_is_sent_to_somebody_who_took_the_port(running, monkeypatch, tmp_path):
    start, ask = running
    everything = zeppelin._tables

    def of_somebody_else():
        rows = [line.split() for line in everything().splitlines()]
        return "\n".join(" ".join([*row[:7], str(os.getuid() + 1), *row[8:]]) for row in rows)

    monkeypatch.setattr(zeppelin, "_tables", of_somebody_else)

    async def talk():
        ends = start()
        while not (tmp_path / "listens").exists():
            await asyncio.sleep(0.1)
        answer = await ask("/one", tries=5)
        ends.cancel()
        await asyncio.wait([ends])
        return answer

    assert asyncio.run(talk()) == ""
    assert not (tmp_path / "asked").exists()
