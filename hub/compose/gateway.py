"""What a gateway on Kafka is made of: the composition root of that role (see `compose`).

Facts go to topics, and everything that is asked is answered out of a read model of its own, which
follows the topics. It holds nothing that is not in Kafka: its folder may be thrown away.
"""

from __future__ import annotations

import asyncio
from asyncio import FIRST_COMPLETED
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from msgspec import Struct

from hub.agreement_files import load as load_agreements
from hub.clocks import SystemClock, clock_of
from hub.compose import measuring, measuring_kafka, serving
from hub.compose.housekeeping import keep_followed
from hub.compose.identity import at_work, identity_of
from hub.compose.key_source import key_of
from hub.compose.reading import readings_of
from hub.compose.receiving import receivers_of
from hub.compose.tracing import tracing_of
from hub.delivery.shelf_kafka import KafkaShelf
from hub.domain.agreement import Agreements
from hub.domain.parties import Parties
from hub.domain.time import MINUTE_MS, Instant
from hub.errors import Unavailable
from hub.gateway import all_settings, api_keys
from hub.gateway.gateway import Gateway
from hub.gateway.identity.identity import Identity
from hub.gateway.receivers import Receivers
from hub.gateway.reception import Reception
from hub.keys import Keys
from hub.reading import model, receipts
from hub.reading.arrivals import NotedLog
from hub.reading.follow import Follower, Streams
from hub.reading.followed import Fills, Followed
from hub.reading.model import Projection, Reading
from hub.reading.outbox import ReadingOutbox
from hub.reading.receipts import Viewed
from hub.reading.settings import SETTINGS
from hub.reading.undressing import Undressing
from hub.settings import Listen, Settings
from hub.shipped import shipped
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.held import HELD
from hub.streams.household_views import HOUSEHOLD_VIEWS
from hub.streams.intake import Admission
from hub.streams.kafka.administrator import Administrator
from hub.streams.kafka.brokers import Brokers, brokers_of
from hub.streams.kafka.claiming import claim
from hub.streams.kafka.lasting import LastingLog
from hub.streams.kafka.registry import Registry, registry_of
from hub.streams.loop import DEAD_LETTERS
from hub.streams.notices import OPS
from hub.streams.receipts import RECEIPTS
from hub.streams.revisions import DISCLOSURES, OUT
from hub.streams.seam import Clock
from hub.telemetry.family import Role
from hub.telemetry.metrics import Metrics
from hub.telemetry.spans import Tracing
from hub.wire.avro import Schemas
from hub.wire.state import PartyOf

_CERTIFICATES: Final = ("tls", "client-ca", "client", "kafka-ca")
_ANSWER_SECONDS: Final = 20.0
_FILLED_SECONDS: Final = 600.0


_SPREAD: Final = (RECEIPTS, HOUSEHOLD_VIEWS, DISCLOSURES, HELD, FACTS, REGION_FACTS)


def streams_of(parties: Parties) -> Streams:
    """What a gateway follows."""
    single = (SETTINGS, DEAD_LETTERS, OPS, *(OUT + it for it in sorted(parties.by_id)))
    return Streams(single, _SPREAD)


def fills_of(parties: Parties, undressing: Undressing, viewed: Viewed | None = None) -> Fills:
    """What its read model is filled with; `viewed` hears of facts (see `Projection`)."""
    party_of = PartyOf(parties.find_by_source)
    also = {SETTINGS: all_settings.put}
    return Fills(Projection(party_of, receipts.note_arrived, also, viewed), _prepare, undressing)


def build(settings: Settings, clock: Clock | None = None) -> GatewayHub:
    """The gateway, open and not started. `clock` in place of the one in the settings.

    Misconfigured: what is wrong with agreements, key, folder or Kafka settings, and what to do.
    """
    # Long on purpose, and from the outside in: each line needs the ones above it.
    default = shipped("agreements")
    agreements, parties = load_agreements(
        settings.agreements or default, else_parties=default / "parties.yaml"
    )
    identity = identity_of(settings, parties)
    schemas = Schemas.load(shipped("schemas/avro"))
    clock = clock or clock_of(settings.clock)
    brokers = brokers_of(settings)
    keys = key_of(settings).keys()
    registry = registry_of(settings, clock)
    with ExitStack() as undo:
        tracing = tracing_of(settings, "gateway")
        undo.callback(tracing.close)
        metrics = Metrics(Role.GATEWAY)
        # the clock of the topics; a virtual one may be far from it
        fills = fills_of(
            parties, Undressing(schemas, registry), measuring.Views(metrics, SystemClock()).heard
        )
        followed = Followed.open(settings.data, fills)
        undo.callback(followed.close)
        follower = Follower(brokers, streams_of(parties), followed)
        reading = Reading(followed.database, follower.check)
        undo.callback(reading.close)
        counted = Reading(followed.database)  # what is counted may be told at any time
        undo.callback(counted.close)

        way_in = LastingLog(brokers, lambda: follower.is_reached)
        log = NotedLog(way_in, followed, clock)
        metrics.add(partial(measuring.kept, counted, agreements))
        metrics.add(partial(measuring_kafka.behind, follower))
        measuring.surroundings(metrics, settings, agreements, _CERTIFICATES)
        tolerance = max(it.thresholds.clock_tolerance_minutes for it in agreements.all)
        admission = Admission(parties, agreements.covers, tolerance * MINUTE_MS)
        way_into = (log, reading, clock, metrics)
        reception = Reception(admission, schemas, keys, *way_into, tracing, system="kafka")
        hub = GatewayHub(
            settings=settings,
            clock=clock,
            agreements=agreements,
            parties=parties,
            registry=registry,
            brokers=brokers,
            keys=keys,
            followed=followed,
            follower=follower,
            way_in=way_in,
            reading=reading,
            reception=reception,
            shelf=KafkaShelf(log),
            identity=identity,
            receivers=receivers_of(settings, agreements, clock),
            metrics=metrics,
            tracing=tracing,
            stopping=asyncio.Event(),
            closing=undo.pop_all(),
        )
    return hub


class GatewayHub(Struct, frozen=True, eq=False, kw_only=True):
    """A gateway as a process. Used once: what was started and closed is built anew."""

    settings: Settings
    clock: Clock
    agreements: Agreements
    parties: Parties
    registry: Registry | None
    followed: Followed
    brokers: Brokers
    keys: Keys
    follower: Follower
    way_in: LastingLog
    reading: Reading
    reception: Reception
    shelf: KafkaShelf
    identity: Identity
    receivers: Receivers
    metrics: Metrics
    tracing: Tracing
    stopping: asyncio.Event
    closing: ExitStack

    @asynccontextmanager
    async def started(self) -> AsyncIterator[GatewayHub]:
        """Follow while the block runs; closed afterwards. Raises what made it stop by itself."""
        keeping = keep_followed(self.followed, self.clock)
        works = (self.follower.follow(), self._keep_way_in(), keeping)
        tasks = [asyncio.create_task(work) for work in works]
        try:
            for task in tasks:
                task.add_done_callback(lambda _ended: self.stopping.set())
            async with at_work(self.identity, self._note_uses):
                yield self
        finally:
            self.stopping.set()
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            if self.registry is not None:
                await self.registry.close()
            self.close()
        for fault in ended:
            if isinstance(fault, BaseException) and not isinstance(fault, asyncio.CancelledError):
                raise fault

    async def ready(self) -> None:
        """Wait until facts are accepted and everything that is in Kafka can be read."""
        await self.follower.caught_up.wait()
        await self.way_in.opened.wait()

    def run(self, on_listening: Callable[[Listen], None] = lambda _listen: None) -> None:
        """Serve until SIGTERM or SIGINT. Raises what made it stop by itself."""
        serving.run(self, on_listening)

    def close(self) -> None:
        """Of a gateway that is not started, or no more."""
        self.closing.close()

    def gateway(self) -> Gateway:
        """What the gateway's application is made of."""
        bell = self.followed.bell
        return Gateway(
            parties=self.parties,
            reading=self.reading,
            # not noted in the read model by us: it comes from the topic
            readings=readings_of(self, self.way_in, bell),
            reception=self.reception,
            outbox=ReadingOutbox(self.reading, bell),
            clock=self.clock,
            metrics=self.metrics,
            tracing=self.tracing,
            stalls=self.stalls,
            obstacles=self.obstacles,
            stopping=self.stopping,
            numbered_by=lambda: self.follower.numbered_by,
            shelf=self.shelf,
            keys=self.keys,
            identity=self.identity,
            limits=serving.limits_of(self.settings),
            receivers=self.receivers,
        )

    def links(self) -> None:
        """None: one signs in to its console by OpenID Connect alone, for a link that each gateway
        takes once is not used once."""

    def stalls(self) -> Sequence[str]:
        """Why no progress is made. Not that Kafka is away: no restart brings it back."""
        return ["reading: no progress"] if self.follower.is_stalled else []

    def obstacles(self) -> Sequence[str]:
        """Why no facts can be accepted now."""
        reasons = serving.obstacles(self)
        if not self.follower.is_reached or not self.way_in.opened.is_set():
            reasons.append("kafka: does not answer (SEINTJE_KAFKA_BROKERS)")
        if self.way_in.trouble:
            reasons.append(f"kafka: {self.way_in.trouble}")
        if not self.follower.caught_up.is_set():
            reasons.append("reading: catching up")
        return reasons

    async def _note_uses(self, uses: Mapping[str, Instant]) -> None:
        await self.way_in.append(SETTINGS, api_keys.uses_as_settings(uses))

    async def _keep_way_in(self) -> None:
        """Open as soon as it is known that this hub has the same key as we."""
        while True:
            try:
                await claim(self.brokers, self.keys)
                break
            except Unavailable as away:
                await asyncio.sleep(away.retry_after)
        await self.way_in.keep_open()


async def fill_once(settings: Settings, parties: Parties, folder: Path) -> None:
    """Fill a read model in this folder with what there is now.

    Misconfigured: topics are missing or may not be read. Unavailable: Kafka does not answer.
    """
    brokers = brokers_of(settings)
    await asyncio.to_thread(Administrator, brokers.connection)  # says what is wrong with it
    schemas = Schemas.load(shipped("schemas/avro"))
    async with AsyncExitStack() as undo:
        registry = registry_of(settings, SystemClock())
        if registry is not None:
            undo.push_async_callback(registry.close)
        followed = Followed.open(folder, fills_of(parties, Undressing(schemas, registry)))
        undo.callback(followed.close)
        follower = Follower(brokers, streams_of(parties), followed)
        await _caught_up(follower)


async def _caught_up(follower: Follower) -> None:
    """Follow until everything of now is there."""
    following = asyncio.ensure_future(follower.follow())
    caught_up = asyncio.ensure_future(follower.caught_up.wait())
    both = (following, caught_up)
    try:
        done, _ = await asyncio.wait(both, timeout=_ANSWER_SECONDS, return_when=FIRST_COMPLETED)
        if not done and follower.is_reached:
            await asyncio.wait(both, timeout=_FILLED_SECONDS, return_when=FIRST_COMPLETED)
    finally:
        for it in both:
            it.cancel()
        await asyncio.wait(both)
    if not following.cancelled():
        following.result()
    if caught_up.cancelled():
        raise Unavailable("Kafka (SEINTJE_KAFKA_BROKERS) does not answer, or not in time")


def _prepare(connection: Connection) -> None:
    model.prepare(connection)
    all_settings.prepare(connection)
