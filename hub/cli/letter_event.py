"""The event in a dead letter, as JSON that can be mended; and what was mended, judged as intake
does. Whose it is stays the same: only its own party's words are put right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from hub.cli.options import agreements_at
from hub.clocks import clock_of
from hub.compose.key_source import key_of, own_key_of
from hub.domain.facts import CATALOGUE, Fact, Identity
from hub.domain.refusals import Refused, Slug
from hub.domain.time import MINUTE_MS
from hub.errors import Misconfigured
from hub.settings import Settings
from hub.shipped import shipped
from hub.streams.admitting import Admitted, Admitting
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.intake import Admission
from hub.streams.kafka.names import IN
from hub.streams.kafka.registry import registry_of
from hub.streams.letters import Letter, stood_at
from hub.streams.redriving import NotRedriven, corrected
from hub.streams.seam import Emit, Record
from hub.wire import strict_json
from hub.wire.avro import Schemas, as_json
from hub.wire.cloudevents import Envelope, decode
from hub.wire.kafka_records import decode_record
from hub.wire.state import PartyOf, Unreadable, decode_fact
from hub.wire.writing import event_of

_MASKED: Final = "the digits of a BSN were taken out; its publisher must send it again"
_UNREADABLE: Final = "its bytes are no event that can be read; its publisher must send it again"
_NO_EVENT: Final = "no fact is in it"


async def event_in(record: Record, letter: Letter, settings: Settings) -> bytes | str:
    """The event as JSON for people, or why there is none."""
    if letter.reason == Slug.BSN_FOUND.value:
        return _MASKED
    if letter.stream in (FACTS, REGION_FACTS):
        try:
            fact = decode_fact(record.value, PartyOf(lambda _: None))
        except (Unreadable, Misconfigured):
            return _UNREADABLE
        return _pretty(json.loads(event_of(fact, letter.at)))
    if not letter.stream.startswith(IN):
        return _NO_EVENT
    event = await _decoded(record, settings)
    if isinstance(event, Envelope):
        return _pretty(_tree_of(event))
    try:
        return _pretty(strict_json.read(record.value or b""))  # an envelope that is itself wrong
    except strict_json.BROKEN:
        return _UNREADABLE


class Mending:
    """What stands in a file, in place of what is in letters."""

    def __init__(self, settings: Settings, file: Path, *, on_kafka: bool) -> None:
        agreements, parties = agreements_at(settings.agreements, None)
        tolerance = max(it.thresholds.clock_tolerance_minutes for it in agreements.all)
        admission = Admission(parties, agreements.covers, tolerance * MINUTE_MS)
        source = key_of(settings) if on_kafka else own_key_of(settings)
        self._admitting = Admitting(admission, source.keys())
        self._parties = parties
        self._now = clock_of(settings.clock).now()
        self._event = _event_of(file.read_bytes())

    def __call__(self, record: Record, letter: Letter) -> Sequence[Emit]:
        """What goes in the place of the letter. NotRedriven: what is wrong with it."""
        if not letter.stream.startswith((IN, FACTS, REGION_FACTS)):
            raise NotRedriven(_NO_EVENT)
        sender = self._parties.by_id.get(letter.party)
        if sender is None or letter.reason == Slug.BSN_FOUND.value:
            raise NotRedriven("no party is known that said it" if sender is None else _MASKED)
        event = self._event
        admitted = event if isinstance(event, Refused) else self._admit(event, sender)
        if isinstance(admitted, Refused):
            raise NotRedriven(_in_words(admitted))
        source = _source_of(record, letter)
        if source is not None and admitted.fact.source != source:
            raise NotRedriven("source: the same as in the letter; another system says it itself")
        _check_is_new(record, letter, admitted.fact)
        return corrected(record, letter, admitted.entries)

    def _admit(self, event: Envelope, sender: Any) -> Admitted | Refused:
        return self._admitting.admit(event, sender, self._now)


def _check_is_new(record: Record, letter: Letter, fact: Fact) -> None:
    """A fact that was kept, and failed at a deadline, is there: it cannot be said otherwise under
    the same id."""
    if not letter.may_freeze or stood_at(record.headers):
        return
    there = decode_fact(record.value, PartyOf(lambda _: None))
    named = fact.replaces
    if fact.id == there.id or named != Identity(there.source, there.id):
        raise NotRedriven("this fact was kept: write a new id, and `replaces` with the old one")


def _source_of(record: Record, letter: Letter) -> str | None:
    """Which system said what is in the letter, where that can be read."""
    if letter.stream in (FACTS, REGION_FACTS):
        try:
            return decode_fact(record.value, PartyOf(lambda _: None)).source
        except Unreadable:
            return None
    named = record.headers.get("ce_source")
    if named is not None:
        return named.decode("utf-8", "replace")
    try:
        tree = strict_json.read(record.value or b"")
    except strict_json.BROKEN:
        return None
    source = tree.get("source") if isinstance(tree, dict) else None
    return source if isinstance(source, str) else None


def _event_of(raw: bytes) -> Envelope | Refused:
    event = decode(raw)
    return event if isinstance(event, Refused) else as_json(event, _schemas())


async def _decoded(record: Record, settings: Settings) -> Envelope | Refused:
    """The event with its data in JSON, whatever it was written in."""
    decode_with: Callable[..., Envelope | Refused] = partial(
        decode_record, record.headers, record.value, _schemas()
    )
    registry = registry_of(settings, clock_of(settings.clock))
    if registry is None:
        return decode_with()
    try:
        return await registry.ask(decode_with)
    finally:
        await registry.close()


def _schemas() -> Schemas:
    return Schemas.load(shipped("schemas/avro"))


def _tree_of(event: Envelope) -> dict[str, Any]:
    named = f"nl.seintje.{event.type}.v1" if event.type in CATALOGUE else event.type
    tree: dict[str, Any] = {"specversion": "1.0", "id": event.id, "source": event.source}
    tree["type"] = named
    if event.subject:
        tree["subject"] = event.subject
    if event.time:
        tree["time"] = event.time
    try:
        data = msgspec.json.decode(event.raw or b"null")
    except ValueError:
        data = event.raw.decode("utf-8", "replace")
    return tree | {"datacontenttype": "application/json", "data": data}


def _pretty(tree: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(tree), indent=2) + b"\n"


def _in_words(refused: Refused) -> str:
    """All that is wrong with it; it never holds a value out of it."""
    told = "; ".join(f"{it.path}: {it.expected}" for it in refused.violations)
    return f"{refused.slug.value}: {refused.detail}" + (f" {told}" if told else "")
