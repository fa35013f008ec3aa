"""Streams that were read partition by partition, put in one order, and what follows from them.

On Kafka a stream may have many partitions, and places in it are taken by more than records. In an
export it is one row of records without gaps, in order of time. The last of them gets the position
at which the stream ended, so that a cursor from Kafka lies before what comes after it, never
behind. Lies in a folder of its own beside the export, as readable as that, and goes with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from hub.cli.state_read import read_entries, views_of_households
from hub.delivery import moving
from hub.domain.parties import Parties
from hub.domain.time import BEGINNING, Instant
from hub.gateway import all_settings
from hub.keys import Keys
from hub.reading import model
from hub.reading.model import Entries, Projection
from hub.reading.settings import SETTINGS
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.receipts import RECEIPTS
from hub.streams.seam import Emit, Position, Record, StreamName
from hub.streams.transfer import LASTING, Appended, Entry, Lasting, SettingEntry, Stretch
from hub.wire.state import PartyOf, Unreadable

_AT_ONCE: Final = 2000
_INTO: Final = (FACTS, REGION_FACTS)
_TABLE: Final = (
    "CREATE TABLE spooled (stream TEXT NOT NULL, at INTEGER NOT NULL, partition INTEGER NOT NULL,"
    " offset INTEGER NOT NULL, is_told INTEGER NOT NULL, key BLOB NOT NULL, value BLOB,"
    " headers BLOB NOT NULL, PRIMARY KEY (stream, at, partition, offset)) WITHOUT ROWID"
)
_OF_STREAM: Final = (
    "SELECT stream, at, key, value, headers FROM spooled WHERE stream = ? AND is_told"
    " ORDER BY at, partition, offset"
)
_OF_RECEIPTS: Final = (
    "SELECT stream, at, key, value, headers FROM spooled WHERE stream IN (?, ?, ?)"
    f" ORDER BY at, stream = '{RECEIPTS}', stream, partition, offset"
)
_headers: Final = msgspec.msgpack.Decoder(dict[str, bytes]).decode


class Spool:
    """Takes records in, in order for each partition; gives entries, once."""

    def __init__(self, beside: Path, parties: Parties) -> None:
        self._folder = TemporaryDirectory(prefix=f".{beside.name}-", dir=beside.parent)
        self._connection = sqlite3.connect(
            Path(self._folder.name) / "spool.db", isolation_level=None
        )
        for pragma in ("journal_mode = OFF", "synchronous = OFF"):
            self._connection.execute(f"PRAGMA {pragma}")
        model.prepare(self._connection)
        all_settings.prepare(self._connection)
        self._connection.execute(_TABLE)
        party_of = PartyOf(parties.find_by_source)
        self._project = Projection(party_of, also={SETTINGS: all_settings.put})
        self._last_at: dict[tuple[StreamName, int], Instant] = {}
        self.count = 0

    def put(
        self, stream: StreamName, partition: int, records: Sequence[Record], unread: Position = 0
    ) -> None:
        """Records that are in the export if they stand after `unread`; others, what follows from
        them is."""
        last, rows = self._last_at.get((stream, partition), BEGINNING), []
        for it in records:
            last = max(last, it.appended_at)  # a clock of a broker may be set back
            headers = msgspec.msgpack.encode(dict(it.headers))
            rows.append((stream, last, partition, it.at, it.at > unread, it.key, it.value, headers))
        self._last_at[stream, partition] = last
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT INTO spooled VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._connection.execute("COMMIT")
        self.count += len(rows)

    def entries(self, ends: Mapping[StreamName, Position]) -> Iterator[Entry]:
        """The streams that ended there, those that shards read last, and what follows from all."""
        self._follow_receipts()
        begins: dict[StreamName, Position] = {}
        for stream in sorted(ends, key=lambda it: (it in _INTO, it)):
            yield from self._stream(stream, ends[stream], begins)
        yield from read_entries(self._connection, begins)

    def households(self, keys: Keys, onto: Keys | None) -> Iterator[Lasting]:
        """What parties may see of households, after `entries` has been read to its end."""
        return views_of_households(self._connection, keys, onto)

    def settings(self, keys: Keys, onto: Keys | None) -> Iterator[SettingEntry]:
        """The subscriptions, after `entries` has been read to its end."""
        return moving.entries(self._connection, keys, onto)

    def close(self) -> None:
        self._connection.close()
        self._folder.cleanup()

    def _follow_receipts(self) -> None:
        """That facts came, and what became of them, as it went."""
        rows = self._connection.execute(_OF_RECEIPTS, (*_INTO, RECEIPTS))
        while chunk := list(islice(rows, _AT_ONCE)):
            for _, some in groupby(chunk, key=lambda row: row[0] == RECEIPTS):
                self._project_readable([_entry(row, 0) for row in some])

    def _stream(
        self, stream: StreamName, end: Position, begins: dict[StreamName, Position]
    ) -> Iterator[Entry]:
        told = "SELECT count(*), max(at) FROM spooled WHERE stream = ? AND is_told"
        count, last_at = self._connection.execute(told, (stream,)).fetchone()
        position = begins[stream] = max(end, count) - count
        if stream != SETTINGS:
            yield Stretch(stream, position, position + count, last_at or BEGINNING)
        rows = self._connection.execute(_OF_STREAM, (stream,))
        while chunk := list(islice(rows, _AT_ONCE)):
            entries = [_entry(row, position + number) for number, row in enumerate(chunk, 1)]
            position += len(chunk)
            if stream not in (*_INTO, RECEIPTS):
                self._project(self._connection, entries)
            if stream != SETTINGS and stream not in LASTING:
                yield from (
                    Appended(stream, at, emit.key, emit.value, dict(emit.headers), when)
                    for emit, at, when in entries
                )

    def _project_readable(self, entries: Entries) -> None:
        try:
            self._project(self._connection, entries)
        except Unreadable:  # correlation made dead letters of them, or will
            for entry in entries:
                with suppress(Unreadable):
                    self._project(self._connection, [entry])


def _entry(row: Sequence[Any], position: Position) -> tuple[Emit, Position, Instant]:
    stream, at, key, value, headers = row
    return Emit(stream, key, value, _headers(headers)), position, at
