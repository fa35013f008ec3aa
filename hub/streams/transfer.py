"""State on the move: out of the shards of one hub, into those of another (architecture, On Kafka).

Between them stand entries: rows of state, each with the gemeente or region that says in which
partition it belongs, and what the streams still hold. The number of shards may differ on both
sides. Pure: which runtime the shards are of, and where entries lie in between, is for others.

What belongs where follows from the cluster: its facts, alerts and deadline carry its id, a node
leads to it, a feed names its gemeente. The mark of something forgotten is a hash that tells
nothing, so each partition gets all of them; a gemeente went into the hash, so that no partition
ever looks for the mark of another. Each gets the whole book of texts too: numbers stay what they
are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Final, TypeAlias

from msgspec import Struct

from hub.domain.time import Instant
from hub.errors import Bug
from hub.keys import Keys
from hub.streams.clusters import ALERTS, CLUSTERS, DUE, FACTS, ID_SIZE, NODES, TEXTS
from hub.streams.correlate import AGREEMENTS, META, NOW, VIEWS
from hub.streams.feeds import FEEDS
from hub.streams.floor import FLOOR
from hub.streams.frozen import FROZEN
from hub.streams.household_views import HOUSEHOLD_VIEWS
from hub.streams.nodes import COPIED, MARK_SIZE, MARKS, cluster_in, mark_in
from hub.streams.partitions import partition_of
from hub.streams.resealing import Goal, Resealing
from hub.streams.seam import Effects, Position, State, StreamName, Table
from hub.wire.state import Book

# A step that keeps another table must say here, in `rows_of`, where its rows belong.
TABLES: Final = frozenset(
    {ALERTS, CLUSTERS, DUE, FACTS, FEEDS, FLOOR, FROZEN, MARKS, META, NODES, TEXTS}
)
# Of their records only the last word under each key moves.
LASTING: Final = frozenset({HOUSEHOLD_VIEWS})
PIECE: Final = 1000  # changes in one commit of an import


class Row(Struct, frozen=True, array_like=True, tag="row"):
    """A row of state. `stream` is the one that its shard reads; `place` None: in each partition."""

    stream: StreamName
    place: str | None
    table: Table
    key: bytes
    value: bytes


class Stretch(Struct, frozen=True, array_like=True, tag="stretch"):
    """A stream, of which the records after `after` up to `last` follow."""

    stream: StreamName
    after: Position
    last: Position
    appended_at: Instant


class Appended(Struct, frozen=True, array_like=True, tag="record"):
    """A record of a stream, where and when it was appended."""

    stream: StreamName
    at: Position
    key: bytes
    value: bytes | None
    headers: dict[str, bytes]
    appended_at: Instant


class Lasting(Struct, frozen=True, array_like=True, tag="lasting"):
    """The last word under a key, like what a party has of an alert, which stands although its
    stream does not hold it any more."""

    stream: StreamName
    at: Position
    key: bytes
    value: bytes
    appended_at: Instant


class Answered(Struct, frozen=True, array_like=True, tag="receipt"):
    """A receipt as it stands. Not every one follows from a stream: the way in notes that a fact was
    accepted, with the digest of its content, and correlation may have nothing to add."""

    receipt_id: str
    party: str
    source: str
    id: str
    fact_type: str
    status: str
    problem: str | None
    household: str | None
    digest: bytes | None
    at: Instant


class ApiKeyEntry(Struct, frozen=True, array_like=True, tag="api-key"):
    """An API key by its digest."""

    sha256: str
    party: str
    created_at: Instant
    revoked_at: Instant | None


class SettingEntry(Struct, frozen=True, array_like=True, tag="setting"):
    """The value of a setting, under its key. In order: a later one was set later."""

    key: str
    value: bytes


Entry: TypeAlias = Row | Stretch | Appended | Lasting | Answered | ApiKeyEntry | SettingEntry


class Piece(Struct, frozen=True):
    """What to commit to one partition of the shards of a stream."""

    stream: StreamName
    partition: int
    effects: Effects


def rows_of(
    stream: StreamName, shards: Sequence[State], keys: Keys, onto: Keys | None = None
) -> Iterator[Row]:
    """The whole state of the shards that read a stream, as one; sealed by `onto` if given.

    `Tampered`: the keys are not those that sealed it. What says that a shard is whole comes last.
    """
    if onto is not None and onto.names != keys.names:
        raise Bug("under other names nothing could be found again")
    book, numbers = _one_book(shards)
    for number, text in enumerate(book.texts):
        yield Row(stream, None, TEXTS, number.to_bytes(4, "big"), text.encode())
    places: dict[bytes, str] = {}
    for shard, its_numbers in zip(shards, numbers, strict=True):
        goal = Goal(onto or keys, its_numbers)
        for id_, stored in shard.scan(CLUSTERS):
            if id_ in places:
                raise Bug("two shards have a cluster of the same id")
            cluster = Resealing(id_, stored, keys, goal)
            places[id_] = cluster.place
            yield from (Row(stream, cluster.place, *row) for row in _rows(shard, id_, cluster))
    yield from (Row(stream, *row) for row in _nodes(shards, places))
    yield from (Row(stream, *row) for row in _feeds(shards))
    yield from (Row(stream, None, FLOOR, *row) for row in _floors(shards))
    yield from (Row(stream, None, META, *row) for row in _meta(shards))


def pieces_of(
    rows: Iterable[Row], partitions: Mapping[StreamName, int], limit: int = PIECE
) -> Iterator[Piece]:
    """What to commit, in order, for so many partitions a stream; at most `limit` changes each."""
    waiting: defaultdict[tuple[StreamName, int], Effects] = defaultdict(lambda: Effects({}, []))
    for row in rows:
        count = partitions[row.stream]
        is_copied = count > 1 and row.table == NODES and row.place is None
        value = row.value + COPIED if is_copied else row.value
        for partition in _partitions_of(row.place, count):
            effects = waiting[row.stream, partition]
            effects.changes[row.table, row.key] = value
            if len(effects.changes) == limit:
                yield Piece(row.stream, partition, waiting.pop((row.stream, partition)))
    yield from (Piece(*where, effects) for where, effects in waiting.items())


def _partitions_of(place: str | None, count: int) -> Iterable[int]:
    return range(count) if place is None else (partition_of(place.encode(), count),)


def _one_book(shards: Sequence[State]) -> tuple[Book, list[Sequence[int] | None]]:
    """One book for all, and for each shard what its numbers become; None: what they were."""
    book = Book()
    numbers: list[Sequence[int] | None] = []
    for shard in shards:
        its_numbers = [book.number_of(value.decode()) for _, value in shard.scan(TEXTS)]
        numbers.append(None if its_numbers == list(range(len(its_numbers))) else its_numbers)
    return book, numbers


def _rows(shard: State, id_: bytes, cluster: Resealing) -> Iterator[tuple[Table, bytes, bytes]]:
    yield CLUSTERS, id_, cluster.stored
    for key, value in shard.scan(FACTS, id_):
        yield FACTS, key, cluster.fact(key, value)
    for key, value in shard.scan(ALERTS, id_):
        yield ALERTS, key, cluster.alert(value)
    for table in (DUE, FROZEN):
        there = shard.get(table, id_)
        if there is not None:
            yield table, id_, there


def _nodes(
    shards: Sequence[State], places: Mapping[bytes, str]
) -> Iterator[tuple[str | None, Table, bytes, bytes]]:
    """Nodes that lead to a cluster go with it; marks go everywhere."""
    for node, values in _by_key(shards, NODES):
        led_to = [value for value in values if cluster_in(value) in places]
        if led_to:
            yield from _leading(node, led_to[0], places)
            continue
        mark = _mark_among(values, len(shards))
        if mark is not None:
            yield None, NODES, node, mark
            yield None, MARKS, mark[9:] + node, b""


def _leading(
    node: bytes, value: bytes, places: Mapping[bytes, str]
) -> Iterator[tuple[str, Table, bytes, bytes]]:
    """A node that leads to a cluster; what is marked there too goes along."""
    place, mark = places[value[:ID_SIZE]], mark_in(value)
    yield place, NODES, node, value
    if mark is not None:
        yield place, MARKS, mark[9:] + node, b""


def _mark_among(values: Sequence[bytes], shards: int) -> bytes | None:
    """The mark that holds, if any does: a partition's own before the copies of an earlier move.

    Copies hold as long as every partition has one: only the partition that the node belongs to ever
    looks for it, and what that one did with it since is what counts.
    """
    own = [mark for value in values if not _is_copy(value) and (mark := mark_in(value))]
    if own:
        return max(own)
    copies = [value for value in values if _is_copy(value)]
    return mark_in(copies[0]) if len(copies) == shards else None


def _is_copy(value: bytes) -> bool:
    return len(value) == MARK_SIZE + len(COPIED)


def _feeds(shards: Sequence[State]) -> Iterator[tuple[str | None, Table, bytes, bytes]]:
    for key, values in _by_key(shards, FEEDS):
        place = key.split(b"\0")[1].decode()
        yield place or None, FEEDS, key, max(values, key=_instant)


def _floors(shards: Sequence[State]) -> Iterator[tuple[bytes, bytes]]:
    """The highest of any."""
    for key, values in _by_key(shards, FLOOR):
        yield key, max(values)


def _meta(shards: Sequence[State]) -> Iterator[tuple[bytes, bytes]]:
    """The latest `now` of any; the agreements, and that views were written, only if all shards say
    the same, else everything is looked at anew."""
    for key, values in _by_key(shards, META):
        if key == NOW:
            continue
        if key not in (AGREEMENTS, VIEWS):
            raise Bug("the state of a shard says something about itself that cannot be moved")
        if len(set(values)) == 1 and len(values) == sum(1 for it in shards if it.get(META, NOW)):
            yield key, values[0]
    nows = [now for shard in shards if (now := shard.get(META, NOW)) is not None]
    if nows:
        yield NOW, max(nows, key=_instant)


def _by_key(shards: Sequence[State], table: Table) -> Iterator[tuple[bytes, list[bytes]]]:
    """What the shards have under each key, in order of key."""
    entries = merge(*(shard.scan(table) for shard in shards), key=itemgetter(0))
    for key, found in groupby(entries, itemgetter(0)):
        yield key, [value for _, value in found]


def _instant(value: bytes) -> Instant:
    return int.from_bytes(value, "big", signed=True)
