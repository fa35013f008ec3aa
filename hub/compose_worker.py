"""What a worker on Kafka is made of: the composition root of that role (see `compose`).

Processors of correlation and regions, the watch on intake, and the pages for those who look after
it, all hosted by Faust.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

import faust
import msgspec
from aiohttp.web import Request, Response
from msgspec import Struct

from hub.agreement_files import load as load_agreements
from hub.clocks import clock_of
from hub.domain.time import MINUTE_MS
from hub.errors import Misconfigured
from hub.keys import Keys, fresh_salt
from hub.settings import Settings
from hub.settings import load as load_settings
from hub.shipped import shipped
from hub.streams.admitting import Admitting
from hub.streams.correlate import Correlate, Deployment
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.intake import Admission
from hub.streams.kafka.app import Hosted, hosting
from hub.streams.kafka.brokers import Brokers, at
from hub.streams.kafka.connection import connection_of
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.intake import Judging, KafkaIntake
from hub.streams.kafka.membership import Member
from hub.streams.kafka.names import CORRELATE, IN, REGION, Names
from hub.streams.kafka.processor import KafkaProcessor
from hub.streams.kafka.registry import registry_of
from hub.streams.kafka.shard import Ways
from hub.streams.kafka.upstream import Upstream
from hub.streams.keeping import Keeper, Life
from hub.streams.loop import Limits, Turn
from hub.streams.regional import Regional
from hub.streams.seam import Step, StreamName
from hub.telemetry import EXPOSITION, Counts, Metrics
from hub.wire.avro import Schemas

# Idle, a batch is one fact; under load the more facts of a household come at once, the fewer times
# it is looked at. A second or so of computing, far within a session of the group.
LIMITS: Final = Limits(records=10_000)


def worker_app(environ: Mapping[str, str] = os.environ) -> faust.App:
    """The worker that the settings describe, for Faust's own command line."""
    return Worker.build(load_settings(environ)).app


class Worker(Struct, frozen=True, eq=False):
    """A worker: its processors, and the Faust app that hosts them."""

    processors: list[KafkaProcessor]
    hosted: Hosted
    app: faust.App

    @classmethod
    def build(cls, settings: Settings) -> Worker:
        """Composed, nothing opened. Misconfigured: what is wrong, and what to do."""
        default = shipped("agreements")
        agreements, parties = load_agreements(
            settings.agreements or default, else_parties=default / "parties.yaml"
        )
        if settings.key_file is None:
            told = "write the key file of this hub; all workers and gateways have the same"
            raise Misconfigured("SEINTJE_KEY_FILE", told)
        keys = Keys.load(settings.key_file)
        names = Names(settings.kafka_prefix)
        brokers = Brokers(connection_of(settings), names, settings.kafka_session_seconds)
        ends = Ends(brokers)
        upstream = Upstream(brokers, ends, [at(names.topic(IN + it), 0) for it in parties.by_id])

        metrics = Metrics(_counts)
        clock = clock_of(settings.clock)
        keeper = Keeper(clock, LIMITS, partial(_heard, metrics))
        ways = Ways(ends, is_silent=upstream.is_silent)
        deployment = Deployment(agreements, parties, keys, fresh_salt)
        steps: dict[str, tuple[StreamName, Callable[[], Step]]] = {
            CORRELATE: (FACTS, partial(Correlate, deployment)),
            REGION: (REGION_FACTS, partial(Regional, deployment)),
        }
        schemas = Schemas.load(shipped("schemas/avro"))
        registry = None if settings.registry_url is None else registry_of(settings, clock)
        tolerance = max(it.thresholds.clock_tolerance_minutes for it in agreements.all)
        admission = Admission(parties, agreements.covers, tolerance * MINUTE_MS)
        judging = Judging(Admitting(admission, keys), schemas, registry, clock, metrics)
        intake = KafkaIntake(brokers, judging)

        processors = [
            KafkaProcessor(name, stream, step, keeper, (brokers, ways))
            for name, (stream, step) in steps.items()
        ]
        member = Member(
            settings.worker_url or f"http://{settings.worker_listen}", settings.instance
        )
        hosted = Hosted(
            {
                "Shards": partial(_run, ends, upstream, processors, member),
                "Intake": partial(intake.run, member),
            },
            {
                "/healthz": partial(_health, processors),
                "/readyz": partial(_ready, processors),
                "/metrics": partial(_metrics, metrics, processors),
            },
            settings.worker_listen,
            [],
        )
        return cls(processors, hosted, hosting(hosted))

    def execute(self) -> None:
        """Run until SIGTERM or SIGINT; raises what made it stop by itself."""
        running = faust.Worker(self.app, quiet=True, redirect_stdouts=False, override_logging=False)
        try:
            running.execute_from_commandline()
        except SystemExit as ended:
            if self.hosted.failures:
                raise self.hosted.failures[0] from None
            if ended.code:
                raise


async def _run(
    ends: Ends, upstream: Upstream, processors: list[KafkaProcessor], member: Member
) -> None:
    """Everything that runs in a worker, until cancelled or until a setting is found wrong."""
    async with AsyncExitStack() as undo:
        undo.push_async_callback(ends.close)
        await ends.start()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(upstream.run())
                for processor in processors:
                    group.create_task(processor.run(member))
        except BaseExceptionGroup as faults:
            raise faults.exceptions[0] from None  # the first to fail took the others with it


async def _health(processors: list[KafkaProcessor], _request: Request) -> Response:
    stalled = [
        f"{it.name}-{number}: no progress"
        for it in processors
        for number, pulse in it.pulses.items()
        if pulse.is_stalled
    ]
    return _told("live", stalled)


async def _ready(processors: list[KafkaProcessor], _request: Request) -> Response:
    return _told("ready", _obstacles(processors))


def _obstacles(processors: list[KafkaProcessor]) -> list[str]:
    return [
        f"{it.name}-{number}: {pulse.life}"
        for it in processors
        for number, pulse in it.pulses.items()
        if pulse.life is not Life.RUNNING
    ]


async def _metrics(
    metrics: Metrics, processors: list[KafkaProcessor], _request: Request
) -> Response:
    body = metrics.exposition(is_ready=not _obstacles(processors))
    return Response(body=body, headers={"Content-Type": EXPOSITION})


def _told(state: str, reasons: list[str]) -> Response:
    body = {"status": state if not reasons else f"not {state}", "reasons": reasons}
    return Response(
        body=msgspec.json.encode(body),
        status=503 if reasons else 200,
        content_type="application/json",
    )


def _heard(metrics: Metrics, stream: StreamName, turn: Turn | None) -> None:
    if turn is None:
        metrics.restarted(stream)
    else:
        metrics.turned(stream, turn.records, ticked=turn.ticked)


def _counts() -> Counts:
    """What the read model counts is told by who has one: the gateways."""
    return Counts({}, {}, {}, {}, 0, {})
