"""What the metrics of each role are told by its parts: who is asked at a scrape, and who tells by
itself. Counts nothing by itself.

What is asked answers at once, out of what is in memory or a look-up by index; a scrape waits for
nobody.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import TypeAlias

from hub.compose.certificates import expiries
from hub.delivery.outcome import RULINGS, Reason, Ruling
from hub.domain.agreement import Agreements
from hub.domain.parties import Parties
from hub.domain.time import Calendar, Instant
from hub.errors import Fenced, ShardLost, Unavailable
from hub.reading.counted import counted
from hub.reading.model import Reading
from hub.reading.receipts import Arrival
from hub.settings import Settings
from hub.streams import feeds, frozen
from hub.streams.entries import FACTS
from hub.streams.keeping import Life, Pulse
from hub.streams.letters import WEBHOOK as PREFIX
from hub.streams.loop import Turn
from hub.streams.seam import Clock, State, StreamName
from hub.streams.sqlite.progress import oldest_unprocessed
from hub.streams.sqlite.sizes import Sizes
from hub.streams.sqlite.state import SqliteState
from hub.streams.sqlite.store import SqliteStore
from hub.streams.workers import Workers
from hub.telemetry.board import Rows, Shown, by_one
from hub.telemetry.family import Role
from hub.telemetry.metrics import Metrics

Pulses: TypeAlias = Mapping[StreamName, Collection[Pulse]]


def heard(metrics: Metrics, stream: StreamName, turn: Turn | ShardLost | Unavailable) -> None:
    """A shard turned, or was dropped."""
    if isinstance(turn, Turn):
        metrics.turned(stream, turn.records, ticked=turn.ticked)
        return
    metrics.restarted(stream)
    if isinstance(turn, Fenced):
        metrics.fenced(stream)


def surroundings(
    metrics: Metrics, settings: Settings, agreements: Agreements | None, certificates: Iterable[str]
) -> None:
    """What a process has around it: the agreements that it goes by, its certificates, its disk.
    `certificates` are those of `hub.compose.certificates` that it uses."""
    for it in () if agreements is None else agreements.all:
        metrics.knows(it.id, it.version)
    found = expiries(settings, certificates)
    metrics.add(lambda: found)
    if metrics.role is not Role.WORKER:  # it keeps nothing on disk
        metrics.add(partial(_space, settings.data, "seintje_data_free_bytes"))
    if metrics.role is Role.RUN and settings.backups is not None:
        metrics.add(partial(_space, settings.backups, "seintje_backup_free_bytes"))


def _space(folder: Path, family: str) -> Shown:
    """What is left where a process keeps its files."""
    try:
        disk = os.statvfs(folder)
    except OSError as gone:
        raise Unavailable(f"{folder} cannot be looked at: {gone.strerror}") from gone
    return {family: {(): disk.f_bavail * disk.f_frsize}}


def pulses_of(workers: Workers) -> Pulses:
    return {stream: [pulse] for stream, pulse in workers.pulses.items()}


def shards(pulses: Callable[[], Pulses], clock: Clock) -> Shown:
    """How the shards of this process do, and which deadlines they have let pass."""
    now = clock.now()
    lives: dict[tuple[str, ...], float] = {}
    overdue: dict[str, float] = {}
    for stream, found in pulses().items():
        lives |= {(stream, life.value): 0.0 for life in Life}
        for pulse in found:
            lives[stream, pulse.life.value] += 1
        wakes = [it.wake_at for it in found if it.wake_at is not None]
        overdue[stream] = max(now - min(wakes, default=now), 0) / 1000
    return {"seintje_shards": lives, "seintje_deadlines_behind_seconds": by_one(overdue)}


def kept(reading: Reading, agreements: Agreements) -> Shown:
    """What the read model counts; of every rule, and of every reason for a dead letter."""
    told = counted(reading)
    rules = [it for agreement in agreements.all for it in agreement.by_id.values()]
    refused = [PREFIX + it.value for it in Reason if RULINGS[it] is Ruling.PARK]
    none_open = {(it.id, it.severity): 0.0 for it in rules}
    none_dead = by_one(dict.fromkeys(refused, 0.0))
    return {
        **told,
        "seintje_open_alerts": {**none_open, **told["seintje_open_alerts"]},
        "seintje_dead_letters": {**none_dead, **told["seintje_dead_letters"]},
        "seintje_dead_letters_open": {**none_dead, **told["seintje_dead_letters_open"]},
    }


class Views:
    """How long it takes until one can read what became of a fact. Not of what was looked at before
    this process began: that was read late, and could be read elsewhere."""

    def __init__(self, metrics: Metrics, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock
        self._began = clock.now()

    def heard(self, arrivals: Sequence[Arrival]) -> None:
        """Of these facts one can read it now, or in a moment."""
        now = self._clock.now()
        since = [came for came, looked_at in arrivals if looked_at >= self._began]
        self._metrics.viewed(max(now - came, 0) / 1000 for came in since)


class Promises:
    """How late promised feeds are. `gemeenten` that no agreement covers wait for nothing."""

    def __init__(self, agreements: Agreements, parties: Parties, clock: Clock) -> None:
        self._agreements = agreements
        self._parties = parties
        self._clock = clock
        self._began = clock.now()

    def late(self, state_of: Callable[[str], State | None]) -> Rows:
        """By party and feed; `state_of` a gemeente is None where another process has it."""
        now = self._clock.now()
        calendar_of = partial(self._calendar_of, now=now)
        found = feeds.late(self._parties, state_of, calendar_of, (now, self._began))
        return dict(found.items())

    def _calendar_of(self, gemeente: str, now: Instant) -> Calendar | None:
        agreement = self._agreements.find(self._agreements.of_gemeente(gemeente), now)
        return None if agreement is None else agreement.calendar


# The hub in one process. Shards by the stream that they read, with their names in the store.


def ages(store: SqliteStore, reading: Reading, names: Mapping[StreamName, str]) -> Shown:
    """How old is what waits for a shard."""
    now = store.clock.now()
    found: dict[str, float] = {}
    for stream, shard in names.items():
        oldest = reading.ask(partial(oldest_unprocessed, shard=shard, stream=stream))
        found[stream] = 0.0 if oldest is None else max(now - oldest, 0) / 1000
    return {"seintje_oldest_unprocessed_seconds": by_one(found)}


def states(
    reading: Reading, sizes: Sizes, promises: Promises, names: Mapping[StreamName, str]
) -> Shown:
    """What the state of each shard says, and how large it is."""
    known = {stream: sizes.of(name) for stream, name in names.items()} if sizes.are_known else {}
    held = {stream: reading.ask(partial(_frozen, name=name)) for stream, name in names.items()}
    return {
        "seintje_state_entries": by_one({it: size.entries for it, size in known.items()}),
        "seintje_state_bytes": by_one({it: size.size_bytes for it, size in known.items()}),
        "seintje_households_frozen": by_one(held),
        "seintje_feed_late_seconds": reading.ask(
            partial(_late, promises=promises, name=names[FACTS])
        ),
    }


def _frozen(connection: Connection, name: str) -> int:
    return frozen.count(SqliteState(connection, name))


def _late(connection: Connection, promises: Promises, name: str) -> Rows:
    state = SqliteState(connection, name)
    return promises.late(lambda _gemeente: state)
