"""Reception: events that were decoded go in, answers come out (facts document, Intake).

Each is judged by itself; what is new is appended, all of a call at once, and only then answered. An
event that came before is told by its receipt: the same content is a duplicate, other content a
conflicting one. Two that race past this are told apart by correlation, in their receipt. Every way
into the embedded hub goes through here: HTTP, files, acts on alerts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

from msgspec import Struct

from hub.domain.parties import Party
from hub.domain.refusals import Refused, Slug
from hub.domain.time import Instant
from hub.keys import Keys
from hub.reading import receipts
from hub.reading.model import Reading
from hub.reading.receipts import Known
from hub.streams.admitting import Admitted, Admitting, count_admitted
from hub.streams.entries import FACTS, REGION_FACTS, Entry
from hub.streams.intake import Admission
from hub.streams.receipts import ReceiptStatus
from hub.streams.seam import Clock, FactLog
from hub.telemetry.metrics import Metrics
from hub.wire import avro
from hub.wire.avro import Schemas
from hub.wire.cloudevents import Envelope

Event: TypeAlias = Envelope | Refused  # a refusal: it could not even be decoded

_CONFLICTING: Final = Refused(
    Slug.CONFLICTING_DUPLICATE, "This source and id came before, with other content."
)


class Received(Struct, frozen=True):
    """The answer to one event: its receipt, or why it is refused."""

    status: ReceiptStatus
    receipt_id: str | None = None
    refused: Refused | None = None


class _Judged(Struct, frozen=True):
    """An event, what intake made of it, what is appended of it, and its answer."""

    event: Event
    admitted: Admitted | Refused
    fresh: tuple[Entry, ...]
    answer: Received


class Reception(Struct, frozen=True, eq=False):
    """Takes events in for the embedded hub."""

    admission: Admission
    schemas: Schemas
    keys: Keys
    log: FactLog
    reading: Reading
    clock: Clock
    metrics: Metrics

    async def receive(self, events: Sequence[Event], sender: Party | None) -> list[Received]:
        """Judge the events and keep the good ones; durable on return.

        `sender` None takes each source at its word. `Unavailable`: try again; some may have been
        kept, and are duplicates then.
        """
        judged = self._judge_all(events, sender)
        fresh = [entry.emit for it in judged for entry in it.fresh]
        for stream in (FACTS, REGION_FACTS):
            emits = [emit for emit in fresh if emit.stream == stream]
            if emits:
                await self.log.append(stream, emits)
        for it in judged:
            self._count(it)
        return [it.answer for it in judged]

    def rehearse(self, events: Sequence[Event], sender: Party | None) -> list[Received]:
        """What `receive` would answer; keeps nothing, counts nothing."""
        return [it.answer for it in self._judge_all(events, sender)]

    def _judge_all(self, events: Sequence[Event], sender: Party | None) -> list[_Judged]:
        now = self.clock.now()
        admitted = [self._admit(event, sender, now) for event in events]
        before = self._known(admitted)
        judged = []
        for event, it in zip(events, admitted, strict=True):
            answer, fresh = _answered(it, before)
            before |= {entry.receipt_id: _accepted(entry.digest) for entry in fresh}
            judged.append(_Judged(event, it, fresh, answer))
        return judged

    def _admit(self, event: Event, sender: Party | None, now: Instant) -> Admitted | Refused:
        plain = event if isinstance(event, Refused) else avro.as_json(event, self.schemas)
        if isinstance(plain, Refused):
            return plain
        return Admitting(self.admission, self.keys).admit(plain, sender, now)

    def _known(self, admitted: Iterable[Admitted | Refused]) -> dict[str, Known]:
        good = [it for it in admitted if isinstance(it, Admitted)]
        ids = [entry.receipt_id for it in good for entry in it.entries]
        return self.reading.ask(partial(receipts.known, receipt_ids=ids)) if ids else {}

    def _count(self, judged: _Judged) -> None:
        event, answer, metrics = judged.event, judged.answer, self.metrics
        name = "" if isinstance(event, Refused) else event.type
        metrics.offered(name, answer.status, answer.refused.slug if answer.refused else None)
        if isinstance(event, Envelope) and event.dropped:
            metrics.dropped_attributes(event.dropped)
        if isinstance(judged.admitted, Refused) or not judged.fresh:
            return
        count_admitted(metrics, self.schemas, judged.admitted.fact)


def _answered(
    admitted: Admitted | Refused, before: Mapping[str, Known]
) -> tuple[Received, tuple[Entry, ...]]:
    """The answer, and which entries are new."""
    if isinstance(admitted, Refused):
        return Received(ReceiptStatus.REFUSED, refused=admitted), ()
    fresh = []
    for entry in admitted.entries:
        known = before.get(entry.receipt_id)
        # Of what was refused, or noted without its content, correlation says what it is now.
        if known is None or known.is_refused or known.digest is None:
            fresh.append(entry)
        elif known.digest != entry.digest:
            return Received(ReceiptStatus.REFUSED, entry.receipt_id, _CONFLICTING), ()
    if not fresh:
        return Received(ReceiptStatus.DUPLICATE, admitted.entries[0].receipt_id), ()
    return Received(ReceiptStatus.ACCEPTED, fresh[0].receipt_id), tuple(fresh)


def _accepted(digest: bytes) -> Known:
    return Known(digest, ReceiptStatus.ACCEPTED)
