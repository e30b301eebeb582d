"""Servers behind the entrance: a CAS that knows alice, a portal, a hub and published files that tell what they got."""

import asyncio
import base64
import contextlib
import hashlib
import json
import secrets
import time
from urllib.parse import parse_qs, urlsplit

CAS, PORTAL, HUB, FILES = 9001, 9002, 9003, 9004
IDLE_SECONDS = 4
"""For how long a connection is good; of the real servers, the one of the shortest patience has 5."""
VALID = "<cas:authenticationSuccess><cas:user>alice</cas:user></cas:authenticationSuccess>"
INVALID = '<cas:authenticationFailure code="INVALID_TICKET">no</cas:authenticationFailure>'
tickets: dict[str, str] = {}


def cas(target: str) -> tuple[str, list[str], str]:
    """Grant a ticket for the asked service at once, and validate each once."""
    path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
    if path == "/cas/login" and "service" in query:
        ticket = f"ST-{secrets.token_hex(8)}"
        tickets[ticket] = query["service"][0]
        separator = "&" if "?" in query["service"][0] else "?"
        return "302 Found", [f"Location: {query['service'][0]}{separator}ticket={ticket}"], ""
    if path.endswith("/serviceValidate"):
        known = tickets.pop(query["ticket"][0], None) == query["service"][0]
        answer = VALID if known else INVALID
        return (
            "200 OK",
            [],
            f'<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">{answer}</cas:serviceResponse>',
        )
    return "200 OK", [], f"cas {path}"


async def websocket(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str) -> None:
    """Take the upgrade, then send back all that comes, byte by byte."""
    accept = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()).decode()
    writer.write(
        f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
    )
    while data := await reader.read(1024):
        writer.write(data)
        await writer.drain()
    writer.close()


async def answer(head: list[str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request."""
    port = writer.get_extra_info("sockname")[1]
    method, target, _ = head[0].split(" ")
    headers = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
    if "Sec-WebSocket-Key" in headers:
        await websocket(reader, writer, headers["Sec-WebSocket-Key"])
        return
    rest = int(headers.get("Content-Length", 0))
    while rest:
        rest -= len(await reader.read(min(rest, 65536)))
    told = json.dumps({"port": port, "method": method, "target": target, "headers": headers})
    status, extra, body = cas(target) if port == CAS else ("200 OK", ["Set-Cookie: a=b", "Server: behind"], told)
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *extra, "", body]
    writer.write("\r\n".join(lines).encode())
    await writer.drain()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer what comes on a connection; after a longer pause it is lost, as with a server that closes just then."""
    answered = time.monotonic()
    with contextlib.suppress(asyncio.IncompleteReadError):
        while not writer.is_closing():
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            if time.monotonic() - answered > IDLE_SECONDS:
                writer.transport.abort()
                return
            await answer(head, reader, writer)
            answered = time.monotonic()
    writer.close()


async def main() -> None:
    """Serve on all ports."""
    servers = [await asyncio.start_server(serve, "127.0.0.1", port) for port in (CAS, PORTAL, HUB, FILES)]
    await asyncio.gather(*(server.serve_forever() for server in servers))


asyncio.run(main())
