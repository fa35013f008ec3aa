"""What the metrics of each role are told by its parts: who is asked at a scrape, and who tells by
itself. Counts nothing by itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from hub.reading.follow import Follower
from hub.reading.model import Reading
from hub.streams.loop import Turn
from hub.streams.seam import StreamName
from hub.streams.sqlite.progress import oldest_unprocessed
from hub.streams.sqlite.store import SqliteStore
from hub.telemetry.board import Shown, by_one
from hub.telemetry.metrics import Metrics


def heard(metrics: Metrics, stream: StreamName, turn: Turn | None) -> None:
    """A shard turned, or was dropped."""
    if turn is None:
        metrics.restarted(stream)
    else:
        metrics.turned(stream, turn.records, ticked=turn.ticked)


def ages(store: SqliteStore, reading: Reading, shards: Mapping[StreamName, str]) -> Shown:
    """How old is what waits for a shard; their names by the streams that they read."""
    now = store.clock.now()
    found: dict[str, float] = {}
    for stream, shard in shards.items():
        oldest = reading.ask(partial(oldest_unprocessed, shard=shard, stream=stream))
        found[stream] = 0.0 if oldest is None else max(now - oldest, 0) / 1000
    return {"seintje_oldest_unprocessed_seconds": by_one(found)}


def behind(follower: Follower) -> Shown:
    """How far a read model of its own is."""
    return {"seintje_reading_behind_seconds": {(): follower.behind_seconds}}
