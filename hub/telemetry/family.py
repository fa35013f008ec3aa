"""What a family of metrics is: its kind, its labels, who shows it and how it is added up.

No label has a value of a household: they are types of the catalogue, slugs, rules of the agreement,
party ids, names of shards, and words of this program. `values` says which, and so how many series a
family can have.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from hub.settings.roles import Role as Role  # a process that shows metrics reads settings


class Kind(StrEnum):
    """What Prometheus makes of a family."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Of(StrEnum):
    """Whose figure it is, and so what holds for several processes together."""

    PROCESS = "process"  # each counted its own: they are added up
    HUB = "hub"  # each read the same of the hub: the highest is taken, never the sum
    LONGEST = "longest"  # an age, of which each knows its part: the highest holds for the hub
    LEAST = "least"  # what is left, at each process: the lowest is what matters


class Family(Struct, frozen=True, kw_only=True):
    """One family: `name` without `_total`, `told` a sentence for who reads it, `buckets` of a
    histogram in its unit."""

    name: str
    kind: Kind
    told: str
    labels: tuple[str, ...] = ()
    roles: frozenset[Role]
    of: Of = Of.PROCESS
    buckets: tuple[float, ...] = ()

    @property
    def series(self) -> tuple[str, ...]:
        """The names under which Prometheus keeps it."""
        if self.kind is Kind.COUNTER:
            return (f"{self.name}_total",)
        if self.kind is Kind.HISTOGRAM:
            return tuple(f"{self.name}_{end}" for end in ("bucket", "count", "sum"))
        return (self.name,)


def counter(
    name: str, told: str, roles: frozenset[Role], *labels: str, of: Of = Of.PROCESS
) -> Family:
    return Family(name=name, kind=Kind.COUNTER, told=told, labels=labels, roles=roles, of=of)


def gauge(
    name: str, told: str, roles: frozenset[Role], *labels: str, of: Of = Of.PROCESS
) -> Family:
    return Family(name=name, kind=Kind.GAUGE, told=told, labels=labels, roles=roles, of=of)


def histogram(
    name: str, told: str, roles: frozenset[Role], *labels: str, buckets: tuple[float, ...]
) -> Family:
    return Family(
        name=name, kind=Kind.HISTOGRAM, told=told, labels=labels, roles=roles, buckets=buckets
    )


# What may stand in a label, in words; the length of each list is bounded.
VALUES: Final[Mapping[str, str]] = {
    "type": "a fact type of the catalogue, or `other`",
    "outcome": "a word of this program: how it ended",
    "reason": "a slug, or a word of this program",
    "rule": "a rule of an agreement",
    "severity": "a severity of the agreement",
    "status": "a status of a receipt, or the class of an HTTP status (`2xx`)",
    "shard": "`facts`, `region-facts`, and on Kafka `in`",
    "party": "the id of a party in the parties file",
    "feed": "a fact type that a party promised to complete",
    "group": "`regular` or `other`",
    "route": "the template of a path, like `/v1/alerts/{alertId}`",
    "life": "the life of a subscription, or of a shard",
    "certificate": "which file: `tls`, `client-ca`, `client`, `kafka-ca`",
    "id": "the id of an agreement",
    "version": "a version",
    "role": "`run`, `worker`, `gateway`, `deliver` or `connect`",
    "event": "something that Faust counts",
    "part": "a source, sink or errand of a connector, `hub` or `receipts`",
    "source": "a source of a connector",
    "sink": "a sink of a connector",
}
