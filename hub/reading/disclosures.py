"""Disclosures per household: who was told which fields, why and when (agreement document, Sharing).

Found by the handle that the deployment itself has of a household, for an inzage request; and by the
view that a record is of, for who reads the view. No values.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from hub.domain.time import Instant
from hub.reading.alerts import GONE
from hub.reading.counts import add
from hub.streams.revisions import Disclosure, Way
from hub.streams.seam import Emit, Position

Entries = Sequence[tuple[Emit, Position, Instant]]

_OF_VIEW: Final = (
    "CREATE INDEX read_disclosure_of_view ON read_disclosure (party, alert_id, revision, position)"
    f" WHERE way = '{Way.NOTICE}'"
)
TABLES: Final = (
    "CREATE TABLE read_disclosure (position INTEGER PRIMARY KEY, household TEXT NOT NULL,"
    " at INTEGER NOT NULL, disclosure BLOB NOT NULL, party TEXT, alert_id TEXT, revision INTEGER,"
    " way TEXT)",
    "CREATE INDEX read_disclosure_of_household ON read_disclosure (household, position)",
    _OF_VIEW,
)
# What makes the tables of version 3 those of 4.
WITH_VIEWS: Final = (
    *(
        f"ALTER TABLE read_disclosure ADD COLUMN {column}"
        for column in ("party TEXT", "alert_id TEXT", "revision INTEGER", "way TEXT")
    ),
    "UPDATE read_disclosure SET"
    " party = json_extract(CAST(disclosure AS TEXT), '$.party'),"
    f" alert_id = json_extract(CAST(disclosure AS TEXT), '$.alertId'), way = '{Way.NOTICE}'",
    _OF_VIEW,
)

# Those of an earlier release do not say of which revision they are.
_FIND: Final = (
    "SELECT disclosure FROM read_disclosure WHERE party = ? AND alert_id = ?"
    f" AND way = '{Way.NOTICE}' AND (revision = ? OR revision IS NULL)"
    " ORDER BY revision DESC, position DESC LIMIT 1"
)
# Whoever reads a view must be able to say on which basis it was told: what shows still, stays.
_SHOWS: Final = (
    "SELECT 1 FROM read_alert alert WHERE alert.party = old.party AND alert.alert_id = old.alert_id"
    f" AND alert.revision = coalesce(old.revision, alert.revision) AND old.way = '{Way.NOTICE}'"
    f" AND alert.status NOT IN ({GONE})"
)

_decode: Final = msgspec.json.Decoder(Disclosure).decode


class Disclosed(Struct, frozen=True):
    """A disclosure and its place in the stream."""

    position: Position
    disclosure: Disclosure


def put(connection: sqlite3.Connection, entries: Entries) -> None:
    """Views were written, or shown."""
    connection.executemany(
        "INSERT INTO read_disclosure VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [_row(*entry) for entry in entries],
    )
    add(connection, "disclosures", [""] * len(entries))


def of_household(
    connection: sqlite3.Connection, household: str, *, after: Position = 0, limit: int = 1000
) -> list[Disclosed]:
    """What was disclosed of a household, oldest first."""
    rows = connection.execute(
        "SELECT position, disclosure FROM read_disclosure"
        " WHERE household = ? AND position > ? ORDER BY position LIMIT ?",
        (household, after, limit),
    )
    return [Disclosed(position, _decode(told)) for position, told in rows.fetchall()]


def of_view(
    connection: sqlite3.Connection, party: str, alert_id: str, revision: int
) -> Disclosure | None:
    """The record that was written with a view of a party."""
    row = connection.execute(_FIND, (party, alert_id, revision)).fetchone()
    return None if row is None else _decode(row[0])


def trim(connection: sqlite3.Connection, before: Instant, limit: int) -> int:
    """Forget those of before this instant, but not of views that show still."""
    oldest = (
        "SELECT position FROM read_disclosure old"
        f" WHERE at < ? AND NOT EXISTS ({_SHOWS}) ORDER BY position LIMIT ?"
    )
    return connection.execute(
        f"DELETE FROM read_disclosure WHERE position IN ({oldest})", (before, limit)
    ).rowcount


def _row(emit: Emit, position: Position, at: Instant) -> tuple[object, ...]:
    assert emit.value is not None
    told = _decode(emit.value)
    beside = told.party, told.alert_id, told.revision, told.way
    return (position, emit.key.decode(), at, emit.value, *beside)
