"""The composition root: the one place that knows what talks to what.

`build` opens everything that a hub in one process needs and wires it. `Hub` starts it, says when it
has caught up, serves it over HTTP, and closes it again in reverse.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from functools import partial
from typing import Final

from msgspec import Struct

from hub import garbage
from hub.agreement_files import load as load_agreements
from hub.clocks import clock_of
from hub.compose import measuring, serving
from hub.compose.backups import Backups
from hub.compose.beside import beside
from hub.compose.delivering import chance, until_of, way_of
from hub.compose.housekeeping import keep_house
from hub.compose.identity import at_work, identity_of
from hub.compose.key_source import own_key_of
from hub.compose.reading import readings_of
from hub.compose.receiving import receivers_of
from hub.compose.tracing import tracing_of
from hub.console import links as one_time
from hub.delivery.deliverer import Deliverer
from hub.delivery.figures import Figures
from hub.delivery.line import Parts
from hub.delivery.shelf_sqlite import SqliteShelf
from hub.domain.agreement import Agreements
from hub.domain.parties import Parties
from hub.domain.time import MINUTE_MS, Instant
from hub.gateway import all_settings, api_keys
from hub.gateway.gateway import Gateway
from hub.gateway.identity.identity import Identity
from hub.gateway.receivers import Receivers
from hub.gateway.reception import Reception
from hub.keys import Keys, fresh_salt
from hub.mail import Mailer, mailer_of
from hub.reading import model
from hub.reading.model import Projection, Reading
from hub.settings import Listen, Settings
from hub.shipped import shipped
from hub.streams.correlate import Correlate, Deployment
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.intake import Admission
from hub.streams.keeping import Life, Processor
from hub.streams.loop import Limits
from hub.streams.regional import Regional
from hub.streams.seam import Clock, Shard, Step, StreamName
from hub.streams.sqlite.progress import claimed_by, last_of, numbered_by
from hub.streams.sqlite.runtime import SqliteLog, SqliteOutbox, SqliteShard, cursor_of
from hub.streams.sqlite.sizes import Sizes
from hub.streams.sqlite.store import SqliteStore
from hub.streams.tracks import traced
from hub.streams.workers import Workers
from hub.telemetry.family import Role
from hub.telemetry.metrics import Metrics
from hub.telemetry.spans import Tracing
from hub.wire.avro import Schemas
from hub.wire.state import PartyOf

# Shard by the stream that it reads; both names are stored, so they stay.
SHARDS: Final = {FACTS: "correlate", REGION_FACTS: "regional"}

# Facts that come one by one are correlated some at a time: that takes less, and leaves more to who
# sends them. Measured: 430 to 540 a second without, 650 to 830 with 20 ms, 800 to 1 100 with 50.
_REST_SECONDS: Final = 0.05


def build(settings: Settings, clock: Clock | None = None, limits: Limits | None = None) -> Hub:
    """The embedded hub, open and not started. `clock` in place of the one in the settings.

    Misconfigured: what is wrong with agreements, key or data directory, and what to do.
    Unavailable: no space.
    """
    # Long on purpose, and from the outside in: each line needs the ones above it, and closing is
    # the same list backwards.
    default = shipped("agreements")
    agreements, parties = load_agreements(
        settings.agreements or default, else_parties=default / "parties.yaml"
    )
    identity = identity_of(settings, parties)
    schemas = Schemas.load(shipped("schemas/avro"))
    clock = clock or clock_of(settings.clock)
    with ExitStack() as undo:
        tracing = tracing_of(settings, "run")
        undo.callback(tracing.close)
        store = SqliteStore.open(settings.data, clock)
        undo.callback(store.close)
        key = own_key_of(settings)
        keys = key.keys() if claimed_by(store.near) else key.own_keys()
        backups = Backups(settings, keys, store)
        reading = Reading(store.database)
        undo.callback(reading.close)

        party_of = PartyOf(parties.find_by_source)
        metrics, arrive = Metrics(Role.RUN), Projection(party_of)
        emit = Projection(party_of, viewed=measuring.Views(metrics, clock).heard)
        log, outbox = SqliteLog(store, arrive), SqliteOutbox(store)

        deployment = Deployment(agreements, parties, keys, fresh_salt)
        steps: dict[StreamName, Callable[[], Step]] = {
            FACTS: partial(Correlate, deployment),
            REGION_FACTS: partial(Regional, deployment),
        }
        processors = [
            Processor(
                stream,
                partial(_opened, store, stream, emit, tracing),
                step,
                partial(cursor_of, store.near, SHARDS[stream], stream),
            )
            for stream, step in steps.items()
        ]
        measuring.surroundings(metrics, settings, agreements, ["tls", "client-ca", "client"])
        sizes, promises = Sizes(store), measuring.Promises(agreements, parties, clock)
        limits, tell = limits or Limits(rest=_REST_SECONDS), partial(measuring.heard, metrics)
        workers = Workers(processors, clock, limits, tell)
        figures = Figures(clock.now, metrics.delivered)
        metrics.add(
            figures.shown,
            partial(measuring.kept, reading, agreements),
            partial(measuring.ages, store, reading, SHARDS),
            partial(measuring.states, reading, sizes, promises, SHARDS),
            partial(measuring.shards, partial(measuring.pulses_of, workers), clock),
            backups.figures,
        )

        shelf, mailer = SqliteShelf(store, emit), mailer_of(settings)
        parts = Parts(
            reading=reading,
            outbox=outbox,
            bell=store.bell,
            shelf=shelf,
            cipher=keys.webhooks,
            way=way_of(settings),
            clock=clock,
            until=until_of(clock),
            chance=chance().random,
            figures=figures,
            parties=parties.by_id,
            mails=mailer,
            tracing=tracing,
        )

        tolerance = max(it.thresholds.clock_tolerance_minutes for it in agreements.all)
        admission = Admission(parties, agreements.covers, tolerance * MINUTE_MS)
        reception = Reception(admission, schemas, keys, log, reading, clock, metrics, tracing)
        hub = Hub(
            settings=settings,
            clock=clock,
            agreements=agreements,
            parties=parties,
            keys=keys,
            store=store,
            backups=backups,
            reading=reading,
            outbox=outbox,
            reception=reception,
            identity=identity,
            shelf=shelf,
            parts=parts,
            mailer=mailer,
            receivers=receivers_of(settings, agreements, clock),
            metrics=metrics,
            tracing=tracing,
            workers=workers,
            sizes=sizes,
            stopping=asyncio.Event(),
        )
        undo.pop_all()
    return hub


class Hub(Struct, frozen=True, eq=False, kw_only=True):
    """A hub in one process. Used once: what was started and closed is built anew."""

    settings: Settings
    clock: Clock
    agreements: Agreements
    parties: Parties
    keys: Keys
    store: SqliteStore
    backups: Backups
    reading: Reading
    outbox: SqliteOutbox
    reception: Reception
    shelf: SqliteShelf
    identity: Identity
    parts: Parts
    mailer: Mailer | None
    receivers: Receivers
    metrics: Metrics
    tracing: Tracing
    workers: Workers
    sizes: Sizes
    stopping: asyncio.Event

    @asynccontextmanager
    async def started(self) -> AsyncIterator[Hub]:
        """Correlate while the block runs; closed afterwards. Raises what made it stop by itself."""
        try:
            await self.store.claim_key(self.keys.fingerprint)
            for tables in (model.prepare, all_settings.prepare, one_time.prepare):
                await self.store.transact(tables)
            await self.backups.begin()
            self.workers.start()
            loop = asyncio.get_running_loop()
            self.workers.ended.add_done_callback(
                lambda _ended: loop.call_soon_threadsafe(self.stopping.set)
            )
            async with self._beside(), at_work(self.identity, self._note_uses):
                yield self
        finally:
            self.close()

    def _beside(self) -> AbstractAsyncContextManager[None]:
        """Deliver and keep house while the block runs; the workers end with it."""
        delivering = Deliverer(self.parts, numbered_by=self.reading.ask(numbered_by))
        keeping = keep_house(self.store, self.clock)
        works = (keeping, self.sizes.keep(), self.backups.run(), delivering.run())
        return beside(works, self.stopping, self.workers.stop)

    async def settled(self) -> None:
        """Wait until everything appended so far is correlated, and what is due now was done."""
        now = self.clock.now()
        for stream in SHARDS:  # what correlation says of a region comes before the region is asked
            position = await self.store.query(partial(last_of, stream=stream))
            await self.workers.reach(stream, position, now)

    def run(self, on_listening: Callable[[Listen], None] = lambda _listen: None) -> None:
        """Serve until SIGTERM or SIGINT. Raises what made it stop by itself."""
        garbage.look_rarely()
        serving.run(self, on_listening)

    def close(self) -> None:
        """Of a hub that is not started, or no more."""
        if self.mailer is not None:
            self.mailer.close()
        self.reading.close()
        self.store.close()
        self.tracing.close()

    def gateway(self) -> Gateway:
        """What the gateway's application is made of."""
        return Gateway(
            parties=self.parties,
            reading=self.reading,
            readings=readings_of(self, self.reception.log, self.store.bell),
            reception=self.reception,
            outbox=self.outbox,
            clock=self.clock,
            metrics=self.metrics,
            tracing=self.tracing,
            stalls=self.stalls,
            obstacles=self.obstacles,
            stopping=self.stopping,
            shelf=self.shelf,
            keys=self.keys,
            identity=self.identity,
            limits=serving.limits_of(self.settings),
            receivers=self.receivers,
            numbered_by=partial(self.reading.ask, numbered_by),
        )

    def links(self) -> one_time.Links:
        """The one-time links by which one signs in to the console."""
        return one_time.Links(self.reading.ask, self.store.transact)

    def stalls(self) -> Sequence[str]:
        """Which shards should make progress and do not."""
        pulses = self.workers.pulses.items()
        return [f"{stream}: no progress" for stream, pulse in pulses if pulse.is_stalled]

    def obstacles(self) -> Sequence[str]:
        """Why no facts can be accepted now."""
        reasons = serving.obstacles(self)
        if self.backups.trouble is not None:
            reasons.append(self.backups.trouble)
        for stream, pulse in self.workers.pulses.items():
            if pulse.life is not Life.RUNNING:
                reasons.append(f"{stream}: {pulse.life}")
        return reasons

    async def _note_uses(self, uses: Mapping[str, Instant]) -> None:
        await self.store.transact(partial(api_keys.put_uses, uses=uses))


async def _opened(
    store: SqliteStore, stream: StreamName, project: Projection, tracing: Tracing
) -> Shard:
    return traced(SqliteShard(store, SHARDS[stream], stream, project), tracing, stream)
