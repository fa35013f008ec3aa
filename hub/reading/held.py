"""What is held back, counted for operators. Not for parties: what is held does not exist to them.

A row is one notice that waits; the row goes when nothing waits any more. Nothing is forgotten by
age, for a row is the present and not history.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from hub.domain.time import Instant, parse_instant
from hub.streams.held import HeldBack, party_and_alert
from hub.streams.seam import Emit, Position

Entries = Sequence[tuple[Emit, Position, Instant]]

TABLES: Final = (
    "CREATE TABLE read_held (party TEXT NOT NULL, alert_id TEXT NOT NULL, rule TEXT NOT NULL,"
    " reason TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (party, alert_id)) WITHOUT ROWID",
)

_decode: Final = msgspec.json.Decoder(HeldBack).decode


class Group(Struct, frozen=True):
    """Notices to one party that wait for the same reason, of one rule; `since` the oldest."""

    party: str
    rule: str
    reason: str
    count: int
    since: Instant


def put(connection: sqlite3.Connection, entries: Entries) -> None:
    """Notices were held back, or let go; of each the last word counts."""
    last = {party_and_alert(emit.key): emit.value for emit, _, _ in entries}
    connection.executemany(
        "DELETE FROM read_held WHERE party = ? AND alert_id = ?",
        [key for key, value in last.items() if value is None],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO read_held VALUES (?, ?, ?, ?, ?)",
        [(*key, *_columns(value)) for key, value in last.items() if value is not None],
    )


def groups(connection: sqlite3.Connection, parties: Sequence[str], limit: int) -> list[Group]:
    """What is held back from these parties, what waits longest first."""
    rows = connection.execute(
        "SELECT party, rule, reason, count(*), min(since) FROM read_held"
        f" WHERE party IN ({', '.join('?' * len(parties))})"
        " GROUP BY party, rule, reason ORDER BY min(since), party, rule, reason LIMIT ?",
        (*parties, limit),
    )
    return [Group(*row) for row in rows.fetchall()]


def alert_ids(connection: sqlite3.Connection, of: Group, limit: int) -> list[str]:
    """The alerts of a group, the longest waiting first."""
    rows = connection.execute(
        "SELECT alert_id FROM read_held WHERE party = ? AND rule = ? AND reason = ?"
        " ORDER BY since, alert_id LIMIT ?",
        (of.party, of.rule, of.reason, limit),
    )
    return [name for (name,) in rows.fetchall()]


def per_reason(connection: sqlite3.Connection) -> Mapping[str, int]:
    """How many notices wait, by reason; a reason without any is absent."""
    rows = connection.execute("SELECT reason, count(*) FROM read_held GROUP BY reason")
    return dict(rows.fetchall())


def _columns(value: bytes) -> tuple[str, str, Instant]:
    told = _decode(value)
    return told.rule, told.reason, parse_instant(told.since)
