"""A worker of a hub on Kafka: intake, correlation and regions, hosted by Faust.

Nothing is opened by composing. What runs first looks whether the brokers have what a worker needs,
and says in words what is missing; brokers that are away are waited for.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Final

import faust
import structlog
from msgspec import Struct

from hub import garbage
from hub.agreement_files import load as load_agreements
from hub.clocks import clock_of
from hub.compose import measuring, measuring_kafka
from hub.compose.beginning import begin
from hub.compose.key_source import key_of
from hub.compose.starting import settings_for
from hub.compose.tracing import traced_until_the_end, tracing_of
from hub.domain.parties import Parties
from hub.domain.time import MINUTE_MS
from hub.errors import Unavailable
from hub.keys import fresh_salt
from hub.settings import Settings
from hub.shipped import shipped
from hub.streams.admitting import Admitting
from hub.streams.correlate import Correlate, Deployment
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.intake import Admission
from hub.streams.kafka.admin import in_words, require
from hub.streams.kafka.administrator import Administrator
from hub.streams.kafka.ages import Ages, Input
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.claiming import claim
from hub.streams.kafka.connection import connection_of
from hub.streams.kafka.diagnosis import diagnose, error_of
from hub.streams.kafka.dressing import Dressing
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.grants import WORKER, grants_of_role
from hub.streams.kafka.hosting import Hosted, Run, hosting
from hub.streams.kafka.intake import Judging, KafkaIntake
from hub.streams.kafka.look_ups import LookUps
from hub.streams.kafka.membership import Member
from hub.streams.kafka.names import CORRELATE, IN, INTAKE, REGION, Names
from hub.streams.kafka.pages import Pages
from hub.streams.kafka.processor import KafkaProcessor
from hub.streams.kafka.registry import registry_of
from hub.streams.kafka.sensor import EVENTS
from hub.streams.kafka.shard import Ways
from hub.streams.kafka.upstream import Upstream
from hub.streams.keeping import Keeper
from hub.streams.looking import Looking
from hub.streams.loop import Limits
from hub.streams.regional import Regional
from hub.streams.seam import Step, StreamName
from hub.telemetry.family import Role
from hub.telemetry.metrics import IN as IN_SHARD
from hub.telemetry.metrics import Metrics
from hub.wire.avro import Schemas

# Idle, a batch is one fact. Under load the more facts come at once, the fewer times a household is
# written. Measured: of a backlog 1 000 at once cost a tenth more than 10 000, and 40 000 as much.
LIMITS: Final = Limits(records=10_000, beside=500)

_log = structlog.get_logger("seintje.worker")


def worker_app() -> faust.App:
    """The worker that the settings of this process describe, for Faust's own command line."""
    settings = settings_for(Role.WORKER, os.environ)
    begin(settings, "worker")  # whatever Faust does with the logs of libraries, ours are as allowed
    worker = build(settings)
    garbage.look_rarely()
    return worker.app


def build(settings: Settings) -> Worker:
    """A worker, composed and not started. Misconfigured: what is wrong, and what to do."""
    # Long on purpose, and from the outside in: each line needs the ones above it.
    default = shipped("agreements")
    agreements, parties = load_agreements(
        settings.agreements or default, else_parties=default / "parties.yaml"
    )
    keys = key_of(settings).keys()
    names = Names(settings.kafka_prefix)
    brokers = Brokers(connection_of(settings), names, settings.kafka_session_seconds)
    schemas = Schemas.load(shipped("schemas/avro"))
    clock = clock_of(settings.clock)
    metrics = Metrics(Role.WORKER)
    measuring.surroundings(metrics, settings, agreements, ["kafka-ca"])

    registry = None if settings.registry_url is None else registry_of(settings, clock)
    writes_ids = settings.framing == "confluent"
    dressing = Dressing(schemas, registry if writes_ids else None, clock)
    ends = Ends(brokers)
    in_topics = [names.topic(IN + it) for it in parties.by_id]
    upstream = Upstream(brokers, ends, in_topics)
    ways = Ways(ends, dressing, upstream.is_silent, metrics)
    tracing = tracing_of(settings, "worker")

    tolerance = max(it.thresholds.clock_tolerance_minutes for it in agreements.all)
    admission = Admission(parties, agreements.covers, tolerance * MINUTE_MS)
    judging = Judging(Admitting(admission, keys), schemas, registry, clock, metrics, tracing)
    intake = KafkaIntake(brokers, judging)

    keeper = Keeper(clock, LIMITS, partial(measuring.heard, metrics))
    deployment = Deployment(agreements, parties, keys, fresh_salt)
    steps: dict[str, tuple[StreamName, Callable[[], Step]]] = {
        CORRELATE: (FACTS, partial(Correlate, deployment)),
        REGION: (REGION_FACTS, partial(Regional, deployment)),
    }
    processors = [
        KafkaProcessor(name, stream, step, keeper, (brokers, ways, tracing))
        for name, (stream, step) in steps.items()
    ]
    inputs = [Input(it.stream, names.group(it.name), [names.topic(it.stream)]) for it in processors]
    inputs.append(Input(IN_SHARD, names.group(INTAKE), in_topics))
    ages = Ages(brokers, ends, inputs)
    metrics.add(partial(measuring_kafka.ages, ages, intake, processors))
    metrics.add(partial(measuring.shards, partial(measuring_kafka.pulses_of, processors), clock))
    promises = measuring.Promises(agreements, parties, clock)
    partitions = settings.kafka_partitions
    metrics.add(partial(measuring_kafka.states, processors, promises, partitions))

    address = settings.worker_url or f"http://{settings.worker_listen}"
    member = Member(address, settings.instance)
    runs: list[Run] = [
        upstream.run,
        ages.run,
        partial(intake.run, member),
        *(partial(processor.run, member) for processor in processors),
    ]
    starts: list[Run] = [
        partial(_look_first, brokers, parties, settings),
        partial(claim, brokers, keys),
        dressing.start,
        ends.start,
    ]
    waits: list[str] = []  # why it has not started yet
    run = partial(_run, ends, waits, starts, runs)
    services = {"Seintje": partial(traced_until_the_end, run, tracing)}
    looking = LookUps(Looking(agreements, parties, keys), *processors)
    pages = {**Pages(processors, metrics, waits).by_path, **looking.by_path}
    for it in EVENTS:
        metrics.hosted(it, 0)
    hosted = Hosted(services, pages, settings.worker_listen, [], metrics.hosted)
    return Worker(hosted, hosting(hosted))


class Worker(Struct, frozen=True, eq=False):
    """A worker, and the Faust app that hosts it."""

    hosted: Hosted
    app: faust.App

    def execute(self) -> None:
        """Run until SIGTERM or SIGINT; raises what made it stop by itself."""
        garbage.look_rarely()
        running = faust.Worker(self.app, quiet=True, redirect_stdouts=False, override_logging=False)
        running.spinner = None  # it would draw on stdout, also where that is no terminal
        try:
            running.execute_from_commandline()
        except SystemExit as ended:
            if self.hosted.failures:
                raise self.hosted.failures[0] from None
            if ended.code:
                raise
        _log.info("stopped")


async def _run(ends: Ends, waits: list[str], starts: Sequence[Run], runs: Sequence[Run]) -> None:
    """Everything that runs in a worker, until cancelled or until a setting is found wrong."""
    async with aclosing(ends):
        for start in starts:
            await _until_there(start, waits)
        async with together() as group:
            for run in runs:
                group.create_task(_hosted(run))


async def _hosted(run: Run) -> None:
    await run()


async def _until_there(start: Run, waits: list[str]) -> None:
    """Brokers that are away are waited for; it is said once a try, and as long as it lasts in
    `waits`."""
    while True:
        try:
            await start()
        except Unavailable as away:
            waits[:] = [str(away)]
            _log.warning("waiting", error=type(away).__name__, says=str(away))
            await asyncio.sleep(away.retry_after)
        else:
            waits.clear()
            return


async def _look_first(brokers: Brokers, parties: Parties, settings: Settings) -> None:
    """Whether the brokers can be reached, and have the topics that a worker needs."""
    plans = brokers.names.plans(parties, settings.kafka_partitions)
    grants = grants_of_role(brokers.names, WORKER)
    try:
        look = partial(require, Administrator(brokers.connection), plans, grants)
        for it in await asyncio.to_thread(look):
            _log.warning("topic differs", says=in_words(it))
    except Unavailable as away:
        found = await asyncio.to_thread(diagnose, brokers.connection)
        raise error_of(found) or away from None


@asynccontextmanager
async def together() -> AsyncIterator[asyncio.TaskGroup]:
    """Tasks of which the first to fail takes the others with it; raises what that one raised."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as faults:
        raise faults.exceptions[0] from None
