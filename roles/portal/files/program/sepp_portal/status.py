"""Whether the services work: really asked, every half minute."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from sepp_portal.site import Probe

INTERVAL = 30
"""Seconds between two rounds."""
TIMEOUT = 5
"""Seconds that a service has for its answer."""


@dataclass(frozen=True, kw_only=True)
class State:
    """What is known of a service: since when it is (not) working (an ISO date), and why not."""

    working: bool
    since: str
    reason: str = ""


class Status:
    """The states of all services; `file` keeps them over a restart of the portal."""

    def __init__(self, probes: tuple[Probe, ...], authority: Path, file: Path) -> None:
        self._probes = probes
        self._tls = ssl.create_default_context(cafile=authority)
        self._file = file
        self._lock = asyncio.Lock()
        self.asked: datetime | None = None
        self.states: dict[str, State] = {}
        if file.exists():
            self.states = {name: State(**state) for name, state in json.loads(file.read_text()).items()}

    @property
    def all_work(self) -> bool:
        """Whether every service works, as far as is known."""
        return all(self.states[probe.name].working for probe in self._probes if probe.name in self.states)

    async def run(self) -> None:
        """Ask again and again."""
        while True:
            await self.ask()
            await asyncio.sleep(INTERVAL)

    async def ask(self, older_than: float = 0) -> None:
        """Ask all services at once, unless that was done less than `older_than` seconds ago."""
        async with self._lock:
            now = datetime.now(UTC)
            if self.asked and (now - self.asked).total_seconds() < older_than:
                return
            async with httpx.AsyncClient(verify=self._tls, timeout=TIMEOUT, trust_env=False) as client:
                reasons = await asyncio.gather(*(_reason(client, self._tls, probe) for probe in self._probes))
            self._note({probe.name: reason for probe, reason in zip(self._probes, reasons, strict=True)}, now)

    def _note(self, reasons: Mapping[str, str], now: datetime) -> None:
        def state(name: str, reason: str) -> State:
            before = self.states.get(name)
            since = before.since if before and before.working == (not reason) else now.isoformat(timespec="seconds")
            return State(working=not reason, since=since, reason=reason)

        self.asked = now
        self.states = {name: state(name, reason) for name, reason in reasons.items()}
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps({name: asdict(state) for name, state in self.states.items()}))
        new.replace(self._file)


async def _reason(client: httpx.AsyncClient, tls: ssl.SSLContext, probe: Probe) -> str:
    """Ask one service; return why it does not work, or nothing."""
    try:
        if probe.kind == "tcp":
            return await _connect(tls, probe)
        return await _get(client, probe)
    except (httpx.TimeoutException, TimeoutError):
        return f"no answer within {TIMEOUT} s"
    except ssl.SSLError:
        return "its certificate is not valid"
    except (httpx.HTTPError, OSError):
        return "does not answer"


async def _connect(tls: ssl.SSLContext, probe: Probe) -> str:
    context = tls if probe.server_name else None
    async with asyncio.timeout(TIMEOUT):
        _, writer = await asyncio.open_connection(
            probe.host, probe.port, ssl=context, server_hostname=probe.server_name
        )
    writer.close()
    with suppress(OSError, ssl.SSLError):  # the other side may hang up first
        await writer.wait_closed()
    return ""


async def _get(client: httpx.AsyncClient, probe: Probe) -> str:
    scheme = "https" if probe.server_name else "http"
    headers = {"host": f"{probe.server_name}:{probe.port}"} if probe.server_name else {}
    extensions = {"sni_hostname": probe.server_name} if probe.server_name else {}
    answer = await client.get(
        f"{scheme}://{probe.host}:{probe.port}{probe.path}", headers=headers, extensions=extensions
    )
    return "" if answer.status_code == 200 else f"answers with error {answer.status_code}"
