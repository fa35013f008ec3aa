"""What a connector keeps of its sources: how far each was read, what was said of each record, what
is on its way to the hub, and what could not be read, said or delivered.

A page goes in with its cursor in one transaction, so a crash between reading and publishing loses
nothing and says nothing twice. Of a record a digest of its key is kept; what waits and what could
not be read is kept whole, but for the digits of a BSN.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec
from msgspec import Struct, structs

from connectors.kept_file import KeptFile
from connectors.said import Change, Slot, Told, Voice, after_refusal, key_digest
from connectors.seam import Page, Record, Unmapped
from connectors.shelves import KeptInbox, KeptShelf
from hub.domain.time import Instant
from hub.wire.dead_letters import without_bsn

_TABLES: Final = (
    "CREATE TABLE cursor (source TEXT PRIMARY KEY, cursor TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE said (source TEXT, record BLOB, type TEXT, part TEXT, told BLOB NOT NULL,"
    " PRIMARY KEY (source, record, type, part)) WITHOUT ROWID",
    "CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT, record BLOB,"
    " type TEXT, part TEXT, place TEXT, before BLOB, told BLOB NOT NULL, event BLOB NOT NULL)",
    # `refused`: by the hub; the rest could not be read, or not be delivered.
    "CREATE TABLE dead (seq INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT, place TEXT, why TEXT,"
    " refused INTEGER, digest BLOB, raw BLOB, at INTEGER, UNIQUE (source, place, digest))",
    "CREATE TABLE shelf (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE inbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, body BLOB)",
)
_Place: TypeAlias = tuple[str, bytes, str, str]  # a slot of a record of a source
_SLOT: Final = "(source, record, type, part) = (?, ?, ?, ?)"
_told: Final = msgspec.msgpack.Decoder(Told).decode
_encoded: Final = msgspec.msgpack.encode


class Waiting(NamedTuple):
    """An event on its way to the hub: which record said it where, and what was said in its slot
    before and with it."""

    seq: int
    source: str
    record: bytes
    slot: Slot
    where: str
    before: Told | None
    told: Told
    event: Mapping[str, Any]


class DeadLetter(Struct, frozen=True):
    """What could not be read, said or delivered: where it is, why, and its bytes."""

    source: str
    where: str
    why: str
    raw: bytes
    at: Instant


class Kept:
    """The kept state of one connector, in its folder; close it when done."""

    def __init__(self, folder: Path) -> None:
        """Raises what `KeptFile` does."""
        self._file = KeptFile(folder, _TABLES)
        self.shelf = KeptShelf(self._file)
        self.inbox = KeptInbox(self._file)
        self.close = self._file.close

    def cursor(self, source: str) -> str | None:
        found: str | None = self._file.one("SELECT cursor FROM cursor WHERE source = ?", source)
        return found

    def begin_again(self) -> None:
        """Everything is read from its beginning again. What was said stays known, but for what the
        hub refused: that is said once more."""
        with self._file.transaction():
            self._file.execute("DELETE FROM cursor")
            for *slot, raw in self._file.execute("SELECT * FROM said").fetchall():
                if (told := _told(raw)).refused:
                    self._tell(tuple(slot), structs.replace(told, refused=b""))

    def take(self, voice: Voice, page: Page, now: Instant) -> int:
        """Keep a page: what it says that is new, what could not be read, and where to read on; all
        of it or nothing. How many events that makes."""
        found = 0
        with self._file.transaction():
            for entry in page.entries:
                if isinstance(entry, Record):
                    found += self._say(voice, entry, now)
                else:
                    self._bury(voice.name, entry, now)
            self._file.execute("REPLACE INTO cursor VALUES (?, ?)", voice.name, page.cursor)
        return found

    def waiting(self, limit: int) -> list[Waiting]:
        """What is on its way to the hub, in order."""
        rows = self._file.execute("SELECT * FROM outbox ORDER BY seq LIMIT ?", limit).fetchall()
        return [_waiting(row) for row in rows]

    def count_waiting(self) -> int:
        return int(self._file.one("SELECT count(*) FROM outbox"))

    def arrived(self, events: Iterable[Waiting]) -> None:
        """The hub has them."""
        with self._file.transaction():
            for it in events:
                self._file.execute("DELETE FROM outbox WHERE seq = ?", it.seq)

    def refused(self, it: Waiting, why: str, now: Instant) -> None:
        """The hub does not take it: a dead letter, and no longer what was said last."""
        slot = (it.source, it.record, *it.slot)
        with self._file.transaction():
            found = self._file.one(f"SELECT told FROM said WHERE {_SLOT}", *slot)
            if found is not None and _told(found) == it.told:
                self._tell(slot, after_refusal(it.before, it.told))
            letter = Unmapped(it.where, why, msgspec.json.encode(it.event))
            self._bury(it.source, letter, now, refused=True)
            self._file.execute("DELETE FROM outbox WHERE seq = ?", it.seq)

    def bury(self, source: str, letter: Unmapped, now: Instant) -> None:
        """Keep a dead letter; the same one once."""
        with self._file.transaction():
            self._bury(source, letter, now)

    def unbury(self, source: str, where: str) -> None:
        """What could not be read or delivered there is in order now."""
        with self._file.transaction():
            self._unbury(source, where)

    def dead_letters(self) -> list[DeadLetter]:
        rows = self._file.execute("SELECT source, place, why, raw, at FROM dead ORDER BY seq")
        return [DeadLetter(*row) for row in rows.fetchall()]

    def count_dead(self) -> int:
        return int(self._file.one("SELECT count(*) FROM dead"))

    def _say(self, voice: Voice, record: Record, now: Instant) -> int:
        execute, key = self._file.execute, key_digest(record.key)
        rows = execute(
            "SELECT type, part, told FROM said WHERE source = ? AND record = ?", voice.name, key
        ).fetchall()
        told = {(type_, part): _told(raw) for type_, part, raw in rows}
        found = voice.changes(record, told, now)
        self._unbury(voice.name, record.where, refused=bool(found))
        for change in found:
            slot = (voice.name, key, *change.slot)
            self._send(slot, record.where, change, told.get(change.slot))
            told[change.slot] = change.told
        return len(found)

    def _send(self, slot: _Place, where: str, change: Change, before: Told | None) -> None:
        self._file.execute(
            "INSERT INTO outbox (source, record, type, part, place, before, told, event)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *slot,
            where,
            before and _encoded(before),
            _encoded(change.told),
            msgspec.json.encode(change.event),
        )
        self._tell(slot, change.told)

    def _tell(self, slot: _Place, told: Told) -> None:
        self._file.execute("REPLACE INTO said VALUES (?, ?, ?, ?, ?)", *slot, _encoded(told))

    def _bury(self, source: str, it: Unmapped, now: Instant, *, refused: bool = False) -> None:
        digest = blake2b(it.raw, digest_size=16).digest()
        self._file.execute(
            "INSERT INTO dead (source, place, why, refused, digest, raw, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET why = excluded.why",
            *(source, it.where, it.why, refused, digest, without_bsn(it.raw), now),
        )

    def _unbury(self, source: str, where: str, *, refused: bool = False) -> None:
        self._file.execute(
            "DELETE FROM dead WHERE source = ? AND place = ? AND refused <= ?",
            source,
            where,
            refused,
        )


def _waiting(row: tuple[Any, ...]) -> Waiting:
    seq, source, record, type_, part, where, before, told, raw = row
    was = None if before is None else _told(before)
    event = msgspec.json.decode(raw)
    return Waiting(seq, source, record, (type_, part), where, was, _told(told), event)
