"""What a user's storage holds, as the missions' storage hosts count it."""

import asyncio
from typing import Any

import httpx

TIMEOUT = 3
"""Seconds that a storage host has for its answer."""

Usage = dict[str, Any]
"""`tiers` and `shares`, each by name with `path`, `used` and `limit` in bytes."""


class Usages:
    """Asks the storage hosts; `addresses` gives that of each mission, `token` proves who asks."""

    def __init__(self, addresses: dict[str, str], token: str) -> None:
        self._addresses = addresses
        self._headers = {"authorization": f"Bearer {token}"}

    async def of(self, user: str) -> dict[str, Usage]:
        """Return what a user uses in each mission; a mission whose host does not answer is left out."""
        async with httpx.AsyncClient(timeout=TIMEOUT, headers=self._headers, trust_env=False) as client:
            found = await asyncio.gather(*(_ask(client, f"{url}/{user}") for url in self._addresses.values()))
        return {mission: usage for mission, usage in zip(self._addresses, found, strict=True) if usage is not None}


async def _ask(client: httpx.AsyncClient, url: str) -> Usage | None:
    try:
        answer = await client.get(url)
        return answer.json() if answer.status_code == 200 else None
    except httpx.HTTPError:
        return None
