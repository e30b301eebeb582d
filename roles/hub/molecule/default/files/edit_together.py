"""Two people edit one notebook: edit_together.py ADDRESS PATH COOKIES COOKIES. Prints what the second one sees.

Run by the Python of the servers, which knows the protocol of real-time collaboration. The first writes a cell, the
second answers with another one.
"""

import asyncio
import json
import sys

from jupyter_ydoc import YNotebook
from pycrdt import Doc, create_sync_message, create_update_message, handle_sync_message
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

SYNC = 0


class Person:
    """One person's copy of a notebook, in step with the server's."""

    def __init__(self, address, cookies):
        self.address = address
        self.headers = {"Cookie": cookies}
        self.document = Doc()
        self.notebook = YNotebook(self.document)
        self.synced = asyncio.Event()

    async def open(self, path):
        """Open the notebook."""
        xsrf = next(part[6:] for part in self.headers["Cookie"].split("; ") if part.startswith("_xsrf="))
        answer = await AsyncHTTPClient().fetch(
            HTTPRequest(
                f"{self.address}/api/collaboration/session/{path}",
                method="PUT",
                headers={**self.headers, "X-XSRFToken": xsrf},
                body=json.dumps({"format": "json", "type": "notebook"}),
            )
        )
        session = json.loads(answer.body)
        room = f"{session['format']}:{session['type']}:{session['fileId']}"
        url = f"{self.address}/api/collaboration/room/{room}?sessionId={session['sessionId']}"
        self.socket = await websocket_connect(HTTPRequest(url.replace("http", "ws", 1), headers=self.headers))
        self.document.observe(lambda event: self.socket.write_message(create_update_message(event.update), binary=True))
        await self.socket.write_message(create_sync_message(self.document), binary=True)
        self.reading = asyncio.create_task(self.read())
        await asyncio.wait_for(self.synced.wait(), 30)

    async def read(self):
        """Take what the others change."""
        while (message := await self.socket.read_message()) is not None:
            if message[0] == SYNC:
                reply = handle_sync_message(message[1:], self.document)
                if reply is not None:
                    await self.socket.write_message(reply, binary=True)
                if message[1]:
                    self.synced.set()

    def write(self, source):
        """Add a cell."""
        cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
        self.notebook.append_cell(cell)

    async def sees(self, source):
        """Wait until a cell is there."""
        async with asyncio.timeout(30):
            while source not in [cell["source"] for cell in self.notebook.source["cells"]]:
                await asyncio.sleep(0.1)


async def main(address, path, first, second):
    """Let both write, and see each other."""
    alice, dave = Person(address, first), Person(address, second)
    await alice.open(path)
    await dave.open(path)
    alice.write("print('from the first')")
    await dave.sees("print('from the first')")
    dave.write("print('from the second')")
    await alice.sees("print('from the second')")
    await asyncio.sleep(2)
    print(json.dumps([cell["source"] for cell in dave.notebook.source["cells"]]))


asyncio.run(main(*sys.argv[1:]))
