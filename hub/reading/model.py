"""The read model as a whole: making its tables, filling them, asking, forgetting.

`Projection` runs in the transaction that appends what it reads; `Reading` asks through a connection
of its own that cannot write. Questions are asked on the event loop of whoever asks, on purpose:
each is a look-up by index, and takes less than sending it to a thread would.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

from hub.domain.time import Instant
from hub.errors import Misconfigured
from hub.reading import (
    alerts,
    counts,
    dead_letters,
    disclosures,
    held,
    households,
    incidents,
    receipts,
)
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.held import HELD
from hub.streams.household_views import HOUSEHOLD_VIEWS
from hub.streams.loop import DEAD_LETTERS
from hub.streams.notices import OPS
from hub.streams.receipts import RECEIPTS
from hub.streams.retention import RETENTION, keeps_from
from hub.streams.revisions import DISCLOSURES, OUT
from hub.streams.seam import Emit, Position, StreamName
from hub.streams.sqlite.faults import our_words
from hub.wire.state import PartyOf

Answer = TypeVar("Answer")
Entries: TypeAlias = Sequence[tuple[Emit, Position, Instant]]
_Put: TypeAlias = Callable[[sqlite3.Connection, Entries], None]
_Trim: TypeAlias = Callable[[sqlite3.Connection, Instant, int], int]
Arrive: TypeAlias = Callable[[sqlite3.Connection, Entries, PartyOf], None]

VERSION: Final = 4
_NOUNS: Final = (counts, receipts, alerts, dead_letters, disclosures, incidents, held, households)
# Statements that make of the version before it this one.
_STEPS: Final = {
    2: held.TABLES,
    3: (*alerts.WITH_HOUSEHOLDS, *households.TABLES),
    4: disclosures.WITH_VIEWS,
}
_TRIMS: Final[Mapping[str, _Trim]] = {
    RECEIPTS: receipts.trim,
    OUT + "*": alerts.trim,
    DEAD_LETTERS: dead_letters.trim,
    DISCLOSURES: disclosures.trim,
}


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables where there are none; to be called inside a transaction.

    Misconfigured when a newer release made them.
    """
    connection.execute("CREATE TABLE IF NOT EXISTS read_version (version INTEGER NOT NULL)")
    found = connection.execute("SELECT version FROM read_version").fetchone()
    if found is None:
        for statement in (statement for noun in _NOUNS for statement in noun.TABLES):
            connection.execute(statement)
        connection.execute("INSERT INTO read_version VALUES (?)", (VERSION,))
        return
    if found[0] > VERSION:
        told = f"a newer release made its read model (version {found[0]}); run that release"
        raise Misconfigured("data directory", told)
    for version in range(found[0] + 1, VERSION + 1):
        for statement in _STEPS[version]:
            connection.execute(statement)
    connection.execute("UPDATE read_version SET version = ?", (VERSION,))


class Projection:
    """Fills the read model with what is appended, in the same transaction. `arrive` puts facts in;
    `also` are streams that are kept elsewhere in the same file; `viewed` hears when facts came of
    which one can read now what became."""

    def __init__(
        self,
        party_of: PartyOf,
        arrive: Arrive = receipts.put_arrived,
        also: Mapping[StreamName, _Put] = MappingProxyType({}),
        viewed: receipts.Viewed | None = None,
    ) -> None:
        self._put_receipts = partial(receipts.put, viewed=viewed)
        self._puts: dict[str, _Put] = {
            RECEIPTS: self._put_receipts,
            DISCLOSURES: disclosures.put,
            DEAD_LETTERS: dead_letters.put,
            OPS: incidents.put,
            HELD: held.put,
            HOUSEHOLD_VIEWS: households.put,
        }
        for stream in (FACTS, REGION_FACTS):
            self._puts[stream] = lambda it, entries: arrive(it, entries, party_of)
        self._puts |= also

    def __call__(self, connection: sqlite3.Connection, entries: Entries) -> None:
        by_put: defaultdict[_Put, list[tuple[Emit, Position, Instant]]] = defaultdict(list)
        for entry in entries:
            stream = entry[0].stream
            put = alerts.put if stream.startswith(OUT) else self._puts.get(stream)
            if put is not None:
                by_put[put].append(entry)
        told = by_put.pop(self._put_receipts, [])
        for put, found in by_put.items():
            put(connection, found)
        if told:  # after the arrival of the same facts
            self._put_receipts(connection, told)


def trim(connection: sqlite3.Connection, now: Instant, limit: int) -> int:
    """Forget what its stream forgets too, at most `limit` of each; how many rows that were."""
    return sum(
        forget(connection, keeps_from(RETENTION[stream], now), limit)
        for stream, forget in _TRIMS.items()
    )


class Reading:
    """Asks the read model. To be used from one thread at a time. `check` raises `Unavailable` as
    long as there is no answer yet."""

    def __init__(self, database: Path, check: Callable[[], None] = lambda: None) -> None:
        self._check = check
        with our_words():
            self._connection = sqlite3.connect(
                f"{database.absolute().as_uri()}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )

    def ask(self, question: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """The answer of now. `Unavailable`: try again."""
        self._check()
        with our_words():
            return question(self._connection)

    def close(self) -> None:
        self._connection.close()
