"""What Kafka can answer, in our words: translated here and nowhere else.

Under transactions a commit that brings no answer is not a failure that can be tried again: it may
have happened. So the shard is dropped, and what was committed is read back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from traceback import walk_tb
from typing import Final, TypeVar

from aiokafka import errors

from hub.clocks import seconds
from hub.errors import Fenced, Misconfigured, OutcomeUnknown, Unavailable

AWAY_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 0.1

Answer = TypeVar("Answer")

_FENCED: Final = (
    errors.ProducerFenced,
    errors.InvalidProducerEpoch,
    errors.InvalidProducerIdMapping,
    errors.OutOfOrderSequenceNumber,
)
_DENIED: Final = (
    errors.TopicAuthorizationFailedError,
    errors.GroupAuthorizationFailedError,
    errors.TransactionalIdAuthorizationFailed,
    errors.ClusterAuthorizationFailedError,
)

# How aiokafka slips while brokers come and go: one that is just starting names no broker, a batch
# was given up meanwhile, a transaction is in no state that it knows.
_SLIPS: Final = (AssertionError, AttributeError, KeyError)

_REMOVED_UNREAD: Final = (
    "records were removed there before they were read: have them kept longer (retention.ms). To go"
    " on without them: seintje state export, and import under another SEINTJE_KAFKA_PREFIX"
)


@contextmanager
def _fenced_or_denied() -> Iterator[None]:
    """What no retry helps, whatever was done."""
    try:
        yield
    except _FENCED:
        raise Fenced("another worker has taken the partition") from None
    except _DENIED as denied:
        raise _denied(denied) from None


@contextmanager
def committing() -> Iterator[None]:
    """What goes wrong in here leaves open whether it was committed."""
    try:
        with _fenced_or_denied():
            yield
    except (errors.KafkaError, TimeoutError, *_SLIPS) as fault:
        if _is_ours(fault):
            raise
        raise OutcomeUnknown(f"no answer to a commit: {type(fault).__name__}") from None


@contextmanager
def reaching() -> Iterator[None]:
    """What goes wrong in here can be tried again, unless it is a setting that is wrong."""
    try:
        with _fenced_or_denied():
            yield
    except errors.UnknownTopicOrPartitionError:
        # At the start all topics were there; a broker that has just come back may not know of them.
        told = "Kafka does not know of a topic; if that lasts, run: seintje topics check"
        raise Unavailable(told, AWAY_SECONDS) from None
    except errors.InvalidTopicError:
        told = "Kafka takes no topic of this name; write letters, digits, . _ and -"
        raise Misconfigured("SEINTJE_KAFKA_PREFIX", told) from None
    except errors.OffsetOutOfRangeError as gone:
        raise Misconfigured(_topics_of(gone), _REMOVED_UNREAD) from None
    except (errors.KafkaError, TimeoutError, OSError, *_SLIPS) as fault:
        if _is_ours(fault):
            raise
        told = f"Kafka (SEINTJE_KAFKA_BROKERS) does not answer: {type(fault).__name__}"
        raise Unavailable(told, AWAY_SECONDS) from None


def _topics_of(fault: errors.OffsetOutOfRangeError) -> str:
    places = fault.args[0] if fault.args else {}
    return ", ".join(sorted({f"topic {place.topic}" for place in places})) or "a topic"


def _is_ours(fault: BaseException) -> bool:
    """Whether it is a slip that aiokafka did not make: then it is a bug of ours."""
    if not isinstance(fault, _SLIPS):
        return False
    frames = [frame for frame, _ in walk_tb(fault.__traceback__)]
    return not frames or not frames[-1].f_globals["__name__"].startswith("aiokafka.")


def _denied(denied: errors.KafkaError) -> Misconfigured:
    return Misconfigured(
        "SEINTJE_KAFKA_USER",
        f"Kafka does not allow this user what is needed ({type(denied).__name__});"
        " run: seintje topics acls",
    )


async def patiently(ask: Callable[[], Awaitable[Answer]], most_seconds: float = 20.0) -> Answer:
    """The answer, also of a broker that is not ready for this question yet (a coordinator that is
    still being found, say); what it says by then is raised as it is."""
    end = seconds() + most_seconds
    while True:
        try:
            return await ask()
        except errors.KafkaError as fault:
            if not fault.retriable or seconds() >= end:
                raise
        await asyncio.sleep(_AGAIN_SECONDS)


async def gently(stop: Callable[[], Awaitable[None]], most_seconds: float = 5.0) -> None:
    """Stop a client, and do not wait for a broker that is gone."""
    stopping = asyncio.ensure_future(stop())
    await asyncio.wait([stopping], timeout=most_seconds)
    if not stopping.done():
        stopping.cancel()
        await asyncio.wait([stopping], timeout=1.0)
    if stopping.done() and not stopping.cancelled():
        stopping.exception()  # it is thrown away: what it failed of says nothing any more


async def wholly(start: Callable[[], Awaitable[None]], most_seconds: float = 10.0) -> None:
    """Start a client, and give it time to end before a cancellation goes on: what is cancelled
    half-way leaves connections that nobody closes."""
    starting = asyncio.ensure_future(start())
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait([starting], timeout=most_seconds)
        if not starting.done():
            starting.cancel()
            await asyncio.wait([starting], timeout=1.0)
        if starting.done() and not starting.cancelled():
            starting.exception()  # whoever cancelled us does not want to know
        raise
