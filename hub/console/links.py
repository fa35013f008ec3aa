"""One-time links: how the first somebody gets in where there is no OpenID provider.

A link is good for a quarter of an hour and for one time. Only its SHA-256 is stored, in the
database of the hub, so `seintje console link` can make one while the hub runs, and one that was
used stays used after a restart. Who may read the data directory may make links: that is all the
right they ask for.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, Protocol, TypeVar

from hub.domain.time import MINUTE_MS, Instant

LASTS_MS: Final = 15 * MINUTE_MS
PATH: Final = "/sign-in/link"

_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS console_link (sha256 TEXT PRIMARY KEY, party TEXT NOT NULL,"
    " until INTEGER NOT NULL) WITHOUT ROWID"
)
_LONGEST: Final = 100

Result = TypeVar("Result")


class Ask(Protocol):
    """Something asked of the database of the hub."""

    def __call__(self, question: Callable[[sqlite3.Connection], Result]) -> Result: ...


class Transact(Protocol):
    """Something done in it, whole or not at all."""

    def __call__(self, work: Callable[[sqlite3.Connection], Result]) -> Awaitable[Result]: ...


def prepare(connection: sqlite3.Connection) -> None:
    """Make the table where there is none; to be called inside a transaction."""
    connection.execute(_TABLE)


def create(connection: sqlite3.Connection, party: str, now: Instant) -> str:
    """The path of a new link; `party` empty lets who opens it choose one."""
    prepare(connection)
    token = secrets.token_urlsafe(16)  # a link fits on one line of a terminal
    connection.execute("DELETE FROM console_link WHERE until <= ?", (now,))
    connection.execute(
        "INSERT INTO console_link VALUES (?, ?, ?)", (_hashed(token), party, now + LASTS_MS)
    )
    return f"{PATH}?token={token}"


def spend(connection: sqlite3.Connection, token: str, now: Instant) -> str | None:
    """The party of a link that is still good, and is not any more; None if it was not."""
    found = find(connection, token, now)
    connection.execute("DELETE FROM console_link WHERE sha256 = ?", (_hashed(token),))
    return found


def find(connection: sqlite3.Connection, token: str, now: Instant) -> str | None:
    """The party of a link that is still good."""
    row = connection.execute(
        "SELECT party FROM console_link WHERE sha256 = ? AND until > ?", (_hashed(token), now)
    ).fetchone()
    return None if row is None else str(row[0])


class Links:
    """The links of a running hub. Whoever guesses only asks: nothing is written for them."""

    def __init__(self, ask: Ask, transact: Transact) -> None:
        self._ask = ask
        self._transact = transact

    def find(self, token: str, now: Instant) -> str | None:
        """The party of a link that is still good."""
        return self._ask(partial(find, token=token[:_LONGEST], now=now))

    async def spend(self, token: str, now: Instant) -> str | None:
        """The same, and then it is good no more."""
        if self.find(token, now) is None:
            return None
        return await self._transact(partial(spend, token=token[:_LONGEST], now=now))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
