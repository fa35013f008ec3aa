"""A transaction is committed whole or not at all, also when a broker refuses one of its records."""

from __future__ import annotations

from contextlib import aclosing

import pytest
from aiokafka.admin import NewTopic

from hub.errors import OutcomeUnknown
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.names import Names
from hub.streams.kafka.shard import KafkaShard, Place, Ways
from hub.streams.kafka.streams import KafkaLog
from hub.streams.seam import Effects, Emit
from tests.contract.runtimes import closing_admin

PLACE = Place("toy", "facts", 0)


async def test_what_a_topic_does_not_take_leaves_nothing_committed(
    kafka: Connection, kafka_names: Names
) -> None:
    """Else the group would stand behind a record of which the change log knows nothing, and no
    worker could ever take the partition over again."""
    brokers = Brokers(kafka, kafka_names, 6)
    small = {"max.message.bytes": "300"}
    async with closing_admin(brokers) as admin:
        await admin.create_topics(
            [
                NewTopic(kafka_names.topic("facts"), 1, 1),
                NewTopic(kafka_names.changelog("toy"), 1, 1, topic_configs=small),
            ]
        )
    log = KafkaLog(brokers)
    async with aclosing(Ends(brokers)) as ends:
        await log.start()
        await ends.start()
        await log.append("facts", [Emit("facts", b"k", b"v")])
        await log.close()
        shard = await KafkaShard.take(brokers, PLACE, Ways(ends))
        batch = await shard.read(10, 10.0)
        with pytest.raises(OutcomeUnknown):
            await shard.commit(batch, Effects({("frozen", b"k"): b"v" * 1000}, []))
        await shard.close()
        again = await KafkaShard.take(brokers, PLACE, Ways(ends))
        assert [it.value for it in (await again.read(10, 10.0)).records] == [b"v"]
        await again.close()
