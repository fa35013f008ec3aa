"""What the metrics of the roles on Kafka are told by their parts (see `measuring`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

from hub.clocks import SystemClock
from hub.compose.measuring import Promises, Pulses
from hub.domain.time import Instant
from hub.reading.follow import Follower
from hub.streams import frozen
from hub.streams.entries import FACTS
from hub.streams.kafka.ages import Ages
from hub.streams.kafka.intake import KafkaIntake
from hub.streams.kafka.processor import KafkaProcessor
from hub.streams.kafka.shard import KafkaShard
from hub.streams.partitions import partition_of
from hub.streams.seam import State
from hub.telemetry.board import Rows, Shown, by_one
from hub.telemetry.metrics import IN


def behind(follower: Follower) -> Shown:
    """How far a read model of its own is."""
    return {"seintje_reading_behind_seconds": {(): follower.behind_seconds}}


def pulses_of(processors: Sequence[KafkaProcessor]) -> Pulses:
    return {it.stream: it.pulses.values() for it in processors}


def ages(ages: Ages, intake: KafkaIntake, processors: Sequence[KafkaProcessor]) -> Shown:
    """How old is what waits: in hand here, or found where nobody moves."""
    in_hand: dict[str, Iterable[Instant | None]] = {
        it.stream: [shard.waits_since for shard in it.open_shards.values()] for it in processors
    }
    in_hand[IN] = intake.waits_since.values()
    still = ages.waits_since()
    now = SystemClock().now()  # that of the topics; a virtual one may be far from it
    found: dict[str, float] = {}
    for shard, times in in_hand.items():
        waits = [it for it in (*times, still.get(shard)) if it is not None]
        found[shard] = max(now - min(waits, default=now), 0) / 1000
    return {"seintje_oldest_unprocessed_seconds": by_one(found)}


def states(processors: Sequence[KafkaProcessor], promises: Promises, partitions: int) -> Shown:
    """What the states of the partitions that are ours say, and how large they are."""
    ours = {it.stream: it.open_shards.values() for it in processors}
    households = {it.stream: it.states for it in processors}[FACTS]
    return {
        "seintje_state_entries": _each(ours, lambda it: it.kept.entries()),
        "seintje_state_bytes": _each(ours, lambda it: it.kept.size_bytes()),
        "seintje_change_log_records": _each(ours, lambda it: it.kept.logged),
        "seintje_households_frozen": _each(ours, lambda it: frozen.count(it.state)),
        "seintje_feed_late_seconds": promises.late(partial(_state_of, households, partitions)),
    }


def _each(ours: Mapping[str, Collection[KafkaShard]], count: Callable[[KafkaShard], float]) -> Rows:
    return by_one({stream: sum(map(count, shards)) for stream, shards in ours.items()})


def _state_of(states: Mapping[int, State], partitions: int, gemeente: str) -> State | None:
    return states.get(partition_of(gemeente.encode(), partitions))
