"""What the role that delivers is made of, on Kafka: the composition root of that role.

It follows settings and what parties are told, and writes how far each subscription has come. There
is one of these in a hub: who starts takes over from the one before, which then stops. What it
follows lies in a folder of its own, which may be thrown away.
"""

from __future__ import annotations

import asyncio
import signal
from asyncio import FIRST_COMPLETED
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from sqlite3 import Connection
from typing import Any, Final

import structlog
import uvloop
from msgspec import Struct, field
from starlette.applications import Starlette
from starlette.routing import Route

from hub.agreement_files import load as load_agreements
from hub.clocks import clock_of
from hub.compose import measuring
from hub.compose.delivering import chance, until_of, way_of
from hub.compose.key_source import key_of
from hub.compose.tracing import tracing_of
from hub.delivery import shelf
from hub.delivery.deliverer import Deliverer
from hub.delivery.figures import Figures
from hub.delivery.line import Parts, Until
from hub.delivery.outbox_kafka import DeliveringOutbox
from hub.delivery.shelf_kafka import DeliveringShelf
from hub.delivery.way import Way
from hub.domain.parties import Parties
from hub.errors import Fenced, ShardLost, Unavailable
from hub.gateway import all_settings, health
from hub.gateway.server import Server, open_socket
from hub.keys import Keys
from hub.mail import Mailer, mailer_of
from hub.reading import model, settings
from hub.reading.follow import Follower, Streams
from hub.reading.followed import Fills, Followed
from hub.reading.model import Entries, Reading
from hub.reading.settings import SETTINGS
from hub.reading.undressing import Undressing
from hub.settings import Listen, Settings
from hub.shipped import shipped
from hub.streams.bell import Bell
from hub.streams.kafka.brokers import Brokers, brokers_of
from hub.streams.kafka.claiming import claim
from hub.streams.kafka.registry import Registry, registry_of
from hub.streams.revisions import OUT
from hub.streams.seam import Clock
from hub.telemetry.family import Role
from hub.telemetry.metrics import Metrics
from hub.telemetry.spans import Tracing
from hub.wire.avro import Schemas

_AGAIN_SECONDS: Final = 1.0

_log = structlog.get_logger("seintje.delivery")


def build(settings_: Settings, clock: Clock | None = None) -> Delivering:
    """The role, composed and not started. `clock` in place of the one in the settings.

    Misconfigured: what is wrong with parties, key, certificate or Kafka settings, and what to do.
    """
    # Long on purpose, and from the outside in: each line needs the ones above it.
    default = shipped("agreements")
    _, parties = load_agreements(
        settings_.agreements or default, else_parties=default / "parties.yaml"
    )
    schemas = Schemas.load(shipped("schemas/avro"))
    clock = clock or clock_of(settings_.clock)
    registry = registry_of(settings_, clock)
    metrics = Metrics(Role.DELIVER)
    measuring.surroundings(metrics, settings_, None, ["client", "kafka-ca"])
    figures = Figures(clock.now, metrics.delivered)
    metrics.add(figures.shown)
    return Delivering(
        settings=settings_,
        clock=clock,
        until=until_of(clock),
        parties=parties,
        keys=key_of(settings_).keys(),
        brokers=brokers_of(settings_),
        registry=registry,
        undressing=Undressing(schemas, registry),
        way=way_of(settings_),
        mailer=mailer_of(settings_),
        figures=figures,
        metrics=metrics,
        tracing=tracing_of(settings_, "deliver"),
    )


class Delivering(Struct, frozen=True, eq=False, kw_only=True):
    """The role that delivers. Used once: what was started and closed is built anew."""

    settings: Settings
    clock: Clock
    until: Until
    parties: Parties
    keys: Keys
    brokers: Brokers
    registry: Registry | None
    undressing: Undressing
    way: Way
    mailer: Mailer | None
    figures: Figures
    metrics: Metrics
    tracing: Tracing
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    waits: list[str] = field(default_factory=lambda: ["it has not started yet"])
    follows: list[Follower] = field(default_factory=list)  # the one of now; it hears of Kafka

    def run(self, on_listening: Callable[[Listen], None] = lambda _listen: None) -> None:
        """Deliver until SIGTERM or SIGINT. Raises what made it stop by itself."""
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve(on_listening))

    async def deliver(self) -> None:
        """Until cancelled. Fenced: another process does. Misconfigured: it will not help to wait.
        What else makes it stop is waited for, and then all is read anew."""
        try:
            while True:
                try:
                    await self._once()
                except Fenced:
                    raise
                except (Unavailable, ShardLost) as away:
                    self.waits[:] = [str(away)]
                    _log.warning("delivery begins anew", says=str(away))
                await asyncio.sleep(_AGAIN_SECONDS)
        finally:
            if self.registry is not None:
                await self.registry.close()
            if self.mailer is not None:
                self.mailer.close()
            self.tracing.close()

    def stalls(self) -> Sequence[str]:
        """Why no progress is made. Not that Kafka is away: no restart brings it back."""
        return []

    def obstacles(self) -> Sequence[str]:
        """Why nothing is delivered now."""
        if self.stopping.is_set():
            return ["stopping"]
        # Also while there is nothing to deliver, and so nothing that fails.
        is_away = not self.waits and any(not it.is_reached for it in self.follows)
        return ["kafka: does not answer (SEINTJE_KAFKA_BROKERS)"] if is_away else list(self.waits)

    def pages(self) -> Starlette:
        """Health and metrics."""
        found = {
            "/healthz": health.get_health,
            "/readyz": health.get_readiness,
            "/metrics": health.get_metrics,
        }
        return Starlette(routes=[Route(path, partial(it, self)) for path, it in found.items()])

    async def _serve(self, on_listening: Callable[[Listen], None]) -> None:
        listening = open_socket(self.settings.deliver_listen)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        delivering = asyncio.create_task(self.deliver())
        delivering.add_done_callback(lambda _ended: self.stopping.set())
        on_listening(Listen(*listening.getsockname()[:2]))
        try:
            await Server(self.pages(), listening).serve(self.stopping)
        finally:
            delivering.cancel()
            await asyncio.wait([delivering])
        if not delivering.cancelled():
            delivering.result()
        _log.info("stopped")

    async def _once(self) -> None:
        """Take over, read what there is, and deliver until something breaks."""
        async with AsyncExitStack() as undo:
            await claim(self.brokers, self.keys)
            keeps = DeliveringShelf(self.brokers)
            undo.push_async_callback(keeps.close)
            await keeps.start()
            # Only now: what the one before wrote last is there, and nothing comes after it.
            outbox = DeliveringOutbox(self.brokers, self.undressing)
            undo.push_async_callback(outbox.close)
            await outbox.start()
            followed = Followed.open(self.settings.data, Fills(_put, _prepare, self.undressing))
            undo.callback(followed.close)
            async with self._followed(followed) as (follower, following):
                reading = Reading(followed.database, follower.check)
                undo.callback(reading.close)
                parts = self._parts(reading, outbox, keeps, followed.bell)
                self.follows[:] = [follower]
                self.waits.clear()
                deliverer = Deliverer(parts, follower.numbered_by)
                await _until_one_ends(following, asyncio.create_task(deliverer.run()))

    @asynccontextmanager
    async def _followed(
        self, followed: Followed
    ) -> AsyncIterator[tuple[Follower, asyncio.Task[None]]]:
        """Follow settings, and hear when parties are told something, while the block runs."""
        out = [OUT + it for it in sorted(self.parties.by_id)]
        follower = Follower(self.brokers, Streams((SETTINGS, *out), ()), followed)
        following = asyncio.create_task(follower.follow())
        try:
            caught_up = asyncio.create_task(follower.caught_up.wait())
            await _until_one_ends(following, caught_up)
            yield follower, following
        finally:
            following.cancel()
            await asyncio.wait([following])

    def _parts(
        self, reading: Reading, outbox: DeliveringOutbox, keeps: DeliveringShelf, bell: Bell
    ) -> Parts:
        return Parts(
            reading=reading,
            outbox=outbox,
            bell=bell,
            shelf=keeps,
            cipher=self.keys.webhooks,
            way=self.way,
            clock=self.clock,
            until=self.until,
            chance=chance().random,
            figures=self.figures,
            parties=self.parties.by_id,
            mails=self.mailer,
            tracing=self.tracing,
        )


async def _until_one_ends(*tasks: asyncio.Task[Any]) -> None:
    """The first that ends ends this; what it raised is raised, and the last task is cancelled."""
    try:
        await asyncio.wait(tasks, return_when=FIRST_COMPLETED)
    finally:
        tasks[-1].cancel()
        await asyncio.wait([tasks[-1]])
    for task in tasks:
        if task.done() and not task.cancelled():
            task.result()


def _put(connection: Connection, entries: Entries) -> None:
    """Of what is followed only settings are kept; the rest is heard, and read elsewhere."""
    found = [it for it in entries if it[0].stream == SETTINGS]
    settings.put(connection, found, shelf.KINDS)


def _prepare(connection: Connection) -> None:
    model.prepare(connection)
    all_settings.prepare(connection)
