"""What aiokafka raises is told in our words; what we raise ourselves is not taken for it."""

from __future__ import annotations

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    InvalidTopicError,
    KafkaConnectionError,
    ProducerFenced,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

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
        (AssertionError(), OutcomeUnknown),
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


def test_an_assertion_of_ours_is_a_bug() -> None:
    with pytest.raises(AssertionError), reaching():
        raise AssertionError
