"""Alerts as a party may see them: the latest revision of each (agreement document, Alerts).

A row is one party's view, whole and as it was emitted; there is no row for who was not told, so
nothing is filtered when it is read. Its place is the position in the stream `out/<party>`: newest
first is by falling place, following is by rising place from a cursor.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from hub.domain.acts import LIVING, Status
from hub.domain.time import Instant
from hub.streams.revisions import OUT
from hub.streams.seam import Emit, Position, Record

Entries = Sequence[tuple[Emit, Position, Instant]]

_LIVING: Final = ", ".join(f"'{status}'" for status in sorted(LIVING))
GONE: Final = ", ".join(f"'{status}'" for status in (Status.ERASED, Status.WITHDRAWN))
_BY_HOUSEHOLD: Final = (
    "CREATE INDEX read_alert_by_household ON read_alert (party, household, position)"
    " WHERE household IS NOT NULL"
)
TABLES: Final = (
    "CREATE TABLE read_alert (party TEXT NOT NULL, alert_id TEXT NOT NULL,"
    " revision INTEGER NOT NULL, position INTEGER NOT NULL, listed INTEGER NOT NULL,"
    " status TEXT NOT NULL, severity TEXT NOT NULL, rule TEXT NOT NULL, held INTEGER NOT NULL,"
    " at INTEGER NOT NULL, view BLOB NOT NULL, household TEXT, UNIQUE (party, alert_id))",
    # What is filtered by stands in the index, so that only rows that are wanted are fetched.
    "CREATE INDEX read_alert_by_position"
    " ON read_alert (party, position, listed, status, severity, rule)",
    "CREATE INDEX read_alert_living ON read_alert (rule, severity, alert_id, held)"
    f" WHERE status IN ({_LIVING})",
    f"CREATE INDEX read_alert_gone ON read_alert (at) WHERE status IN ({GONE})",
    _BY_HOUSEHOLD,
)
# What makes the tables of version 2 those of 3.
WITH_HOUSEHOLDS: Final = (
    "ALTER TABLE read_alert ADD COLUMN household TEXT",
    "UPDATE read_alert SET household = json_extract(CAST(view AS TEXT), '$.household')",
    _BY_HOUSEHOLD,
)

_PUT: Final = (
    "INSERT INTO read_alert VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET revision = excluded.revision, position = excluded.position,"
    " listed = excluded.listed, status = excluded.status, severity = excluded.severity,"
    " rule = excluded.rule, held = excluded.held, at = excluded.at, view = excluded.view,"
    " household = excluded.household"
    " WHERE excluded.revision >= revision"
)


class _Told(Struct, rename="camel"):
    """What of a view, whole or reduced, the table is searched by."""

    alert_id: str
    revision: int
    status: str
    severity: str
    rule: str
    listed: bool = True
    held: list[msgspec.Raw] = []
    household: str | None = None


_decode: Final = msgspec.json.Decoder(_Told).decode


class Wanted(Struct, frozen=True, kw_only=True):
    """Which alerts of a party. `after` a position in its rising order, or newest first `before`
    one; empty sets ask for all."""

    party: str
    statuses: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()
    after: Position | None = None
    before: Position | None = None
    is_listed: bool | None = None
    limit: int = 50


class Placed(Struct, frozen=True):
    """A view as it was emitted, and where."""

    position: Position
    view: bytes


class Last(Struct, frozen=True):
    """The last revision that a party has of an alert, and where and when it was emitted."""

    party: str
    alert_id: str
    position: Position
    view: bytes
    at: Instant


def put(connection: sqlite3.Connection, entries: Entries) -> None:
    """Views were emitted to parties."""
    connection.executemany(_PUT, [_row(*entry) for entry in entries])


def page(connection: sqlite3.Connection, wanted: Wanted) -> list[Placed]:
    """Those that are wanted, in their order."""
    where, values = ["party = ?"], [wanted.party]
    for column, names in (
        ("status", wanted.statuses),
        ("rule", wanted.rules),
        ("severity", wanted.severities),
    ):
        if names:
            where.append(f"{column} IN ({', '.join('?' * len(names))})")
            values += sorted(names)
    bounds = {
        "position > ?": wanted.after,
        "position < ?": wanted.before,
        "listed = ?": wanted.is_listed,
    }
    numbers = {clause: bound for clause, bound in bounds.items() if bound is not None}
    where += numbers
    order = "DESC" if wanted.after is None else "ASC"
    rows = connection.execute(
        f"SELECT position, view FROM read_alert WHERE {' AND '.join(where)}"
        f" ORDER BY position {order} LIMIT ?",
        (*values, *numbers.values(), wanted.limit),
    )
    return [Placed(position, view) for position, view in rows.fetchall()]


def find(connection: sqlite3.Connection, party: str, alert_id: str) -> bytes | None:
    """The view that a party has of an alert; None if it was never told of it."""
    row = connection.execute(
        "SELECT view FROM read_alert WHERE party = ? AND alert_id = ?", (party, alert_id)
    ).fetchone()
    return None if row is None else row[0]


def of_household(connection: sqlite3.Connection, party: str, handle: str) -> list[bytes]:
    """The views that a party has of a household's alerts, the newest revision first; without those
    that are no more."""
    rows = connection.execute(
        "SELECT view FROM read_alert WHERE party = ? AND household = ?"
        f" AND status NOT IN ({GONE}) ORDER BY position DESC",
        (party, handle),
    )
    return [view for (view,) in rows.fetchall()]


def every(connection: sqlite3.Connection) -> Iterator[Last]:
    """The last revision of each alert, party by party."""
    rows = connection.execute(
        "SELECT party, alert_id, position, view, at FROM read_alert ORDER BY party, position"
    )
    return (Last(*row) for row in rows)


def last_position(connection: sqlite3.Connection, party: str) -> Position:
    """The place of the newest revision that a party has; 0 if it was never told anything."""
    row = connection.execute(
        "SELECT max(position) FROM read_alert WHERE party = ?", (party,)
    ).fetchone()
    return row[0] or 0


def highest_revision(connection: sqlite3.Connection) -> int:
    """The highest number of a revision of any alert; 0 if nobody was told anything."""
    (found,) = connection.execute("SELECT max(revision) FROM read_alert").fetchone()
    return found or 0


def told_after(
    connection: sqlite3.Connection, party: str, after: Position, limit: int
) -> list[Record]:
    """What a party was told after a position, in order; of each alert the last revision only."""
    rows = connection.execute(
        "SELECT position, alert_id, view, at FROM read_alert WHERE party = ? AND position > ?"
        " ORDER BY position LIMIT ?",
        (party, after, limit),
    )
    return [Record(row[0], row[1].encode(), row[2], {}, row[3]) for row in rows.fetchall()]


def count_after(connection: sqlite3.Connection, party: str, after: Position, most: int) -> int:
    """How many alerts of a party changed after a position; counted up to `most`."""
    (found,) = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM read_alert WHERE party = ? AND position > ? LIMIT ?)",
        (party, after, most),
    ).fetchone()
    return int(found)


def cursor_at(connection: sqlite3.Connection, party: str, since: Instant) -> Position:
    """The place before the first that a party was told at or after `since`."""
    row = connection.execute(
        "SELECT min(position) - 1 FROM read_alert WHERE party = ? AND at >= ?", (party, since)
    ).fetchone()
    return last_position(connection, party) if row[0] is None else int(row[0])


def per_status(connection: sqlite3.Connection, party: str) -> Mapping[str, int]:
    """How many alerts a party has on its list, by status."""
    rows = connection.execute(
        "SELECT status, count(*) FROM read_alert WHERE party = ? AND listed GROUP BY status",
        (party,),
    )
    return dict(rows.fetchall())


def held_for_others(connection: sqlite3.Connection, party: str) -> int:
    """How many living alerts of a party the legal gate holds for somebody else."""
    (found,) = connection.execute(
        f"SELECT count(*) FROM read_alert WHERE party = ? AND held AND status IN ({_LIVING})",
        (party,),
    ).fetchone()
    return int(found)


def living(connection: sqlite3.Connection) -> Mapping[tuple[str, str], int]:
    """How many alerts live, by rule and severity, each once however many were told."""
    rows = connection.execute(
        "SELECT rule, severity, count(DISTINCT alert_id) FROM read_alert"
        f" WHERE status IN ({_LIVING}) GROUP BY rule, severity"
    )
    return {(rule, severity): n for rule, severity, n in rows.fetchall()}


def trim(connection: sqlite3.Connection, before: Instant, limit: int) -> int:
    """Forget alerts that were withdrawn or erased before this instant."""
    oldest = f"SELECT rowid FROM read_alert WHERE at < ? AND status IN ({GONE}) LIMIT ?"
    return connection.execute(
        f"DELETE FROM read_alert WHERE rowid IN ({oldest})", (before, limit)
    ).rowcount


def _row(emit: Emit, position: Position, at: Instant) -> tuple[object, ...]:
    assert emit.value is not None
    told = _decode(emit.value)
    party = emit.stream.removeprefix(OUT)
    return (
        party,
        told.alert_id,
        told.revision,
        position,
        told.listed,
        told.status,
        told.severity,
        told.rule,
        len(told.held),
        at,
        emit.value,
        told.household,
    )
