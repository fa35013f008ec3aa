"""A hub on Kafka into an export: what `Exporting` is for a data directory.

First all of it is read, while nobody writes; then the file is written.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from hub import __version__
from hub.cli.screen import Advance
from hub.cli.state_spool import Spool
from hub.clocks import SystemClock
from hub.compose.gateway import streams_of
from hub.domain.parties import Parties
from hub.errors import Misconfigured, Tampered
from hub.keys import Keys
from hub.reading.undressing import Undressing
from hub.settings import Settings
from hub.shipped import shipped
from hub.streams.correlate import AGREEMENTS, META, NOW
from hub.streams.entries import FACTS
from hub.streams.export_file import FORMAT, Header, Trailer, write
from hub.streams.kafka.admin import require
from hub.streams.kafka.administrator import Administrator
from hub.streams.kafka.at_rest import PROCESSORS, require_all_taken_in, require_no_workers
from hub.streams.kafka.brokers import Brokers, brokers_of
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.gathering import Page, pages_of, require_still, states_of, still
from hub.streams.kafka.grants import Grant, Resource
from hub.streams.kafka.registry import registry_of
from hub.streams.kafka.state import KafkaState
from hub.streams.revisions import OUT
from hub.streams.seam import Emit, Position, Record, StreamName
from hub.streams.transfer import Entry, rows_of
from hub.wire.avro import Schemas

_DRESS: Final = ("ce_", "content-type")  # what headers of a view begin with that were not emitted


class Gathered(Struct, frozen=True):
    """All of a hub: the state of each partition by the stream that it reads, the streams, and
    where these ended."""

    states: Mapping[StreamName, Sequence[KafkaState]]
    spool: Spool
    ends: dict[StreamName, Position]

    @property
    def count(self) -> int:
        """About how many entries there are."""
        states = sum(state.entries() for of in self.states.values() for state in of)
        return states + self.spool.count


def require_topics(settings: Settings, parties: Parties) -> None:
    """Misconfigured where a topic is missing or has another number of partitions."""
    brokers = brokers_of(settings)
    plans = brokers.names.plans(parties, settings.kafka_partitions)
    every = Grant("", Resource.TOPIC, brokers.names.prefix, (), is_prefix=True)
    require(Administrator(brokers.connection), plans, [every])


@asynccontextmanager
async def asking(brokers: Brokers) -> AsyncIterator[Ends]:
    """A way to ask where partitions end, started."""
    async with aclosing(Ends(brokers)) as ends:
        await ends.start()
        yield ends


async def gather(settings: Settings, parties: Parties, spool: Spool, advance: Advance) -> Gathered:
    """Read a hub that is at rest.

    Misconfigured: it is not, or what else is to be put right. Unavailable: Kafka is away.
    """
    brokers, followed = brokers_of(settings), streams_of(parties)
    await asyncio.to_thread(require_topics, settings, parties)
    async with asking(brokers) as ends:
        await require_no_workers(brokers)
        await require_all_taken_in(brokers, ends, parties)
        states = await states_of(brokers, ends, settings.kafka_partitions)
        logs = [brokers.names.changelog(it) for it in PROCESSORS.values()]
        begun = await ends.of_topics(logs)
        there = await still(brokers, ends, [*followed.single, *followed.spread])
        await _fill(settings, pages_of(brokers, there), spool, partial(_taken, states), advance)
        await require_still(ends, begun | there.end)
    found: defaultdict[StreamName, Position] = defaultdict(int)
    for place, end in there.end.items():
        found[there.streams[place]] += end
    return Gathered(states, spool, dict(found))


def export(
    gathered: Gathered, file: Path, keyed: tuple[Keys, Keys | None], advance: Advance
) -> Trailer:
    """Write everything to a file, with the keys of the hub and those to seal by, if others.
    Misconfigured: there is a file already, or another key sealed the state."""
    keys, onto = keyed
    header = header_of(gathered, onto or keys)
    return write(file, header, entries_of(gathered, keys, onto), advance)


def header_of(gathered: Gathered, keys: Keys) -> Header:
    """What an export of it begins with, sealed by these keys."""
    states = gathered.states[FACTS]
    agreements, now = _agreements(states), SystemClock().now()
    return Header(FORMAT, __version__, keys.fingerprint, agreements, len(states), now)


def entries_of(gathered: Gathered, keys: Keys, onto: Keys | None) -> Iterator[Entry]:
    """Everything, sealed by `onto` if given. Misconfigured: another key sealed the state."""
    try:
        for stream, states in gathered.states.items():
            yield from rows_of(stream, states, keys, onto)
    except Tampered:
        told = f"another key sealed the state, not {keys.fingerprint}; put that one in its place"
        raise Misconfigured("SEINTJE_KEY_FILE", told) from None
    yield from gathered.spool.entries(gathered.ends)
    yield from gathered.spool.households(keys, onto)
    yield from gathered.spool.settings(keys, onto)


def _agreements(states: Sequence[KafkaState]) -> tuple[str, ...]:
    """The digests of the agreements that the state was made by, if it is the same everywhere."""
    stored = {state.get(META, AGREEMENTS) for state in states if state.get(META, NOW)}
    (one,) = stored if len(stored) == 1 else (None,)
    return () if one is None else tuple(one.decode().split("\n"))


def _taken(states: Mapping[StreamName, Sequence[KafkaState]], page: Page) -> Position:
    """Up to where the partition was taken into the state; nothing of other streams is."""
    if page.stream not in states:
        return 0
    return states[page.stream][page.partition].cursor or 0


async def _fill(
    settings: Settings,
    pages: AsyncIterator[Page],
    spool: Spool,
    taken: Callable[[Page], Position],
    advance: Advance,
) -> None:
    registry = registry_of(settings, SystemClock())
    undressing = Undressing(Schemas.load(shipped("schemas/avro")), registry)
    try:
        async for page in pages:
            emits = [Emit(page.stream, it.key, it.value, it.headers) for it in page.records]
            await undressing.learn(emits)
            records = [_undressed(undressing, page.stream, it) for it in page.records]
            spool.put(page.stream, page.partition, records, taken(page))
            advance(spool.count)
    finally:
        if registry is not None:
            await registry.close()


def _undressed(undressing: Undressing, stream: StreamName, record: Record) -> Record:
    """The record as it was emitted. Misconfigured for a view that cannot be read."""
    if not stream.startswith(OUT):
        return record
    try:
        emit = undressing(Emit(stream, record.key, record.value, record.headers))
    except ValueError as why:
        told = f"what stands at {record.at} cannot be read ({why}); run the release that wrote it"
        raise Misconfigured(f"stream {stream}", told) from None
    headers = {name: it for name, it in emit.headers.items() if not name.startswith(_DRESS)}
    return replace(record, value=emit.value, headers=headers)
