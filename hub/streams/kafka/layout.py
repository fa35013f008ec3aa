"""Where streams lie: their topics and partitions, and in which cluster, as the brokers say now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import TopicPartition, errors
from msgspec import Struct

from hub.errors import Misconfigured
from hub.streams.kafka.brokers import Brokers, at
from hub.streams.seam import StreamName


class Layout(Struct, frozen=True):
    """The cluster by its own name, and which stream each partition is of."""

    cluster: str
    places: Mapping[TopicPartition, StreamName]


async def laid_out(brokers: Brokers, streams: Sequence[StreamName]) -> Layout:
    """The layout of these streams. `Unavailable`: try again. `Misconfigured`: one is missing, or
    may not be read."""
    stream_of = {brokers.names.topic(stream): stream for stream in streams}
    async with brokers.asking() as admin:
        # All topics: asking for one that is missing would make it, where brokers allow that.
        topics = [it for it in await admin.describe_topics() if it["topic"] in stream_of]
        cluster = (await admin.describe_cluster())["cluster_id"]
        missing = sorted(stream_of.keys() - {it["topic"] for it in topics})
        if missing:
            told = "it is missing, or hidden from this user; run: seintje topics check"
            raise Misconfigured(f"topic {missing[0]}", told)
        return Layout(cluster, _places(topics, stream_of))


def _places(
    topics: Sequence[Mapping[str, Any]], stream_of: Mapping[str, StreamName]
) -> dict[TopicPartition, StreamName]:
    found: dict[TopicPartition, StreamName] = {}
    for topic in topics:
        if topic["error_code"]:
            raise errors.for_code(topic["error_code"])
        for it in topic["partitions"]:
            found[at(topic["topic"], it["partition"])] = stream_of[topic["topic"]]
    return found
