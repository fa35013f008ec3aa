"""Events of a connector until the hub has said where they went.

First on their way to the hub; then, when the hub has them, until their receipts say that they found
their household or that they never will. What the hub refuses, at once or later, is a dead letter,
and no longer what was said last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from connectors.graveyard import Graveyard
from connectors.kept_file import KeptFile
from connectors.said import Change, Slot, Told, after_conflict, after_refusal
from connectors.seam import Unmapped
from hub.domain.time import DAY_MS, Instant

OUTBOX: Final = (
    "CREATE TABLE said (source TEXT, record BLOB, type TEXT, part TEXT, told BLOB NOT NULL,"
    " PRIMARY KEY (source, record, type, part)) WITHOUT ROWID",
    # `receipt`: the hub has it, `since` when; `due`: when to look what became of it.
    "CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT, record BLOB,"
    " type TEXT, part TEXT, place TEXT, before BLOB, told BLOB NOT NULL, event BLOB NOT NULL,"
    " receipt TEXT, due INTEGER, since INTEGER)",
    "CREATE INDEX outbox_by_due ON outbox (due)",
    # The few that wait for the hub stand among the many that wait for a receipt.
    "CREATE INDEX outbox_waiting ON outbox (seq) WHERE receipt ISNULL",
)
_COLUMNS: Final = "seq, source, record, type, part, place, before, told, event, receipt, since"
_MOST_TOLD: Final = 1000
_SLOT: Final = "(source, record, type, part) = (?, ?, ?, ?)"
_told: Final = msgspec.msgpack.Decoder(Told).decode
_encoded: Final = msgspec.msgpack.encode

_FURTHEST_MS: Final = 2 * DAY_MS

Place: TypeAlias = tuple[str, bytes, str, str]
"""A slot of a record of a source."""


class Waiting(NamedTuple):
    """An event: which record said it where, what was said in its slot before and with it, and, if
    the hub has it, its receipt and since when it waits."""

    seq: int
    source: str
    record: bytes
    slot: Slot
    where: str
    before: Told | None
    told: Told
    event: Mapping[str, Any]
    receipt: str | None
    since: Instant | None


class Outbox:
    """Events in the kept file."""

    def __init__(self, file: KeptFile, graveyard: Graveyard) -> None:
        self._file, self._graveyard = file, graveyard

    def told(self, source: str, record: bytes) -> dict[Slot, Told]:
        """What was said last of a record."""
        rows = self._file.rows(
            "SELECT type, part, told FROM said WHERE source = ? AND record = ?", source, record
        )
        return {(type_, part): _told(raw) for type_, part, raw in rows}

    def send(self, place: Place, where: str, change: Change, before: Told | None) -> None:
        """To be published; whoever calls has a transaction."""
        self._file.execute(
            "INSERT INTO outbox (source, record, type, part, place, before, told, event)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *place,
            where,
            before and _encoded(before),
            _encoded(change.told),
            msgspec.json.encode(change.event),
        )
        self._tell(place, change.told)

    def withhold(self, place: Place, told: Told, before: Told | None) -> Told:
        """It is not published, as if the hub had refused it; what stands there now. Whoever calls
        has a transaction."""
        stands = after_refusal(before, told)
        self._tell(place, stands)
        return stands

    def waiting(self, limit: int) -> list[Waiting]:
        """What is on its way to the hub, in order."""
        return self._found("receipt ISNULL ORDER BY seq LIMIT ?", limit)

    def count_waiting(self) -> int:
        return int(self._file.one("SELECT count(*) FROM outbox WHERE receipt ISNULL"))

    def arrived(self, events: Iterable[tuple[Waiting, str]], now: Instant, due: Instant) -> None:
        """The hub has them, under these receipts; when to look what became of them."""
        with self._file.transaction():
            for it, receipt in events:
                self._file.execute(
                    "UPDATE outbox SET receipt = ?, since = ?, due = ? WHERE seq = ?",
                    *(receipt, now, due, it.seq),
                )

    def due(self, now: Instant, limit: int) -> list[Waiting]:
        """Of what the hub has that of which it is time to look what became of it. What is further
        away than it is ever put was put there by a clock that was wrong."""
        condition = "due NOT BETWEEN ? AND ? ORDER BY due LIMIT ?"
        return self._found(condition, now + 1, now + _FURTHEST_MS, limit)

    def unbound(self, before: Instant) -> list[Waiting]:
        """What the hub has since then or longer and had no household for when it was asked; the
        oldest first."""
        asked = "due >= since + 60000"  # it is looked for again a minute later at the earliest
        return self._found(f"since <= ? AND {asked} ORDER BY since LIMIT ?", before, _MOST_TOLD)

    def looked(self, settled: Iterable[Waiting], again: Iterable[tuple[Waiting, Instant]]) -> None:
        """These went where they belong; of those it is not known yet, and when to look again."""
        with self._file.transaction():
            for it in settled:
                self._file.execute("DELETE FROM outbox WHERE seq = ?", it.seq)
            for it, due in again:
                self._file.execute("UPDATE outbox SET due = ? WHERE seq = ?", due, it.seq)

    def refused(self, it: Waiting, why: str, now: Instant, *, is_conflict: bool = False) -> None:
        """The hub does not take it, or found no place for it; `is_conflict`: because it has another
        content under this id."""
        keeps_its_id = is_conflict and not (it.told.is_own or it.told.is_gone)
        after = after_conflict(it.told) if keeps_its_id else after_refusal(it.before, it.told)
        place = (it.source, it.record, *it.slot)
        letter = Unmapped(it.where, why, msgspec.json.encode(it.event))
        with self._file.transaction():
            found = self._file.one(f"SELECT told FROM said WHERE {_SLOT}", *place)
            if found is not None and _told(found) == it.told:
                self._tell(place, after)
            self._graveyard.bury(it.source, letter, now, refused=True)
            self._file.execute("DELETE FROM outbox WHERE seq = ?", it.seq)

    def forget_refusals(self) -> None:
        """What was refused may be said again; whoever calls has a transaction."""
        for *place, raw in self._file.rows("SELECT * FROM said"):
            if (told := _told(raw)).refused:
                self._tell(tuple(place), msgspec.structs.replace(told, refused=b""))

    def _tell(self, place: Place, told: Told) -> None:
        self._file.execute("REPLACE INTO said VALUES (?, ?, ?, ?, ?)", *place, _encoded(told))

    def _found(self, condition: str, *values: object) -> list[Waiting]:
        rows = self._file.rows(f"SELECT {_COLUMNS} FROM outbox WHERE {condition}", *values)
        return [_waiting(row) for row in rows]


def _waiting(row: tuple[Any, ...]) -> Waiting:
    seq, source, record, type_, part, where, before, told, raw, receipt, since = row
    was = None if before is None else _told(before)
    event, slot = msgspec.json.decode(raw), (type_, part)
    return Waiting(seq, source, record, slot, where, was, _told(told), event, receipt, since)
