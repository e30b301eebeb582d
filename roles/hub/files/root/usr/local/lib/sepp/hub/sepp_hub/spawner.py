"""Servers under the users' own accounts, started by the root-owned helper behind `/run/sepp/spawn.socket`."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from jupyterhub.spawner import Spawner, SpawnException

HOME_WITHIN = 60
"""Seconds that the storage may take to prepare a new user's home."""
ASK_EVERY = 5
"""Seconds between two questions to the helper whether a starting server still runs: each starts a process."""
VARIABLES = "JUPYTERHUB_"
"""Of what the hub would set, only these variables go to the server: all others are the helper's."""


class NotStartedError(SpawnException):
    """A server that cannot be started; the hub shows the message to the user."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="refused", status_code=503)


class UnknownUserError(NotStartedError):
    """The host does not know the user: for ever, or for some seconds after the directory was away."""


class SystemSpawner(Spawner):
    """Asks the helper; has no privileges of its own."""

    socket: ClassVar[str]

    async def _ask(self, action: str, environment: dict[str, str] | None = None) -> dict[str, Any]:
        request = {"action": action, "user": self.user.name, "server": self.name, "environment": environment or {}}
        reader, writer = await asyncio.open_unix_connection(self.socket)
        try:
            writer.write(json.dumps(request).encode() + b"\n")
            await writer.drain()
            line = await reader.readline()
        finally:
            writer.close()
        answer = json.loads(line) if line else {"error": "the helper did not answer"}
        if "error" in answer:
            problem = UnknownUserError if answer.get("unknown_user") else NotStartedError
            raise problem(f"Your server was not started: {answer['error']}.")
        return answer["ok"]

    async def _has_home(self) -> bool:
        try:
            return (await self._ask("status"))["home"]
        except UnknownUserError:
            return False

    async def _wait_for_home(self) -> None:
        until = time.monotonic() + HOME_WITHIN
        while not await self._has_home():
            if time.monotonic() > until:
                raise NotStartedError("Your account or storage is not ready here yet. Please try again in a minute.")
            self.preparing = True
            await asyncio.sleep(2)
        self.preparing = False

    preparing = False

    async def progress(self) -> Any:
        """Tell the waiting user what happens."""
        yield {"progress": 10, "message": "Your server is requested"}
        while self._spawn_pending and self.preparing:
            yield {"progress": 30, "message": "Your storage is being prepared"}
            await asyncio.sleep(2)
        yield {"progress": 60, "message": "Your server is starting"}

    async def start(self) -> str:
        """Start the server; returns its address."""
        await self._wait_for_home()
        environment = {name: value for name, value in self.get_env().items() if name.startswith(VARIABLES)}
        listens = (await self._ask("start", environment))["socket"]
        asked = time.monotonic()
        while not Path(listens).exists():
            await asyncio.sleep(0.2)
            if time.monotonic() - asked > ASK_EVERY:
                asked = time.monotonic()
                if not (await self._ask("status"))["active"]:
                    raise NotStartedError("Your server ended while it started.")
        address = f"http+unix://{quote(listens, safe='')}"
        self._listen_at(address)
        return address

    async def stop(self, now: bool = False) -> None:
        """Stop the server with all that it started."""
        await self._ask("stop")

    async def poll(self) -> int | None:
        """Return None if the server runs, else 1."""
        return None if (await self._ask("status"))["active"] else 1

    def _listen_at(self, address: str) -> None:
        # The hub knows hosts and ports only, and would add a port to the socket's name.
        self.address = address
        if self.server:
            self.server.connect_url = address

    address = ""

    def get_state(self) -> dict[str, Any]:
        """Keep the address over a restart of the hub."""
        return {**super().get_state(), "address": self.address}

    def load_state(self, state: dict[str, Any]) -> None:
        """Find the server again after a restart of the hub."""
        super().load_state(state)
        if state.get("address"):
            self._listen_at(state["address"])

    def clear_state(self) -> None:
        """Forget a server that has stopped."""
        super().clear_state()
        self.address = ""
