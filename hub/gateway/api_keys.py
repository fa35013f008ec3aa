"""API keys of parties: made, revoked, and found by what was sent.

Only the SHA-256 of a key is stored; the key itself is shown once. The table stands in the database
of the hub, and a second process (`seintje parties key …`) may change it while the hub runs: each
request looks anew, so a key that is revoked is refused at once.
"""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from hub.domain.time import Instant
from hub.keys import ApiKey, hash_api_key, new_api_key
from hub.streams.sqlite.editing import transaction_in

_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS api_key (sha256 TEXT PRIMARY KEY, party TEXT NOT NULL,"
    " created_at INTEGER NOT NULL, revoked_at INTEGER) WITHOUT ROWID"
)


class StoredKey(Struct, frozen=True):
    """What is known of a key; `name` is the beginning of its digest, enough to point at it."""

    name: str
    party: str
    created_at: Instant
    revoked_at: Instant | None


_NAME_CHARS: Final = 12


def prepare(connection: sqlite3.Connection) -> None:
    """Make the table where there is none; to be called inside a transaction."""
    connection.execute(_TABLE)


@contextmanager
def editing(data: Path) -> Iterator[sqlite3.Connection]:
    """A transaction on the keys in a data directory, also while a hub runs on it.

    Misconfigured: no hub ever ran there. Unavailable: it is busy, try again.
    """
    with transaction_in(data) as connection:
        prepare(connection)
        yield connection


def create(connection: sqlite3.Connection, party: str, now: Instant) -> ApiKey:
    """A new key of a party; it may have more than one, for rotation."""
    key = new_api_key()
    connection.execute("INSERT INTO api_key VALUES (?, ?, ?, NULL)", (key.digest, party, now))
    return key


def revoke(connection: sqlite3.Connection, party: str, name: str | None, now: Instant) -> int:
    """Revoke the keys of a party whose name begins so, all of them for None; how many."""
    return connection.execute(
        "UPDATE api_key SET revoked_at = ?"
        " WHERE party = ? AND revoked_at IS NULL AND substr(sha256, 1, ?) = ?",
        (now, party, len(name or ""), name or ""),
    ).rowcount


def stored(connection: sqlite3.Connection, party: str | None = None) -> list[StoredKey]:
    """The keys of a party, or of all, oldest first."""
    rows = connection.execute(
        "SELECT substr(sha256, 1, ?), party, created_at, revoked_at FROM api_key"
        " WHERE ? IS NULL OR party = ? ORDER BY party, created_at, sha256",
        (_NAME_CHARS, party, party),
    )
    return [StoredKey(*row) for row in rows.fetchall()]


def every(connection: sqlite3.Connection) -> list[tuple[str, str, Instant, Instant | None]]:
    """All keys as they are kept: digest, party, when made, when revoked."""
    return connection.execute("SELECT * FROM api_key ORDER BY party, created_at, sha256").fetchall()


def restore(connection: sqlite3.Connection, keys: Iterable[tuple[object, ...]]) -> None:
    """Keys as `every` gave them."""
    connection.executemany("INSERT INTO api_key VALUES (?, ?, ?, ?)", keys)


def find_party(connection: sqlite3.Connection, secret: str) -> str | None:
    """The party whose key this is; None for a key that is nobody's or was revoked."""
    digest = hash_api_key(secret)
    row = connection.execute(
        "SELECT sha256, party FROM api_key WHERE sha256 = ? AND revoked_at IS NULL", (digest,)
    ).fetchone()
    # How long the look-up takes tells of the digest at most, from which no key can be found.
    return row[1] if row is not None and hmac.compare_digest(row[0], digest) else None
