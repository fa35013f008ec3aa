"""Dead letters of a hub, where they are kept: to look through, and to do something about.

What goes back and the note that it did are written together or not at all, so a run that is killed
at any moment can be begun again: nothing goes back twice. This is the desk of a data directory,
also while a hub runs on it; that of Kafka is `hub.cli.letter_desk_kafka`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from hub.cli.kept import database_in
from hub.clocks import clock_of
from hub.compose.embedded import SHARDS
from hub.gateway import all_settings
from hub.reading import letter_marks, settings
from hub.reading.letter_marks import Mark, key_of
from hub.settings import Settings
from hub.streams.letters import Letter
from hub.streams.loop import DEAD_LETTERS
from hub.streams.seam import Emit, Position, Record, StreamName
from hub.streams.sqlite.editing import transaction_in
from hub.streams.sqlite.faults import our_words
from hub.streams.sqlite.opening import connect_to_read
from hub.streams.sqlite.records import append, read_after
from hub.streams.sqlite.runtime import cursor_of

Answer = TypeVar("Answer")
# How far each stream must be read until all that was written there has been taken.
Written: TypeAlias = Mapping[object, Position]

AT_ONCE: Final = 500


class Deed(Struct, frozen=True):
    """What is done about one letter: what is appended, and how it is marked (None: open again).
    `seen`: how it was marked when that was decided; nothing is done if it is not so any more."""

    letter: Letter
    emits: Sequence[Emit]
    mark: Mark | None
    seen: Mark | None

    @property
    def key(self) -> str:
        return key_of(self.letter.position, self.letter.at)


class Desk(Protocol):
    """Raises `Unavailable` where the hub cannot be reached. `streams`: where things can go back
    to, for somebody reads them."""

    @property
    def streams(self) -> Collection[StreamName]: ...

    async def letters(self, after: Position) -> Sequence[Record]:
        """Some letters behind a position, in order; none when there are no more."""
        ...

    async def marks(self) -> Mapping[str, Mark]:
        """What was done about letters, by the key of the mark."""
        ...

    async def do(self, deeds: Sequence[Deed], outlived: Iterable[str] = ()) -> Written:
        """All of it, or nothing of it. `outlived`: marks to take away."""
        ...

    async def has_taken(self, written: Written) -> bool:
        """Whether the hub has dealt with everything that was written."""
        ...


async def every_letter(desk: Desk, after: Position = 0) -> AsyncIterator[Record]:
    """Every letter behind a position, in order."""
    while found := await desk.letters(after):
        for record in found:
            yield record
        after = found[-1].at


class DeskInData:
    """In a data directory."""

    streams: Final = frozenset(SHARDS)

    def __init__(self, settings: Settings) -> None:
        self._data = Path(settings.data)
        self._database = database_in(self._data)
        self._clock = clock_of(settings.clock)

    async def letters(self, after: Position) -> Sequence[Record]:
        return self._ask(lambda it: read_after(it, DEAD_LETTERS, after, AT_ONCE))

    async def marks(self) -> Mapping[str, Mark]:
        return self._ask(_marks_in)

    async def do(self, deeds: Sequence[Deed], outlived: Iterable[str] = ()) -> Written:
        emits: list[Emit] = []
        with transaction_in(self._data) as connection:
            all_settings.prepare(connection)
            there = _marks_in(connection)
            for key in outlived:
                settings.change(connection, key, None)
            for deed in deeds:
                if there.get(deed.key) != deed.seen:
                    continue
                emits += deed.emits
                value = None if deed.mark is None else letter_marks.encode(deed.mark)
                settings.change(connection, deed.key, value)
            stored = append(connection, emits, self._clock.now())
        # positions of a stream grow, so of each the last one counts
        return {it.stream: at.position for it, at in zip(emits, stored, strict=True)}

    async def has_taken(self, written: Written) -> bool:
        def look(connection: sqlite3.Connection) -> bool:
            return all(
                cursor_of(connection, SHARDS[stream], stream) >= position
                for stream, position in written.items()
                if isinstance(stream, str)
            )

        return self._ask(look)

    def _ask(self, question: Callable[[sqlite3.Connection], Answer]) -> Answer:
        with our_words(), closing(connect_to_read(self._database)) as connection:
            return question(connection)


@asynccontextmanager
async def desk_of(
    settings: Settings, *, on_kafka: bool, writes: bool = False
) -> AsyncIterator[Desk]:
    """The desk that the settings of this process point to; of one on Kafka is said before whether
    something will be written."""
    if not on_kafka:
        yield DeskInData(settings)
        return
    from hub.cli.letter_desk_kafka import desk_on_kafka

    async with desk_on_kafka(settings) as desk:
        if writes:
            await desk.start()
        yield desk


def _marks_in(connection: sqlite3.Connection) -> dict[str, Mark]:
    is_there = "SELECT 1 FROM sqlite_master WHERE name = 'setting'"
    if connection.execute(is_there).fetchone() is None:
        return {}
    found = settings.beginning_with(connection, letter_marks.KIND)
    return {it.key: letter_marks.decode(it.value) for it in found}
