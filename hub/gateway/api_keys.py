"""API keys of parties: made, revoked, and found by what was sent.

Only the SHA-256 of a key is stored; the key itself is shown once. The table stands in the database
of the hub, and a second process (`seintje parties key …`) may change it while the hub runs: each
request looks anew, so a key that is revoked is refused at once. On Kafka they stand in the stream
`settings`, one record a key, and the table is filled from there. When each was last used stands
beside it, in a table and in records of its own: it may be lost, and a key may not.
"""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from hub.domain.time import Instant
from hub.errors import Misconfigured
from hub.keys import ApiKey, hash_api_key, new_api_key
from hub.reading.settings import SETTINGS
from hub.streams.seam import Emit, Position
from hub.streams.sqlite.editing import transaction_in

Entries = Sequence[tuple[Emit, Position, Instant]]

_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS api_key (sha256 TEXT PRIMARY KEY, party TEXT NOT NULL,"
    " created_at INTEGER NOT NULL, revoked_at INTEGER) WITHOUT ROWID"
)
_USES_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS api_key_use (sha256 TEXT PRIMARY KEY, used_at INTEGER NOT NULL)"
    " WITHOUT ROWID"
)
MOST: Final = 2  # of a party at once: the one in use, and the next


class StoredKey(Struct, frozen=True):
    """What is known of a key; `name` is the beginning of its digest, enough to point at it. It is
    in force until `revoked_at`, which may still come; `used_at` is to the hour."""

    name: str
    party: str
    created_at: Instant
    revoked_at: Instant | None
    used_at: Instant | None

    def is_in_force(self, now: Instant) -> bool:
        return self.revoked_at is None or self.revoked_at > now


class _Told(Struct, rename="camel"):
    """A key as it stands in the stream of settings, under its digest."""

    party: str
    created_at: Instant
    revoked_at: Instant | None


class _ToldUse(Struct, rename="camel"):
    """When a key was used, as it stands in the stream of settings, under its digest."""

    used_at: Instant


NAME_CHARS: Final = 12

_KIND: Final = "api-key/"
_USE_KIND: Final = "api-key-use/"
_PUT: Final = (
    "INSERT INTO api_key VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET party = excluded.party,"
    " created_at = excluded.created_at, revoked_at = excluded.revoked_at"
)
_PUT_USE: Final = (
    "INSERT INTO api_key_use VALUES (?, ?)"
    " ON CONFLICT DO UPDATE SET used_at = max(used_at, excluded.used_at)"
)
_IN_FORCE: Final = "(revoked_at IS NULL OR revoked_at > ?)"
_decode: Final = msgspec.json.Decoder(_Told).decode
_decode_use: Final = msgspec.json.Decoder(_ToldUse).decode


def prepare(connection: sqlite3.Connection) -> None:
    """Make the table where there is none; to be called inside a transaction."""
    connection.execute(_TABLE)
    connection.execute(_USES_TABLE)


@contextmanager
def editing(data: Path) -> Iterator[sqlite3.Connection]:
    """A transaction on the keys in a data directory, also while a hub runs on it.

    Misconfigured: no hub ever ran there. Unavailable: it is busy, try again.
    """
    with transaction_in(data) as connection:
        prepare(connection)
        yield connection


def create(connection: sqlite3.Connection, party: str, now: Instant) -> ApiKey:
    """A new key of a party, however many it has; `grant` for one that may be refused."""
    key = new_api_key()
    connection.execute("INSERT INTO api_key VALUES (?, ?, ?, NULL)", (key.digest, party, now))
    return key


def grant(connection: sqlite3.Connection, party: str, now: Instant) -> ApiKey:
    """A new key of a party that has less than two in force. Misconfigured: which it has."""
    names = [it.name for it in stored(connection, party) if it.is_in_force(now)]
    if len(names) >= MOST:
        told = (
            f"it has two keys in force already ({', '.join(names)}), the most there may be; look"
            f" which is not in use any more (seintje parties key list {party}), and revoke that"
            f" one first: seintje parties key revoke {party} NAME"
        )
        raise Misconfigured(party, told)
    return create(connection, party, now)


def rotate(connection: sqlite3.Connection, party: str, now: Instant, until: Instant) -> ApiKey:
    """A new key of a party; the one that it has is in force until `until`. Misconfigured: it has
    none, or two."""
    if not any(it.is_in_force(now) for it in stored(connection, party)):
        told = f"it has no key in force; make one: seintje parties key create {party}"
        raise Misconfigured(party, told)
    key = grant(connection, party, now)
    connection.execute(
        "UPDATE api_key SET revoked_at = ? WHERE party = ? AND sha256 != ?"
        " AND (revoked_at IS NULL OR revoked_at > ?)",
        (until, party, key.digest, until),
    )
    return key


def revoke(connection: sqlite3.Connection, party: str, name: str | None, now: Instant) -> int:
    """Revoke the keys of a party whose name begins so, all of them for None; how many."""
    return connection.execute(
        f"UPDATE api_key SET revoked_at = ? WHERE party = ? AND {_IN_FORCE}"
        " AND substr(sha256, 1, ?) = ?",
        (now, party, now, len(name or ""), name or ""),
    ).rowcount


def stored(connection: sqlite3.Connection, party: str | None = None) -> list[StoredKey]:
    """The keys of a party, or of all, oldest first."""
    rows = connection.execute(
        "SELECT substr(sha256, 1, ?), party, created_at, revoked_at, used_at FROM api_key"
        " LEFT JOIN api_key_use USING (sha256)"
        " WHERE ? IS NULL OR party = ? ORDER BY party, created_at, sha256",
        (NAME_CHARS, party, party),
    )
    return [StoredKey(*row) for row in rows.fetchall()]


def every(connection: sqlite3.Connection) -> list[tuple[str, str, Instant, Instant | None]]:
    """All keys as they are kept: digest, party, when made, when revoked."""
    return connection.execute("SELECT * FROM api_key ORDER BY party, created_at, sha256").fetchall()


def restore(connection: sqlite3.Connection, keys: Iterable[tuple[object, ...]]) -> None:
    """Keys as `every` gave them."""
    connection.executemany("INSERT INTO api_key VALUES (?, ?, ?, ?)", keys)


def replace(connection: sqlite3.Connection, keys: Iterable[tuple[object, ...]]) -> None:
    """These keys, and no others."""
    connection.execute("DELETE FROM api_key")
    restore(connection, keys)


def find(connection: sqlite3.Connection, secret: str, now: Instant) -> tuple[str, str] | None:
    """The party whose key this is, and the digest; None for one that is nobody's, or not in
    force."""
    digest = hash_api_key(secret)
    row = connection.execute(
        f"SELECT party, sha256 FROM api_key WHERE sha256 = ? AND {_IN_FORCE}", (digest, now)
    ).fetchone()
    # How long the look-up takes tells of the digest at most, from which no key can be found.
    return row if row is not None and hmac.compare_digest(row[1], digest) else None


def is_in_force(connection: sqlite3.Connection, party: str, name: str, now: Instant) -> bool:
    """Whether a key of this party, of which a digest begins so, still counts."""
    found = connection.execute(
        f"SELECT 1 FROM api_key WHERE sha256 BETWEEN ? AND ? AND party = ? AND {_IN_FORCE}",
        (name, name + "g", party, now),
    ).fetchone()
    return found is not None


def put_uses(connection: sqlite3.Connection, uses: Mapping[str, Instant]) -> None:
    """When keys were used, by their digest; what is known later stays."""
    connection.executemany(_PUT_USE, uses.items())


def uses_as_settings(uses: Mapping[str, Instant]) -> list[Emit]:
    """The same as it stands in the stream of settings."""
    return [
        Emit(SETTINGS, f"{_USE_KIND}{digest}".encode(), msgspec.json.encode(_ToldUse(at)))
        for digest, at in uses.items()
    ]


def put(connection: sqlite3.Connection, entries: Entries) -> None:
    """Settings were changed: those among them that are of keys."""
    for emit, _, _ in entries:
        kind, slash, digest = emit.key.decode().partition("/")
        if kind + slash == _KIND:
            _put_key(connection, digest, emit.value)
        elif kind + slash == _USE_KIND and emit.value is not None:
            put_uses(connection, {digest: _decode_use(emit.value).used_at})


def _put_key(connection: sqlite3.Connection, digest: str, value: bytes | None) -> None:
    if value is None:
        connection.execute("DELETE FROM api_key WHERE sha256 = ?", (digest,))
    else:
        told = _decode(value)
        connection.execute(_PUT, (digest, told.party, told.created_at, told.revoked_at))


def as_settings(connection: sqlite3.Connection) -> list[Emit]:
    """Every key as it stands in the stream of settings."""
    rows = connection.execute("SELECT sha256, party, created_at, revoked_at FROM api_key")
    return [
        Emit(SETTINGS, f"{_KIND}{digest}".encode(), msgspec.json.encode(_Told(*told)))
        for digest, *told in rows.fetchall()
    ]
