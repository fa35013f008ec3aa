"""A worker whose evaluation raises at one fact, for tests only: `python -m` this, with `POISON`.

Everything in it is what `seintje worker` has, but for the step of correlation, and without regions.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import aclosing
from functools import partial
from typing import Final

from hub.agreement_files import load as load_agreements
from hub.clocks import clock_of
from hub.compose.key_source import key_of
from hub.compose.worker import LIMITS, Worker, together
from hub.domain.time import Instant
from hub.keys import fresh_salt
from hub.settings import load
from hub.shipped import shipped
from hub.streams.admitting import Admitting
from hub.streams.correlate import Correlate, Deployment
from hub.streams.entries import FACTS
from hub.streams.intake import Admission
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import connection_of
from hub.streams.kafka.dressing import Dressing
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.hosting import Hosted, hosting
from hub.streams.kafka.intake import Judging, KafkaIntake
from hub.streams.kafka.membership import Member
from hub.streams.kafka.names import CORRELATE, Names
from hub.streams.kafka.pages import Pages
from hub.streams.kafka.processor import KafkaProcessor
from hub.streams.kafka.shard import Ways
from hub.streams.keeping import Keeper
from hub.streams.seam import Effects, Record, State
from hub.telemetry.family import Role
from hub.telemetry.logs import start_logs
from hub.telemetry.metrics import Metrics
from hub.telemetry.spans import UNTRACED
from hub.wire.avro import Schemas
from hub.wire.state import decode_fact

MODULE: Final = ("tests.faults.kafka.poisoned",)
POISON: Final = "POISON"


class Poisoned(Correlate):
    """Correlates, and raises at the fact with this id."""

    def __init__(self, deployment: Deployment, poison: str) -> None:
        super().__init__(deployment)
        self._poison = poison

    def take(
        self, state: State, batch: Sequence[Record], now: Instant, *, more: bool = False
    ) -> Effects:
        effects = super().take(
            state, batch, now, more=more
        )  # it fails only after it has changed a lot
        if self._poison in [decode_fact(it.value, self._party_of).id for it in batch]:
            raise ZeroDivisionError
        return effects


def main() -> None:
    start_logs()
    settings, default = load(os.environ), shipped("agreements")
    agreements, parties = load_agreements(default, else_parties=default / "parties.yaml")
    brokers = Brokers(
        connection_of(settings), Names(settings.kafka_prefix), settings.kafka_session_seconds
    )
    clock, metrics = clock_of(settings.clock), Metrics(Role.WORKER)
    ends, schemas = Ends(brokers), Schemas.load(shipped("schemas/avro"))
    keys = key_of(settings).keys()
    deployment = Deployment(agreements, parties, keys, fresh_salt)
    step = partial(Poisoned, deployment, os.environ[POISON])
    keeper = Keeper(clock, LIMITS, lambda _stream, _turn: None)
    ways = Ways(ends, Dressing(schemas, None, clock))
    processor = KafkaProcessor(CORRELATE, FACTS, step, keeper, (brokers, ways, UNTRACED))
    admitting = Admitting(Admission(parties, agreements.covers), keys)
    intake = KafkaIntake(brokers, Judging(admitting, schemas, None, clock, metrics))

    async def run() -> None:
        member = Member(str(settings.worker_listen), settings.instance)
        await ends.start()
        async with aclosing(ends), together() as group:
            group.create_task(processor.run(member))
            group.create_task(intake.run(member))

    pages = Pages([processor], metrics).by_path
    hosted = Hosted({"Poisoned": run}, pages, settings.worker_listen, [])
    print('{"metrics": "none"}', flush=True)
    Worker(hosted, hosting(hosted)).execute()


if __name__ == "__main__":
    main()
