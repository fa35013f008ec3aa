"""Receipts by their id: what became of a fact (facts document, Intake).

The way in notes `accepted` in the transaction that appends a fact, so that the receipt can be read
at once; what correlation says later takes its place. Where arrivals and receipts come by ways of
their own (topics), in any order, an arrival is only noted and takes nobody's place. The digest of
the content stays here, for intake to tell a duplicate from a conflicting one before it is appended.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from hub.domain.refusals import Slug
from hub.domain.time import Instant, parse_instant
from hub.reading.counts import add
from hub.streams.frozen import REDRIVEN, THAWS_ONLY
from hub.streams.receipts import DIGEST, Receipt, ReceiptStatus
from hub.streams.seam import Emit, Position
from hub.wire.state import PartyOf, Unreadable, decode_fact

Entries = Sequence[tuple[Emit, Position, Instant]]
Arrival: TypeAlias = tuple[Instant, Instant]  # of a fact: when it came, and was looked at
Viewed: TypeAlias = Callable[[Sequence[Arrival]], None]

TABLES: Final = (
    "CREATE TABLE read_receipt (receipt_id TEXT PRIMARY KEY, party TEXT NOT NULL,"
    " source TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL,"
    " problem TEXT, household TEXT, digest BLOB, at INTEGER NOT NULL)",
    "CREATE INDEX read_receipt_of_event ON read_receipt (source, id)",
    "CREATE INDEX read_receipt_by_time ON read_receipt (at)",
)

_COLUMNS: Final = "receipt_id, party, source, id, type, status, problem, household, at"
_FIND: Final = f"SELECT {_COLUMNS} FROM read_receipt WHERE party = ? "
_ACCEPT: Final = (
    "INSERT INTO read_receipt VALUES (?, ?, ?, ?, ?, 'accepted', NULL, NULL, ?, ?)"
    # What was refused may be said better under the same id; all else stands.
    " ON CONFLICT DO UPDATE SET status = 'accepted', problem = NULL, digest = excluded.digest,"
    " type = excluded.type, at = excluded.at WHERE status = 'refused'"
)
_NOTE: Final = (
    "INSERT INTO read_receipt VALUES (?, ?, ?, ?, ?, 'accepted', NULL, NULL, ?, ?)"
    # What became of it, correlation says; of two contents under one id it takes the first that it
    # did not refuse.
    " ON CONFLICT DO UPDATE SET digest = excluded.digest"
    " WHERE digest IS NULL OR status = 'refused'"
)
_PUT: Final = (
    "INSERT INTO read_receipt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET status = excluded.status, problem = excluded.problem,"
    " household = coalesce(excluded.household, household),"
    " digest = coalesce(excluded.digest, digest), at = excluded.at"
    # That it came again says less than that it waits, or waited too long.
    " WHERE (excluded.status <> 'duplicate' OR status NOT IN ('waiting', 'expired-unbound'))"
    # One that an import wrote may lie in another partition than those after it, and be read later.
    " AND (excluded.at >= at OR (status = 'accepted' AND household IS NULL))"
)
_ARRIVED: Final = (
    "SELECT receipt_id, at FROM read_receipt WHERE status = 'accepted' AND household IS NULL"
    " AND receipt_id IN (SELECT value FROM json_each(?))"
)
_decode: Final = msgspec.json.Decoder(Receipt).decode


class Known(Struct, frozen=True):
    """An earlier arrival under a receipt id: its content (None where nobody noted it), and its
    lot."""

    digest: bytes | None
    status: str

    @property
    def is_refused(self) -> bool:
        return self.status == ReceiptStatus.REFUSED


class Found(Struct, frozen=True):
    """A receipt as it stands now."""

    receipt_id: str
    party: str
    source: str
    id: str
    type: str
    status: str
    problem: Slug | None
    household: str | None
    at: Instant


def put_arrived(connection: sqlite3.Connection, entries: Entries, party_of: PartyOf) -> None:
    """Facts were appended: they are accepted until correlation says more. What an operator put back
    arrived before; of what nobody can read correlation makes a dead letter."""
    rows = []
    for emit, _, at in entries:
        if REDRIVEN not in emit.headers:
            with suppress(Unreadable):
                rows.append(_arrived(emit, at, party_of))
    connection.executemany(_ACCEPT, rows)


def note_arrived(connection: sqlite3.Connection, entries: Entries, party_of: PartyOf) -> None:
    """Facts were appended, perhaps before what is known of them already: that stands. What only
    thaws a household says of no fact that it came."""
    came = [it for it in entries if THAWS_ONLY not in it[0].headers]
    connection.executemany(_NOTE, [_arrived(emit, at, party_of) for emit, _, at in came])


def put(connection: sqlite3.Connection, entries: Entries, viewed: Viewed | None = None) -> None:
    """Receipts were emitted, or taken away. `viewed` hears of those that are the first."""
    emits = [emit for emit, _, _ in entries if emit.value is not None]
    told = [_decode(emit.value or b"") for emit in emits]
    if viewed is not None and told:
        times = [at for emit, _, at in entries if emit.value is not None]
        viewed(_arrivals(connection, zip(told, times, strict=True)))
    digests = (emit.headers.get(DIGEST) for emit in emits)
    rows = [
        (*_columns_of(it), digest, parse_instant(it.at))
        for it, digest in zip(told, digests, strict=True)
    ]
    connection.executemany(_PUT, rows)
    add(connection, "receipts", [it.status for it in told])
    if len(told) < len(entries):
        last = {emit.key: emit.value for emit, _, _ in entries}
        gone = [(key.decode(),) for key, value in last.items() if value is None]
        connection.executemany("DELETE FROM read_receipt WHERE receipt_id = ?", gone)


def find(connection: sqlite3.Connection, party: str, receipt_id: str) -> Found | None:
    """The receipt of this id, if the fact was this party's."""
    rows = connection.execute(_FIND + "AND receipt_id = ?", (party, receipt_id))
    return _found(rows.fetchone())


def find_by_event(
    connection: sqlite3.Connection, party: str, source: str, id_: str
) -> Found | None:
    """The latest receipt of an event. One id may have been used in more than one gemeente."""
    latest = "AND source = ? AND id = ? ORDER BY at DESC, receipt_id LIMIT 1"
    return _found(connection.execute(_FIND + latest, (party, source, id_)).fetchone())


def ids_beginning(connection: sqlite3.Connection, source: str, beginning: str) -> Mapping[str, str]:
    """Receipt ids by event id, of this source's events whose id begins so."""
    rows = connection.execute(
        "SELECT id, receipt_id FROM read_receipt WHERE source = ? AND id >= ? AND id < ?",
        (source, beginning, beginning + "\U0010ffff"),
    )
    return dict(rows.fetchall())


def known(connection: sqlite3.Connection, receipt_ids: Iterable[str]) -> dict[str, Known]:
    """Those of these receipts that there are."""
    rows = connection.execute(
        "SELECT receipt_id, digest, status FROM read_receipt"
        " WHERE receipt_id IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(list(receipt_ids)).decode(),),
    )
    return {receipt_id: Known(digest, status) for receipt_id, digest, status in rows.fetchall()}


def every(connection: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
    """All receipts as they are kept, digests included, in order of id."""
    yield from connection.execute("SELECT * FROM read_receipt ORDER BY receipt_id")


def restore(connection: sqlite3.Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Receipts as `every` gave them, over what streams have said of them."""
    values = ", ".join("?" * 10)
    connection.executemany(f"INSERT OR REPLACE INTO read_receipt VALUES ({values})", rows)


def trim(connection: sqlite3.Connection, before: Instant, limit: int) -> int:
    """Forget receipts of before this instant."""
    oldest = "SELECT receipt_id FROM read_receipt WHERE at < ? ORDER BY at LIMIT ?"
    return connection.execute(
        f"DELETE FROM read_receipt WHERE receipt_id IN ({oldest})", (before, limit)
    ).rowcount


def _arrivals(
    connection: sqlite3.Connection, told: Iterable[tuple[Receipt, Instant]]
) -> list[Arrival]:
    """When the facts of these arrived, and were looked at; of those that were not before."""
    looked_at = {it.receipt_id: at for it, at in told if it.status != ReceiptStatus.DUPLICATE}
    ids = msgspec.json.encode(list(looked_at)).decode()
    return [
        (arrived_at, looked_at[receipt_id])
        for receipt_id, arrived_at in connection.execute(_ARRIVED, (ids,)).fetchall()
    ]


def _arrived(emit: Emit, at: Instant, party_of: PartyOf) -> tuple[object, ...]:
    assert emit.value is not None
    fact = decode_fact(emit.value, party_of)
    receipt_id = emit.headers["receipt"].decode()
    digest = emit.headers.get(DIGEST)
    return receipt_id, fact.party, fact.source, fact.id, fact.type, digest, at


def _columns_of(it: Receipt) -> tuple[object, ...]:
    return it.receipt_id, it.party, it.source, it.id, it.type, it.status, it.problem, it.household


def _found(row: Sequence[object] | None) -> Found | None:
    if row is None:
        return None
    return msgspec.convert(dict(zip(Found.__struct_fields__, row, strict=True)), Found)
