"""What operators must know: a source that is silent, notices held in a storm."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from hub.domain.time import Instant, parse_instant
from hub.reading.counts import add
from hub.streams.seam import Emit, Position

Entries = Sequence[tuple[Emit, Position, Instant]]

TABLES: Final = (
    "CREATE TABLE read_incident (position INTEGER PRIMARY KEY, kind TEXT NOT NULL,"
    " party TEXT NOT NULL, at INTEGER NOT NULL)",
)


class _Told(Struct):
    kind: str
    party: str
    at: str


_decode: Final = msgspec.json.Decoder(_Told).decode


class Incident(Struct, frozen=True):
    """Something that happened to the exchange with a party."""

    position: Position
    kind: str
    party: str
    at: Instant


def put(connection: sqlite3.Connection, entries: Entries) -> None:
    """Operators were told."""
    incidents = [_incident(emit, position) for emit, position, _ in entries]
    connection.executemany(
        "INSERT INTO read_incident VALUES (?, ?, ?, ?)",
        [(it.position, it.kind, it.party, it.at) for it in incidents],
    )
    add(connection, "incidents", [incident.kind for incident in incidents])


def newest(connection: sqlite3.Connection, limit: int = 50) -> list[Incident]:
    """The newest first."""
    rows = connection.execute(
        "SELECT * FROM read_incident ORDER BY position DESC LIMIT ?", (limit,)
    )
    return [Incident(*row) for row in rows.fetchall()]


def _incident(emit: Emit, position: Position) -> Incident:
    told = _decode(emit.value or b"")
    return Incident(position, told.kind, told.party, parse_instant(told.at))
