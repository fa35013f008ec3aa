"""API keys of parties: made, revoked, and found by what was sent.

Only the SHA-256 of a key is stored; the key itself is shown once. The table stands in the database
of the hub, and a second process (`seintje parties key …`) may change it while the hub runs: each
request looks anew, so a key that is revoked is refused at once. On Kafka they stand in the stream
`settings`, one record a key, and the table is filled from there.
"""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from hub.domain.time import Instant
from hub.keys import ApiKey, hash_api_key, new_api_key
from hub.reading.settings import SETTINGS
from hub.streams.seam import Emit, Position
from hub.streams.sqlite.editing import transaction_in

Entries = Sequence[tuple[Emit, Position, Instant]]

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


class _Told(Struct, rename="camel"):
    """A key as it stands in the stream of settings, under its digest."""

    party: str
    created_at: Instant
    revoked_at: Instant | None


_NAME_CHARS: Final = 12
_KIND: Final = "api-key/"
_PUT: Final = (
    "INSERT INTO api_key VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET party = excluded.party,"
    " created_at = excluded.created_at, revoked_at = excluded.revoked_at"
)
_decode: Final = msgspec.json.Decoder(_Told).decode


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


def put(connection: sqlite3.Connection, entries: Entries) -> None:
    """Settings were changed: those among them that are keys."""
    for emit, _, _ in entries:
        kind, slash, digest = emit.key.decode().partition("/")
        if kind + slash != _KIND:
            continue
        if emit.value is None:
            connection.execute("DELETE FROM api_key WHERE sha256 = ?", (digest,))
        else:
            told = _decode(emit.value)
            connection.execute(_PUT, (digest, told.party, told.created_at, told.revoked_at))


def as_settings(connection: sqlite3.Connection) -> list[Emit]:
    """Every key as it stands in the stream of settings."""
    rows = connection.execute("SELECT sha256, party, created_at, revoked_at FROM api_key")
    return [
        Emit(SETTINGS, f"{_KIND}{digest}".encode(), msgspec.json.encode(_Told(*told)))
        for digest, *told in rows.fetchall()
    ]
