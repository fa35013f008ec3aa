"""An export onto Kafka, whose topics hold nothing yet: what `bring_in` is for a data directory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from sqlite3 import connect
from typing import Final, TypeVar

from msgspec.structs import astuple

from hub.cli.screen import Advance
from hub.cli.state_from_kafka import asking, require_topics
from hub.clocks import SystemClock
from hub.domain.parties import Parties
from hub.domain.time import Instant, format_instant
from hub.errors import Misconfigured, ShardLost, Unavailable
from hub.gateway import api_keys
from hub.reading.settings import SETTINGS
from hub.settings import Settings
from hub.shipped import shipped
from hub.streams.clusters import ALERTS, ID_SIZE
from hub.streams.export_file import read
from hub.streams.held import HELD
from hub.streams.kafka.at_rest import require_no_workers, require_nothing_there
from hub.streams.kafka.brokers import brokers_of
from hub.streams.kafka.dressing import Dressing
from hub.streams.kafka.names import IN
from hub.streams.kafka.putting import Putting
from hub.streams.kafka.registry import registry_of
from hub.streams.receipts import RECEIPTS, Receipt, receipt_again
from hub.streams.revisions import OUT
from hub.streams.seam import Emit
from hub.streams.transfer import (
    Answered,
    ApiKeyEntry,
    Appended,
    Entry,
    Lasting,
    Row,
    SettingEntry,
    pieces_of,
)
from hub.wire.avro import Schemas

_AT_ONCE: Final = 4000  # entries in a transaction
_PIECES: Final = 8  # of a thousand changes
_T = TypeVar("_T")


async def put_onto(settings: Settings, file: Path, parties: Parties, advance: Advance) -> int:
    """Put in what a file holds that was found whole; how many records were left out, for they are
    of parties that are no more.

    Misconfigured: topics are missing or hold something, or it was cut off. Nothing of a hub whose
    import was cut off is ever worked with.
    """
    brokers = brokers_of(settings)
    require_topics(settings, parties)
    async with _dressing(settings) as dressing, asking(brokers) as ends:
        plans = brokers.names.plans(parties, settings.kafka_partitions)
        ways_in = brokers.names.topic(IN)
        topics = [plan.topic for plan in plans if not plan.topic.startswith(ways_in)]
        await require_no_workers(brokers)
        await require_nothing_there(brokers, ends, topics)
        putting = await Putting.begin(brokers, settings.kafka_partitions, dressing)
        try:
            await require_no_workers(brokers)  # one that came before the marks were there
            filling = _Filling(putting, parties, advance)
            await filling.fill(file)
            await putting.end()
        except (ShardLost, Unavailable) as away:
            told = (
                f"the import was cut off ({away}); it cannot go on there. Do it again with another"
                " SEINTJE_KAFKA_PREFIX"
            )
            raise Misconfigured("SEINTJE_KAFKA_BROKERS", told) from None
        finally:
            await putting.close()
    return filling.left_out


class _Filling:
    """Reads the file twice: state and what parties had for long, then what streams hold."""

    def __init__(self, putting: Putting, parties: Parties, advance: Advance) -> None:
        self.left_out = 0
        self._putting = putting
        self._told = {OUT + it for it in parties.by_id}
        self._gemeente_of: dict[str, str] = {}  # of an alert
        self._held: dict[bytes, tuple[Emit, Instant]] = {}
        self._advance = advance
        self._done = 0

    async def fill(self, file: Path) -> None:
        pieces = pieces_of(self._rows(read(file)), self._putting.partitions)
        for some in _in_parts(pieces, _PIECES):
            await self._putting.state(some)
        lasting = (it for it in read(file) if isinstance(it, Lasting))
        await self._put(
            (Emit(it.stream, it.key, it.value), it.appended_at) for it in self._counted(lasting)
        )
        others = (it for it in read(file) if not isinstance(it, Row | Lasting))
        await self._put(self._emits(self._counted(others)))
        await self._put(iter(self._held.values()))

    def _rows(self, entries: Iterable[Entry]) -> Iterator[Row]:
        for row in self._counted(it for it in entries if isinstance(it, Row)):
            if row.table == ALERTS and row.place is not None:
                self._gemeente_of[row.key[ID_SIZE:].decode()] = row.place
            yield row

    def _emits(self, entries: Iterable[Entry]) -> Iterator[tuple[Emit, Instant]]:
        keys: list[ApiKeyEntry] = []
        for entry in entries:
            match entry:
                case Answered():
                    yield _receipt(entry), entry.at
                case ApiKeyEntry():
                    keys.append(entry)
                case SettingEntry():
                    yield Emit(SETTINGS, entry.key.encode(), entry.value), 0
                case Appended(stream=stream) if stream == HELD:
                    self._hold(entry)
                case Appended(stream=stream) if stream != RECEIPTS:  # they come as they stand
                    emit = Emit(stream, entry.key, entry.value, entry.headers)
                    yield emit, entry.appended_at
        yield from ((emit, 0) for emit in _as_settings(keys))

    def _hold(self, entry: Appended) -> None:
        """Of each the last word counts, and nothing is said of what is not held."""
        self._held.pop(entry.key, None)
        if entry.value is not None:
            emit = Emit(entry.stream, entry.key, entry.value, entry.headers)
            self._held[entry.key] = emit, entry.appended_at

    async def _put(self, emits: Iterator[tuple[Emit, Instant]]) -> None:
        for some in _in_parts(emits, _AT_ONCE):
            known = [it for it in some if self._is_known(it[0])]
            self.left_out += len(some) - len(known)
            await self._putting.streams(known, self._gemeente_of)

    def _is_known(self, emit: Emit) -> bool:
        return not emit.stream.startswith(OUT) or emit.stream in self._told

    def _counted(self, entries: Iterable[_T]) -> Iterator[_T]:
        for entry in entries:
            self._done += 1
            if self._done % 1000 == 0:
                self._advance(self._done)
            yield entry


def _receipt(entry: Answered) -> Emit:
    told = Receipt(
        entry.receipt_id,
        entry.party,
        entry.source,
        entry.id,
        entry.fact_type,
        entry.status,
        entry.problem,
        entry.household,
        format_instant(entry.at),
    )
    return receipt_again(told, entry.digest)


def _as_settings(keys: Iterable[ApiKeyEntry]) -> list[Emit]:
    with connect(":memory:") as connection:
        api_keys.prepare(connection)
        api_keys.restore(connection, [astuple(it) for it in keys])
        found = api_keys.as_settings(connection)
    connection.close()
    return found


def _in_parts(entries: Iterator[_T], size: int) -> Iterator[list[_T]]:
    while some := list(islice(entries, size)):
        yield some


@asynccontextmanager
async def _dressing(settings: Settings) -> AsyncIterator[Dressing]:
    """How views are written on this Kafka."""
    clock = SystemClock()
    registry = registry_of(settings, clock) if settings.framing == "confluent" else None
    try:
        dressing = Dressing(Schemas.load(shipped("schemas/avro")), registry, clock)
        await dressing.start()
        yield dressing
    finally:
        if registry is not None:
            await registry.close()
