"""The facts of a simulated region as intake would have them on the topics, in order of arrival."""

from __future__ import annotations

from msgspec import Struct

from bench.on_kafka.brokers import ToWrite
from hub.agreement_files import load
from hub.domain.facts import Fact
from hub.domain.time import Instant
from hub.keys import Keys
from hub.shipped import shipped
from hub.simulation import Region
from hub.streams.entries import entry_of
from hub.streams.intake import Admission, judge, per_gemeente
from hub.streams.partitions import partition_of
from hub.streams.seam import Emit, StreamName
from hub.wire import cloudevents

MONTHS = 12
KEYS = Keys(b"0" * 32)


class Told(Struct, frozen=True):
    """What is appended, and the instant of the last of it."""

    emits: list[Emit]
    until: Instant

    @classmethod
    def of_region(cls, households: int) -> Told:
        """A region of so many households, a year long."""
        _agreements, parties = load(shipped("agreements"))
        admission, emits, until = Admission(parties), list[Emit](), 0
        for arrival in Region(households, MONTHS, 7).arrivals():
            event = cloudevents.decode(arrival.line)
            assert isinstance(event, cloudevents.Envelope)
            fact = judge(event, admission, None, None)
            if isinstance(fact, Fact):
                until = max(until, arrival.at, fact.at)
                for it in per_gemeente(fact, parties.by_id[fact.party]):
                    emits.append(entry_of(it, KEYS).emit)
        return cls(emits, until)

    def of_stream(self, stream: StreamName, partitions: int) -> list[ToWrite]:
        """What goes to one stream."""
        return [
            ToWrite(partition_of(it.key, partitions), it.key, it.value, list(it.headers.items()))
            for it in self.emits
            if it.stream == stream
        ]
