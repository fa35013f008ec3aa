"""The one loop: read, decide, commit; tick when caught up; isolate what cannot be processed.

A turn reads the clock once. A batch that makes the step raise is run again one record at a time, to
find the culprits, and then as a whole without them. They become dead letters `processing-error`
with their bytes, and what they are about is frozen, in the same transaction as everything else
(architecture, On Kafka, 5); `POISON_LIMIT` of them within a minute stop the shard instead, for then
it is not the fact that is wrong.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final

import structlog
from msgspec import Struct

from hub.domain.refusals import Slug
from hub.domain.time import MINUTE_MS, Instant
from hub.errors import Bug, SeintjeError
from hub.streams.frozen import REDRIVEN
from hub.streams.overlay import Overlay
from hub.streams.receipts import RECEIPT
from hub.streams.seam import (
    Batch,
    Clock,
    Effects,
    Emit,
    Position,
    Record,
    Shard,
    State,
    Step,
    StreamName,
)

DEAD_LETTERS: Final = "dead-letters"
# What the headers of a dead letter say: why, and where it stood.
REASON: Final = "reason"
STREAM: Final = "stream"
POSITION: Final = "position"
POISON_LIMIT: Final = 5

_log = structlog.get_logger("seintje.loop")


class Limits(Struct, frozen=True):
    """How much one transaction holds, how long a turn may wait for input, and how long it rests
    after the last of it so that more can gather, both in seconds. A batch of more than `beside`
    records is taken in a thread, and so is a tick of so many clusters: whatever else the event loop
    does, like telling the group that we live, must not wait for it."""

    records: int = 1000
    ticks: int = 500
    longest_wait: float = 2.0
    rest: float = 0.0
    beside: int = 1 << 30


class Turn(Struct, frozen=True):
    """What one turn of the loop did. `wake_at`: when time alone will change something."""

    records: int
    ticked: bool
    caught_up: bool
    now: Instant
    wake_at: Instant | None


Watch = Callable[[Turn], None]


async def drive(
    step: Step, shard: Shard, clock: Clock, limits: Limits, watch: Watch | None = None
) -> None:
    """Run the step over the shard until cancelled, or until the shard is lost (`ShardLost`).

    `watch` hears of every turn, and before the first of a shard that was opened.
    """
    wake_at = step.open(shard.state)
    if watch is not None:
        watch(Turn(0, ticked=False, caught_up=False, now=clock.now(), wake_at=wake_at))
    poison: deque[Instant] = deque(maxlen=POISON_LIMIT)
    while True:
        batch = await shard.read(limits.records, _wait(wake_at, clock.now(), limits))
        now = clock.now()
        if batch.records:
            take = partial(_take, step, shard.state, batch, now, poison)
            effects = await _done(take, beside=len(batch.records) > limits.beside)
            await shard.commit(batch, effects)
            wake_at = effects.wake_at
        ticked = batch.caught_up and wake_at is not None and wake_at <= now
        if ticked:
            tick = partial(_tick, step, shard.state, now, limits.ticks, poison)
            effects = await _done(tick, beside=limits.ticks >= limits.beside)
            await shard.commit(None, effects)
            wake_at = effects.wake_at
        if watch is not None:
            watch(Turn(len(batch.records), ticked, batch.caught_up, now, wake_at))
        if limits.rest and batch.records and batch.caught_up:
            await asyncio.sleep(limits.rest)


def _wait(wake_at: Instant | None, now: Instant, limits: Limits) -> float:
    if wake_at is None:
        return limits.longest_wait
    return min(max(wake_at - now, 0) / 1000, limits.longest_wait)


async def _done(work: Callable[[], Effects], *, beside: bool) -> Effects:
    return await asyncio.to_thread(work) if beside else work()


def _take(step: Step, state: State, batch: Batch, now: Instant, poison: deque[Instant]) -> Effects:
    try:
        return step.take(state, batch.records, now, more=batch.is_part)
    except (SeintjeError, MemoryError):
        raise
    except Exception:
        _log.exception("batch failed, isolating", records=len(batch.records))
    return _isolated(step, state, batch, now, poison)


def _isolated(
    step: Step, state: State, batch: Batch, now: Instant, poison: deque[Instant]
) -> Effects:
    """The same batch again, without what fails by itself. What that is about is frozen before the
    rest is taken, for what it lacks might change what is true; and the rest is looked at once, as
    ever: one by one every record would tell of what the next one changes."""
    alone = _one_by_one(step, state, batch, now, poison)
    good = [record for record in batch.records if record.at not in alone.failed]
    if not alone.failed or not good:
        return alone.effects
    overlay, found = Overlay(state), Effects({}, [])
    quiet = [it for it in alone.failed.values() if not _freeze(step, overlay, it, now, found)]
    try:
        _join(found, overlay, step.take(overlay, good, now, more=batch.is_part))
    except (SeintjeError, MemoryError):
        raise
    except Exception:
        _log.exception("batch failed without what failed alone")
        step.open(alone.overlay)
        return alone.effects
    for record in alone.failed.values():  # also what came with the rest, or was thawed by it
        again = Effects({}, [])
        _freeze(step, overlay, record, now, again)
        _join(found, overlay, Effects(again.changes, again.emits if record in quiet else []))
    found.emits += [_letter(it, batch) for it in alone.failed.values()]
    found.wake_at = step.open(overlay)
    return found


class _Alone(Struct):
    """What came of each record of a batch taken by itself; those that failed by their position."""

    failed: dict[Position, Record]
    effects: Effects
    overlay: Overlay


def _one_by_one(
    step: Step, state: State, batch: Batch, now: Instant, poison: deque[Instant]
) -> _Alone:
    """Each record on top of what the ones before it changed."""
    alone = _Alone({}, Effects({}, []), Overlay(state))
    step.open(alone.overlay)  # what the failed run left in memory is not to be trusted
    for record in batch.records:
        try:
            effects = step.take(alone.overlay, [record], now)
        except (SeintjeError, MemoryError):
            raise
        except Exception:
            _log.exception("fact failed, kept as dead letter", **_where(batch.stream, record))
            if REDRIVEN not in record.headers:  # it failed before: that says nothing new of us
                _count(poison, now)
            alone.failed[record.at] = record
            effects = _frozen(step, alone.overlay, record, now)
            effects.emits.append(_letter(record, batch))
        _join(alone.effects, alone.overlay, effects)
    alone.effects.wake_at = step.open(alone.overlay)
    return alone


def _freeze(step: Step, overlay: Overlay, record: Record, now: Instant, found: Effects) -> bool:
    """Freeze what a record is about; whether somebody was told."""
    effects = _frozen(step, overlay, record, now)
    _join(found, overlay, effects)
    return bool(effects.emits)


def _join(found: Effects, overlay: Overlay, effects: Effects) -> None:
    overlay.apply(effects)
    found.changes |= effects.changes
    found.emits += effects.emits


def _letter(record: Record, batch: Batch) -> Emit:
    return dead_letter(record, Slug.PROCESSING_ERROR, batch.stream)


def _where(stream: StreamName, record: Record) -> dict[str, object]:
    """How an operator finds a fact."""
    receipt = record.headers.get(RECEIPT, b"").decode("ascii", "replace")
    return {"shard": stream, "position": record.at, "receipt": receipt}


def _tick(step: Step, state: State, now: Instant, limit: int, poison: deque[Instant]) -> Effects:
    try:
        return step.tick(state, now, limit)
    except (SeintjeError, MemoryError):
        raise
    except Exception:
        _log.exception("tick failed, isolating")
    overlay = Overlay(state)
    step.open(overlay)
    try:
        effects = step.tick(overlay, now, 1)
    except (SeintjeError, MemoryError):
        raise
    except Exception:
        _log.exception("household failed at its deadline")
        _count(poison, now)
        effects = _frozen(step, overlay, None, now)
    overlay.apply(effects)
    effects.wake_at = step.open(overlay)  # the others come at the next turn
    return effects


def _frozen(step: Step, overlay: Overlay, record: Record | None, now: Instant) -> Effects:
    """What the step does with what a record is about; nothing if it cannot tell what that is."""
    step.open(overlay)
    try:
        return step.freeze(overlay, record, now)
    except (SeintjeError, MemoryError):
        raise
    except Exception:
        _log.exception("what failed cannot be told", position=0 if record is None else record.at)
        step.open(overlay)  # it may have frozen half of it in memory, and nothing of that happened
        return Effects({}, [])


def _count(poison: deque[Instant], now: Instant) -> None:
    """`POISON_LIMIT` within a minute: then it is not the fact that is wrong."""
    poison.append(now)
    if len(poison) == POISON_LIMIT and now - poison[0] < MINUTE_MS:
        raise Bug(f"{POISON_LIMIT} facts failed within a minute; stopping") from None


def dead_letter(record: Record, slug: Slug, stream: StreamName) -> Emit:
    """The record whole, with the reason and where it stood; nothing of it is lost."""
    told = {REASON: slug.value, STREAM: stream, POSITION: str(record.at)}
    headers = {**record.headers, **{name: text.encode() for name, text in told.items()}}
    return Emit(DEAD_LETTERS, record.key, record.value, headers)
