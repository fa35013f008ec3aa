"""Whoever is cancelled while it takes a partition over leaves nothing open."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import NewTopic

from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.names import Names
from hub.streams.kafka.shard import KafkaShard, Place, Ways
from tests.contract.runtimes import closing_admin

Client: TypeAlias = AIOKafkaConsumer | AIOKafkaProducer


async def test_cancelled_when_all_but_one_client_is_done(
    kafka: Connection, kafka_names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    brokers, stopping, stopped = Brokers(kafka, kafka_names, 6), asyncio.Event(), list[Client]()

    async def gently(stop: Callable[[], Awaitable[None]]) -> None:
        """As it is, but the first takes for ever."""
        stopped.append(stop.__self__)  # type: ignore[attr-defined]
        if not stopping.is_set():
            stopping.set()
            try:
                await asyncio.Event().wait()
            finally:
                await stop()
        await stop()

    topics = [kafka_names.topic("facts"), kafka_names.changelog("toy")]
    async with closing_admin(brokers) as admin:
        await admin.create_topics([NewTopic(topic, 1, 1) for topic in topics])
    ends = Ends(brokers)
    await ends.start()
    for module in ("shard", "clients"):
        monkeypatch.setattr(f"hub.streams.kafka.{module}.gently", gently)
    taking = asyncio.create_task(KafkaShard.take(brokers, Place("toy", "facts", 0), Ways(ends)))
    await stopping.wait()
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    monkeypatch.undo()
    await ends.aclose()
    assert [type(it) for it in stopped].count(AIOKafkaProducer) == 1
    assert len(stopped) == 3
