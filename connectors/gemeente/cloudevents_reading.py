"""What a sender posted, ready to be kept, or why it is not taken (HTTP binding of CloudEvents 1.0.2
3, and web hooks 2.2 for the statuses); and the events of what was kept.

Pure. Structured, batched and binary are told apart by the media type alone. What came is kept as it
is; a binary event is written as a structured one, with all of its attributes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import Raw, Struct

from connectors.withheld import why_withheld
from hub.domain.refusals import Refused, Slug
from hub.wire import strict_json
from hub.wire.bsn import is_suspect
from hub.wire.cloudevents import (
    MAX_EVENT_BYTES,
    Envelope,
    decode,
    decode_batch,
    decode_binary,
)
from hub.wire.dead_letters import without_bsn

SINGLE: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
MOST_BATCH_BYTES: Final = 1 << 20
ACCEPTED: Final = f"{SINGLE}, {BATCH}, application/json"

_CHARSET: Final = re.compile(r"""charset\s*=\s*"?([^\s;"]+)""", re.IGNORECASE)
_UTF_8: Final = frozenset({"utf-8", "utf8", "us-ascii"})
_ESCAPED: Final = re.compile(r"\\(.)")
_decode_events: Final = msgspec.json.Decoder(list[Raw]).decode


class Unread(Struct, frozen=True):
    """An event of a batch that nobody will be able to read, by its position, and why."""

    position: int
    detail: str


class Arrived(Struct, frozen=True):
    """What to keep of a request, and what in it is no use."""

    body: bytes
    unread: Sequence[Unread] = ()

    @property
    def name(self) -> str:
        """The same for a repeat."""
        return hashlib.sha256(self.body).hexdigest()


class NotTaken(Struct, frozen=True):
    """What to answer instead: a status, and what to do."""

    status: int
    told: str


Read: TypeAlias = Arrived | NotTaken


def most_bytes(media: str) -> int:
    """How large a body of this media type may be."""
    return MOST_BATCH_BYTES if media == BATCH else MAX_EVENT_BYTES


def media_of(fields: Mapping[str, str]) -> str:
    """The media type of a request, without parameters, in lower case."""
    return fields.get("content-type", "").partition(";")[0].strip().lower()


def not_understood(fields: Mapping[str, str]) -> NotTaken | None:
    """Whether the form of a request is one that is not read here, by its headers alone (names in
    lower case)."""
    media = media_of(fields)
    is_json = media in (SINGLE, BATCH) or _is_json(media)
    charset = _CHARSET.search(fields.get("content-type", ""))
    is_utf_8 = charset is None or charset[1].lower() in _UTF_8
    if not is_json or not is_utf_8:
        return NotTaken(415, f"send {ACCEPTED} with `ce-` headers, in UTF-8")
    if fields.get("content-encoding", "identity").strip().lower() != "identity":
        return NotTaken(415, "send it uncompressed")
    return None


def read(fields: Mapping[str, str], body: bytes) -> Read:
    """A request whose form is understood; names of headers in lower case."""
    media = media_of(fields)
    if media == BATCH:
        return _batch(body)
    if media == SINGLE:
        return _one(decode(body), body)
    attributes = attributes_of(fields)
    if attributes is None:
        return NotTaken(400, "a `ce-` header is not percent-encoded UTF-8")
    envelope = decode_binary(attributes, body)
    if isinstance(envelope, Refused):
        return _refusal(envelope)
    try:
        strict_json.read(body)
    except strict_json.BROKEN:
        return NotTaken(400, "the body is not JSON in UTF-8, each key once")
    whole = msgspec.json.encode({**attributes, "data": Raw(body)})
    return _one(decode(whole), whole)


def attributes_of(fields: Mapping[str, str]) -> dict[str, str] | None:
    """The attributes in the headers of a binary request; None if one is no text in UTF-8.

    The wire's own reader takes what a browser would; the binding wants quotation marks undone
    first, and broken UTF-8 refused (3.1.3.2).
    """
    found = {"datacontenttype": fields.get("content-type", "")}
    for name, value in fields.items():
        if not name.startswith("ce-") or name == "ce-datacontenttype":
            continue
        try:
            found[name[3:]] = unquote_to_bytes(_unquoted(value.strip())).decode("utf-8")
        except UnicodeDecodeError:
            return None
    return found


def events_of(kept: bytes) -> list[bytes]:
    """The events in what was kept: one, or those of a batch."""
    if kept.lstrip()[:1] == b"[":
        return [bytes(it) for it in _decode_events(kept)]
    return [kept]


def wrong_with(answer: Envelope | Refused, raw: bytes) -> str | None:
    """Why an event is no use here, by what it is and its bytes; None if it is."""
    if isinstance(answer, Refused):
        return _told(answer)
    return bsn_in(answer, raw) if answer.form == "json" else "its data is Avro; send it as JSON"


def bsn_in(event: Envelope, raw: bytes) -> str | None:
    """Where in an event a burgerservicenummer stands, also in attributes that nobody reads; None:
    nowhere. It is not even kept to be read."""
    if not (event.suspect or is_suspect(raw) or b"\\" in raw):  # an escape may hide a digit
        return None
    try:
        whole = strict_json.read(raw)
        return why_withheld({**whole, "data": strict_json.read(event.raw or b"null")})
    except strict_json.BROKEN:
        return "its data is no JSON with each key once"


def _batch(body: bytes) -> Read:
    judged = decode_batch(body)
    if isinstance(judged, Refused):
        return _refusal(judged)
    events = events_of(body)
    found = [(it.position, wrong_with(it.answer, events[it.position])) for it in judged]
    unread = [Unread(place, wrong) for place, wrong in found if wrong is not None]
    if unread and len(unread) == len(judged):
        return NotTaken(400, f"none of the events can be read; the first: {unread[0].detail}")
    kept = [_without_bsn(it.answer, events[it.position]) for it in judged]
    return Arrived(body if kept == events else b"[" + b",".join(filter(None, kept)) + b"]", unread)


def _without_bsn(answer: Envelope | Refused, raw: bytes) -> bytes:
    """An event of a batch as it is kept. One in which a burgerservicenummer stands is not, and in
    one that nobody can read it is masked, for people."""
    if isinstance(answer, Envelope) and answer.form == "json":
        return b"" if bsn_in(answer, raw) else raw
    return without_bsn(raw)


def _one(answer: Envelope | Refused, body: bytes) -> Read:
    if isinstance(answer, Refused):
        return _refusal(answer)
    wrong = wrong_with(answer, body)
    if wrong is None:
        return Arrived(body)
    return NotTaken(400 if answer.form == "json" else 415, wrong)


def _refusal(refused: Refused) -> NotTaken:
    return NotTaken(413 if refused.slug is Slug.TOO_LARGE else 400, _told(refused))


def _told(refused: Refused) -> str:
    wrong = ", ".join(f"{it.path}: expected {it.expected}" for it in refused.violations)
    return f"{refused.detail} {wrong}".strip()


def _is_json(media: str) -> bool:
    is_event = media.startswith("application/cloudevents")
    return not is_event and (media == "application/json" or media.endswith("+json"))


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        return _ESCAPED.sub(r"\1", value[1:-1])
    return value
