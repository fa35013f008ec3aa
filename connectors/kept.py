"""What a connector keeps of its sources: how far each was read, what was said of each record, what
the hub has not told the end of, and what could not be read, said or delivered.

A page goes in with its cursor in one transaction, so a crash between reading and publishing loses
nothing and says nothing twice. Of a record a digest of its key is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from connectors.graveyard import DEAD, Graveyard
from connectors.kept_file import KeptFile
from connectors.outbox import OUTBOX, Outbox
from connectors.said import Slot, Told, Voice, key_digest
from connectors.seam import Page, Record, Unmapped
from connectors.shelves import INBOX, SHELF, KeptInbox, KeptShelf
from connectors.withheld import why_withheld
from hub.domain.time import Instant

_TABLES: Final = (
    "CREATE TABLE cursor (source TEXT PRIMARY KEY, cursor TEXT NOT NULL) WITHOUT ROWID",
    *OUTBOX,
    DEAD,
    SHELF,
    *INBOX,
)


class Kept:
    """The kept state of one connector, in its folder; close it when done."""

    def __init__(self, folder: Path, *, alone: bool = True, is_copy: bool = False) -> None:
        """Raises what `KeptFile` does."""
        self._file = KeptFile(folder, _TABLES, alone=alone, is_copy=is_copy)
        self._graveyard = Graveyard(self._file)
        self.outbox = Outbox(self._file, self._graveyard)
        self.shelf = KeptShelf(self._file)
        self.inbox = KeptInbox(self._file)
        self.close = self._file.close
        self.dead_letters = self._graveyard.letters
        self.count_dead = self._graveyard.count

    def cursor(self, source: str) -> str | None:
        found: str | None = self._file.one("SELECT cursor FROM cursor WHERE source = ?", source)
        return found

    def begin_again(self) -> None:
        """Everything is read from its beginning again. What was said stays known, but for what the
        hub refused: that is said once more."""
        with self._file.transaction():
            self._file.execute("DELETE FROM cursor")
            self.outbox.forget_refusals()

    def take(self, voice: Voice, page: Page, now: Instant) -> int:
        """Keep a page: what it says that is new, what could not be read, and where to read on; all
        of it or nothing. How many events that makes."""
        found = 0
        with self._file.transaction():
            for entry in page.entries:
                if isinstance(entry, Record):
                    found += self._say(voice, entry, now)
                else:
                    self._graveyard.bury(voice.name, entry, now)
            self._file.execute("REPLACE INTO cursor VALUES (?, ?)", voice.name, page.cursor)
        return found

    def bury(self, source: str, letter: Unmapped, now: Instant) -> None:
        """Keep a dead letter; the same one once."""
        with self._file.transaction():
            self._graveyard.bury(source, letter, now)

    def unbury(self, source: str, where: str) -> None:
        """What could not be read or delivered there is in order now."""
        with self._file.transaction():
            self._graveyard.unbury(source, where)

    def dismiss(self, where: str) -> int:
        """Somebody has dealt with what lies there; how many dead letters that were."""
        with self._file.transaction():
            return self._graveyard.dismiss(where)

    def told(self, voice: Voice, record: Record) -> Mapping[Slot, Told]:
        """What was said last of a record."""
        return self.outbox.told(voice.name, key_digest(record.key))

    def _say(self, voice: Voice, record: Record, now: Instant) -> int:
        key, told = key_digest(record.key), dict(self.told(voice, record))
        found = voice.changes(record, told, now)
        self._graveyard.unbury(voice.name, record.where, refused=bool(found))
        sent = 0
        for change in found:
            place, before = (voice.name, key, *change.slot), told.get(change.slot)
            why = why_withheld(change.event)
            if why is None:
                self.outbox.send(place, record.where, change, before)
                told[change.slot] = change.told
                sent += 1
            else:
                told[change.slot] = self.outbox.withhold(place, change.told, before)
                letter = Unmapped(record.where, why, msgspec.json.encode(change.event))
                self._graveyard.bury(voice.name, letter, now, refused=True)
        return sent
