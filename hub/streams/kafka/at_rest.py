"""Whether a hub on Kafka is at rest, or is not there yet: what an export and an import ask first.

Nothing is stopped from here. What is found to be going on is told, and what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from aiokafka import TopicPartition

from hub.domain.parties import Parties
from hub.errors import Misconfigured
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.faults import patiently
from hub.streams.kafka.names import CORRELATE, IN, INTAKE, REGION
from hub.streams.kafka.owners import takes_part
from hub.streams.seam import StreamName

# Processor by the stream that it reads.
PROCESSORS: Final[Mapping[StreamName, str]] = {FACTS: CORRELATE, REGION_FACTS: REGION}


async def require_no_workers(brokers: Brokers) -> None:
    """Misconfigured while a worker takes part in any group."""
    for processor in (*PROCESSORS.values(), INTAKE):
        address = await takes_part(brokers, processor)
        if address is not None:
            told = (
                f"the worker at {address} runs; stop all workers and gateways. One that was killed"
                f" is gone after SEINTJE_KAFKA_SESSION_SECONDS ({brokers.session_seconds})"
            )
            raise Misconfigured(f"consumer group {brokers.names.group(processor)}", told)


async def require_all_taken_in(brokers: Brokers, ends: Ends, parties: Parties) -> None:
    """Misconfigured while a party wrote something that intake has not read."""
    found = await ends.of_topics(brokers.names.topic(IN + it) for it in parties.by_id)
    committed = await _committed(brokers, INTAKE, found)
    first = await ends.firsts(found)
    for place, end in found.items():
        waiting = end - max(committed[place], first[place])
        if waiting > 0:
            told = (
                f"{waiting} records wait for intake; run a worker until they are read, while the"
                " party does not write, and stop it again"
            )
            raise Misconfigured(f"topic {place.topic}", told)


async def require_nothing_there(brokers: Brokers, ends: Ends, topics: Iterable[str]) -> None:
    """Misconfigured when something was ever written to these topics, or read by a processor."""
    for place, end in (await ends.of_topics(topics)).items():
        if end:
            told = "it is not empty: a hub is there, or an import was cut off"
            raise Misconfigured(f"topic {place.topic}", f"{told}; {_ELSEWHERE}")
    for stream, processor in PROCESSORS.items():
        places = await ends.of_topics([brokers.names.topic(stream)])
        committed = await _committed(brokers, processor, places)
        if any(offset >= 0 for offset in committed.values()):
            group = f"consumer group {brokers.names.group(processor)}"
            raise Misconfigured(group, f"a hub was there before; {_ELSEWHERE}")


async def _committed(
    brokers: Brokers, processor: str, places: Iterable[TopicPartition]
) -> Mapping[TopicPartition, int]:
    """How far the group has read each; -1 where it never did."""
    group, asked = brokers.names.group(processor), list(places)
    if not asked:
        return {}
    async with brokers.asking() as admin:
        found = await patiently(partial(admin.list_consumer_group_offsets, group, partitions=asked))
    return {place: found[place].offset if place in found else -1 for place in asked}


_ELSEWHERE: Final = "import into another SEINTJE_KAFKA_PREFIX"
