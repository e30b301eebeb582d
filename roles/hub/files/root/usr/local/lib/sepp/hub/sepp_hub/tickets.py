"""Which sign-in came with which ticket: kept over restarts, so that single logout finds the user."""

import hashlib
import sqlite3
import time
from pathlib import Path

KEPT_FOR = 30 * 86400
"""Seconds; longer than a sign-in lasts anywhere."""


class Tickets:
    """A small table of hashed tickets and their users."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS ticket (hash TEXT PRIMARY KEY, user TEXT NOT NULL, time INTEGER NOT NULL)"
        )

    @staticmethod
    def _hash(ticket: str) -> str:
        return hashlib.sha256(ticket.encode()).hexdigest()

    def add(self, ticket: str, user: str) -> None:
        """Remember a sign-in, and forget those that are too old to matter."""
        now = int(time.time())
        self._database.execute("DELETE FROM ticket WHERE time < ?", (now - KEPT_FOR,))
        self._database.execute("INSERT OR REPLACE INTO ticket VALUES (?, ?, ?)", (self._hash(ticket), user, now))

    def take(self, ticket: str) -> str | None:
        """Return the user of a ticket and forget it; None if it is unknown."""
        query = "DELETE FROM ticket WHERE hash = ? RETURNING user"
        rows = self._database.execute(query, (self._hash(ticket),)).fetchall()
        return rows[0][0] if rows else None
