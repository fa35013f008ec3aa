"""The facts that all peers read: those of a simulated region, a number of times over.

Key: the household. Value: JSON with what the job looks at beside what a fact has anyway. Each copy
of the region has households of its own. The alerts that the job must give are reckoned here, once,
and each peer is held against them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from bench.on_kafka.brokers import ToWrite
from bench.peers import job
from hub.domain.time import parse_instant
from hub.simulation import Region
from hub.streams.partitions import partition_of
from hub.wire import cloudevents

PARTITIONS: Final = 4


class Expected(Struct):
    """The alerts that must come: by what identifies them, where the fact stands that gives them."""

    alerts: dict[tuple[str, str, str], tuple[int, int]]
    counts: list[int]

    def differences(self, told: Sequence[bytes], committed: Sequence[int]) -> str:
        """What differs between what a peer told and what it should have, up to where it came."""
        due = {it for it, (place, at) in self.alerts.items() if at < committed[place]}
        found = [_identity(json.loads(it)) for it in told]
        once = set(found)
        parts = {
            "missing": len(due - once),
            "wrong": len(once - self.alerts.keys()),
            "ahead of the commit": len(once & self.alerts.keys() - due),
            "doubled": len(found) - len(once),
        }
        said = ", ".join(f"{count} {what}" for what, count in parts.items() if count)
        return f"{len(found):,}{': ' + said if said else ' exact'}"


def facts(households: int, copies: int, expected: Expected) -> Iterator[ToWrite]:
    """The records of the topic, in order; fills `expected` as it goes."""
    known: dict[str, job.Household] = {}
    for household, fact in _told(households):
        begun = job.take(known.setdefault(household, job.fresh()), fact)  # alike in every copy
        value = msgspec.json.encode(fact)
        assert value.endswith(b'"}'), "the id stands last"
        for copy in range(copies):
            name = f"{household}-{copy}"
            place = partition_of(name.encode(), PARTITIONS)
            for rule in begun:
                identity = name, rule, f"{fact['id']}-{copy}"
                expected.alerts[identity] = place, expected.counts[place]
            expected.counts[place] += 1
            yield ToWrite(place, name.encode(), b'%s-%d"}' % (value[:-2], copy))


def _told(households: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Facts of households in order of arrival; the simulator's ids begin with the household."""
    for arrival in Region(households, 12, 7).arrivals():
        event = cloudevents.decode(arrival.line)
        assert isinstance(event, cloudevents.Envelope)
        data = msgspec.json.decode(event.raw)
        if "references" in data:
            mark = {"type": event.type, "at": parse_instant(data["occurredAt"])}
            household = event.id.partition("-")[0]
            yield household, {**data, **mark, "source": event.source, "id": event.id}


def _identity(alert: dict[str, Any]) -> tuple[str, str, str]:
    return alert["household"], alert["rule"], alert["fact"]
