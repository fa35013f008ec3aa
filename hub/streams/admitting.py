"""Admitting an event: from an envelope to the entries of the log, or why it is refused.

What every way in has in common: the gateway, files, and intake on Kafka. Pure but for the counters.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from hub.domain.facts import Fact
from hub.domain.parties import Party
from hub.domain.refusals import Refused, Slug
from hub.domain.time import Instant
from hub.keys import Keys
from hub.streams.entries import Entry, entry_of, group_of_other_tenant, kept
from hub.streams.intake import Admission, judge, per_gemeente
from hub.telemetry.metrics import Metrics
from hub.wire import avro
from hub.wire.avro import Schemas
from hub.wire.cloudevents import Envelope

_NOWHERE: Final = Refused(Slug.NO_CONVENANT, "The party serves no gemeente.")


class Admitted(Struct, frozen=True):
    """An event that passed intake, and its entries: more than one for a `feed-complete` that
    speaks of all gemeenten of its party."""

    fact: Fact
    entries: tuple[Entry, ...]


class Admitting(Struct, frozen=True, eq=False):
    """What events are admitted with."""

    admission: Admission
    keys: Keys

    def admit(self, event: Envelope, sender: Party | None, now: Instant) -> Admitted | Refused:
        """An event with JSON data, of this sender (None takes its source at its word)."""
        fact = judge(event, self.admission, sender, now)
        if isinstance(fact, Refused):
            return fact
        party = self.admission.parties.by_id[fact.party]
        entries = tuple(entry_of(it, self.keys) for it in per_gemeente(kept(fact), party))
        return Admitted(fact, entries) if entries else _NOWHERE


def count_admitted(metrics: Metrics, schemas: Schemas, fact: Fact) -> None:
    """What is counted of a fact that was kept: codes in no list, and other tenants."""
    unknown = avro.unknown_codes(fact, schemas)
    if unknown:
        metrics.unknown_codes(fact.type, len(unknown))
    group = group_of_other_tenant(fact)
    if group is not None:
        metrics.other_tenant(is_regular=group == "regular")
