"""What aiokafka raises is told in our words; what we raise ourselves is not taken for it."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.cluster import ClusterMetadata
from aiokafka.errors import (
    InvalidTopicError,
    KafkaConnectionError,
    ProducerFenced,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from aiokafka.producer.message_accumulator import MessageAccumulator

from hub.errors import Fenced, Misconfigured, OutcomeUnknown, SeintjeError, Unavailable
from hub.streams.kafka.faults import committing, reaching


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (KafkaConnectionError(), Unavailable),
        (TimeoutError(), Unavailable),
        (OSError(), Unavailable),
        (ProducerFenced(), Fenced),
        (TopicAuthorizationFailedError(), Misconfigured),
        (UnknownTopicOrPartitionError(), Unavailable),
        (InvalidTopicError(), Misconfigured),
    ],
)
def test_what_goes_wrong_when_reaching(raised: Exception, told: type[SeintjeError]) -> None:
    with pytest.raises(told), reaching():
        raise raised


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (KafkaConnectionError(), OutcomeUnknown),
        (ProducerFenced(), Fenced),
        (TopicAuthorizationFailedError(), Misconfigured),
    ],
)
def test_what_goes_wrong_when_committing(raised: Exception, told: type[SeintjeError]) -> None:
    with pytest.raises(told), committing():
        raise raised


async def test_a_broker_that_names_no_brokers_yet_is_one_that_is_away() -> None:
    client = AIOKafkaClient(bootstrap_servers="127.0.0.1:1")
    with pytest.raises(Unavailable), reaching():
        await client.coordinator_lookup(0, "seintje-correlate-0")  # as after such an answer
    await client.close()


def gives_up_what_it_does_not_have() -> None:
    """As its sender does when a broker comes back: a KeyError of aiokafka."""
    accumulator = MessageAccumulator(ClusterMetadata(), 1, 0, 1)
    accumulator.reenqueue(Mock(tp=TopicPartition("t", 0)))


async def test_a_slip_of_aiokafka_leaves_it_open_whether_it_was_committed() -> None:
    with pytest.raises(KeyError):
        gives_up_what_it_does_not_have()
    with pytest.raises(OutcomeUnknown), committing():
        gives_up_what_it_does_not_have()


@pytest.mark.parametrize("slip", [AssertionError, AttributeError, KeyError])
def test_a_slip_of_ours_is_a_bug(slip: type[Exception]) -> None:
    for block in (reaching, committing):
        with pytest.raises(slip), block():
            raise slip
