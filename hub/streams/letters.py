"""What a dead letter says of itself, for whoever lists and chooses: everything but what is in it.

Words come from lists of ours (a fact type, a gemeente, a party that there is), never as its sender
wrote them: what was refused may hold anything, anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from hub.domain.facts import CATALOGUE
from hub.domain.refusals import Slug, Violation
from hub.domain.time import Instant
from hub.errors import Misconfigured
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.frozen import REDRIVEN
from hub.streams.kafka.names import IN
from hub.streams.loop import POSITION, REASON, STREAM
from hub.streams.seam import Headers, Position, Record, StreamName
from hub.wire import strict_json
from hub.wire.dead_letters import DETAIL, VIOLATIONS
from hub.wire.state import PartyOf, Unreadable, decode_fact

# Of a fact that passed intake when a letter was redriven: which letter that was.
LETTER: Final = "letter"
# Of a revision that a receiver refused: which subscription that was.
SUBSCRIPTION: Final = "subscription"
WEBHOOK: Final = "webhook-"

_GEMEENTE: Final = re.compile(r"[0-9]{4}")
_PLACE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_SHORT: Final = {f"nl.seintje.{name}.v1": name for name in CATALOGUE}


class Letter(Struct, frozen=True):
    """A dead letter: where it stands, why, on which stream it stood, whose it is, of which fact
    type and where (each empty where nobody can tell), its size, when, and the letter it came from
    when it was redriven before."""

    position: Position
    reason: str
    stream: StreamName
    party: str
    type: str
    place: str
    size_bytes: int
    at: Instant
    came_from: Position | None = None

    @property
    def may_freeze(self) -> bool:
        """Whether nothing is told of its household until it is redriven or dismissed."""
        return self.reason == Slug.PROCESSING_ERROR.value and self.stream == FACTS


def letter_of(record: Record, party_of: PartyOf) -> Letter:
    """What the record of a dead letter says."""
    stream = text_of(record.headers, STREAM)
    reason = text_of(record.headers, REASON)
    party, fact_type, place = _told(record, stream, party_of)
    return Letter(
        record.at,
        reason if _PLACE.fullmatch(reason) else "",
        stream if _PLACE.fullmatch(stream.removeprefix(IN)) else "",
        party,
        fact_type,
        place,
        len(record.value or b""),
        record.appended_at,
        came_from(record.headers),
    )


def came_from(headers: Headers) -> Position | None:
    """The letter that this record came from, when it was redriven."""
    told = headers.get(REDRIVEN) or headers.get(LETTER) or b""
    return int(told) if told.isdigit() and len(told) < 19 else None


def stood_at(headers: Headers) -> Position:
    """Where it stood on its stream; 0 for a fact that was kept, and failed at a deadline."""
    told = headers.get(POSITION, b"")
    return int(told) if told.isdigit() and len(told) < 19 else 0


def text_of(headers: Headers, name: str) -> str:
    """A header of ours as text."""
    return headers.get(name, b"").decode("ascii", "replace")


def detail_of(headers: Headers) -> str:
    """Why, in one sentence; empty for what says it by its reason only."""
    return headers.get(DETAIL, b"").decode("utf-8", "replace")


def violations_of(headers: Headers) -> tuple[Violation, ...]:
    """Which fields were wrong, and what is expected there."""
    try:
        return msgspec.json.decode(headers.get(VIOLATIONS, b"[]"), type=tuple[Violation, ...])
    except msgspec.MsgspecError:
        return ()


def _told(record: Record, stream: StreamName, party_of: PartyOf) -> tuple[str, str, str]:
    """Party, fact type and place."""
    key = record.key.decode("utf-8", "replace")
    if stream in (FACTS, REGION_FACTS):
        return (*_of_fact(record, party_of), key if _PLACE.fullmatch(key) else "")
    if stream.startswith(IN):
        return stream.removeprefix(IN), *_of_event(record)
    place = key if _PLACE.fullmatch(key) else ""
    return place if text_of(record.headers, REASON).startswith(WEBHOOK) else "", "", place


def _of_fact(record: Record, party_of: PartyOf) -> tuple[str, str]:
    try:
        fact = decode_fact(record.value, party_of)
    except (Unreadable, Misconfigured):
        return "", ""
    return fact.party, fact.type


def _of_event(record: Record) -> tuple[str, str]:
    """Type and gemeente of what a party sent; its data may be anything."""
    named = record.headers.get("ce_type")
    tree = _tree(record.value)
    fact_type = named.decode("utf-8", "replace") if named is not None else tree.get("type")
    data = tree if named is not None else tree.get("data")
    gemeente = data.get("gemeente") if isinstance(data, dict) else None
    return (
        _SHORT.get(fact_type, "") if isinstance(fact_type, str) else "",
        gemeente if isinstance(gemeente, str) and _GEMEENTE.fullmatch(gemeente) else "",
    )


def _tree(value: bytes | None) -> Mapping[str, Any]:
    try:
        tree = strict_json.read(value or b"null")
    except strict_json.BROKEN:
        return {}
    return tree if isinstance(tree, dict) else {}
