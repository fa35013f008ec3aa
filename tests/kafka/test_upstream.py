"""A backlog before the facts is no silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import NewTopic

from hub.streams.kafka.brokers import Brokers, at
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.names import INTAKE, Names
from hub.streams.kafka.upstream import LOOK_SECONDS, Upstream
from tests.contract.runtimes import closing_admin

WITHIN_S = 20.0


class Hub:
    """One in topic, and what intake would do with it."""

    def __init__(self, brokers: Brokers) -> None:
        self.brokers = brokers
        self.topic = brokers.names.topic("in/delftwonen")
        self.ends = Ends(brokers)
        self.upstream = Upstream(brokers, self.ends, [self.topic])

    async def write(self) -> None:
        async with AIOKafkaProducer(**self.brokers.connection.for_aiokafka()) as producer:
            await producer.send_and_wait(self.topic, b"1")

    async def commit(self, offset: int) -> None:
        group = self.brokers.names.group(INTAKE)
        kafka = self.brokers.connection.for_aiokafka()
        async with AIOKafkaConsumer(group_id=group, enable_auto_commit=False, **kafka) as consumer:
            consumer.assign([at(self.topic, 0)])
            await consumer.commit({at(self.topic, 0): offset})

    async def says(self, is_silent: bool) -> None:
        """Returns once it says so."""
        async with asyncio.timeout(WITHIN_S):
            while self.upstream.is_silent() != is_silent:
                await asyncio.sleep(0.05)


@pytest.fixture
async def hub(kafka: Connection, kafka_names: Names) -> AsyncIterator[Hub]:
    hub = Hub(Brokers(kafka, kafka_names, 6))
    async with AsyncExitStack() as undo:
        admin = await undo.enter_async_context(closing_admin(hub.brokers))
        await admin.create_topics([NewTopic(hub.topic, 1, 1)])
        await hub.ends.start()
        undo.push_async_callback(hub.ends.aclose)
        looking = asyncio.create_task(hub.upstream.run())
        yield hub
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


async def test_what_intake_has_not_taken_in_is_a_backlog(hub: Hub) -> None:
    assert not hub.upstream.is_silent()  # nobody has looked yet
    await hub.says(True)
    await hub.write()
    await hub.write()
    await hub.commit(1)
    await hub.says(False)
    await hub.commit(2)
    await hub.says(True)


async def test_intake_that_keeps_up_with_a_steady_stream_is_no_backlog(hub: Hub) -> None:
    await hub.says(True)
    for offset in range(1, 13):  # for longer than an answer counts
        await hub.write()
        await hub.commit(offset - 1)  # there always is one on its way
        await asyncio.sleep(LOOK_SECONDS)
    assert hub.upstream.is_silent()
