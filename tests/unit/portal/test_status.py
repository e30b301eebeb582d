import asyncio
import json
from pathlib import Path

import pytest
from sepp_portal.site import Probe
from sepp_portal.status import Status

TRUST = Path("/etc/ssl/certs/ca-certificates.crt")


async def serve(answer):
    """Run a server that gives each who connects the same answer; return it and its port."""

    async def handle(reader, writer):
        if answer:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


def probe(kind, port):
    return Probe(name="core/x", title="X", area="Core", kind=kind, host="127.0.0.1", port=port)


def status(file, kind, port):
    return Status((probe(kind, port),), TRUST, file)


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
BROKEN = b"HTTP/1.1 503 Away\r\ncontent-length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("kind", "answer", "reason"),
    [("http", OK, ""), ("http", BROKEN, "answers with error 503"), ("tcp", b"", "")],
)
def test_service_is_really_asked(tmp_path, kind, answer, reason):
    async def run():
        server, port = await serve(answer)
        known = status(tmp_path / "status.json", kind, port)
        await known.ask()
        server.close()
        return known

    known = asyncio.run(run())
    assert known.states["core/x"].reason == reason
    assert known.states["core/x"].working is (not reason)
    assert known.all_work is (not reason)


@pytest.mark.parametrize("kind", ["http", "tcp"])
def test_service_that_is_away_does_not_work(tmp_path, kind):
    async def run():
        server, port = await serve(OK)
        server.close()
        await server.wait_closed()
        known = status(tmp_path / "status.json", kind, port)
        await known.ask()
        return known

    assert asyncio.run(run()).states["core/x"].reason == "does not answer"


def test_since_is_kept_while_the_state_stays_and_over_a_restart(tmp_path):
    file = tmp_path / "status.json"
    old = "2026-01-01T00:00:00+00:00"
    file.write_text(json.dumps({"core/x": {"working": True, "since": old, "reason": ""}}))

    async def run():
        server, port = await serve(OK)
        known = status(file, "http", port)
        await known.ask()
        kept = known.states["core/x"].since
        server.close()
        await server.wait_closed()
        await known.ask()
        return kept, known.states["core/x"]

    kept, now = asyncio.run(run())
    assert kept == old
    assert now.working is False
    assert now.since > old
    assert json.loads(file.read_text())["core/x"]["working"] is False


def test_is_not_asked_again_at_once(tmp_path):
    async def run():
        server, port = await serve(OK)
        known = status(tmp_path / "status.json", "http", port)
        await known.ask()
        server.close()
        await server.wait_closed()
        await known.ask(older_than=60)
        return known

    assert asyncio.run(run()).all_work
