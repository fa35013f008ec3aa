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

import structlog
from msgspec import Struct

from hub.domain.facts import CATALOGUE
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
from hub.streams.tracks import COUNT, SYSTEM, fanned, moving, sampled, stamped
from hub.telemetry.logs import looks_closely
from hub.telemetry.metrics import Metrics
from hub.telemetry.spans import UNTRACED, Kind, Tracing, Value, around
from hub.wire import avro
from hub.wire.avro import Schemas
from hub.wire.cloudevents import Envelope

Event: TypeAlias = Envelope | Refused  # a refusal: it could not even be decoded

_log = structlog.get_logger("seintje.intake")

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
    """Takes events in for a hub; `system` is what keeps its streams, for who traces."""

    admission: Admission
    schemas: Schemas
    keys: Keys
    log: FactLog
    reading: Reading
    clock: Clock
    metrics: Metrics
    tracing: Tracing = UNTRACED
    system: str = "seintje"

    async def receive(self, events: Sequence[Event], sender: Party | None) -> list[Received]:
        """Judge the events and keep the good ones; durable on return.

        `sender` None takes each source at its word. `Unavailable`: try again; some may have been
        kept, and are duplicates then.
        """
        judged = self._judge_all(events, sender)
        await self._append(judged, "" if sender is None else sender.id)
        for it in judged:
            self._count(it)
        _tell(judged, "" if sender is None else sender.id)
        return [it.answer for it in judged]

    async def _append(self, judged: Sequence[_Judged], sender: str) -> None:
        count = sum(len(it.fresh) for it in judged)
        if not count:
            return
        tells: dict[str, Value] = {COUNT: count, "seintje.party": sender, SYSTEM: self.system}
        begun = moving(Kind.PRODUCER, "send", FACTS, tells)
        with fanned(self.tracing, begun, around()) as fan:
            fresh = [
                stamped(entry.emit, fan.context_for(sampled(_trace_of(it))))
                for it in judged
                for entry in it.fresh
            ]
            for stream in (FACTS, REGION_FACTS):
                emits = [emit for emit in fresh if emit.stream == stream]
                if emits:
                    await self.log.append(stream, emits)

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


def _trace_of(judged: _Judged) -> str:
    """The context in which the event was made, if it says so."""
    return "" if isinstance(judged.event, Refused) else judged.event.trace


def _tell(judged: Sequence[_Judged], sender: str) -> None:
    """A line a fact for who looks closely; of what was refused one a reason, for its sender got the
    answer. The type is one of ours, or nothing: what a sender wrote there may be anything."""
    told: dict[Slug, list[str]] = {}
    is_debugging = looks_closely()
    for it in judged:
        answer, slug = it.answer, it.answer.refused.slug if it.answer.refused else None
        if is_debugging:
            name = "" if isinstance(it.event, Refused) else it.event.type
            _log.debug(
                "fact offered",
                party=sender,
                type=name if name in CATALOGUE else "other",
                status=answer.status.value,
                receipt=answer.receipt_id,
                reason=slug,
            )
        if slug is not None:
            told.setdefault(slug, []).append(answer.receipt_id or "")
    for slug, names in told.items():
        receipt = next(filter(None, names), None)  # only of what came before with other content
        _log.info("facts refused", party=sender, reason=slug, records=len(names), receipt=receipt)


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
