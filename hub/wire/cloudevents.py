"""CloudEvents 1.0, NL GOV profile: bytes and headers → `Envelope`, or the reason why not.

Structured JSON, batches of it, and binary mode; how a Kafka record carries them is
`hub.wire.kafka_records`. It judges the envelope only: whether `data` is what the type asks is
`hub.wire.fields`, whether the sender may say it `hub.streams.intake`. Nothing here raises, whatever
the bytes (facts document, Envelope).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias, TypeVar
from urllib.parse import unquote

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from hub.domain.facts import CATALOGUE
from hub.domain.refusals import Refused, Slug, Violation
from hub.wire import strict_json
from hub.wire.bsn import is_suspect

MAX_EVENT_BYTES: Final = 64 * 1024
MAX_BATCH_EVENTS: Final = 1000

Form: TypeAlias = Literal["json", "avro"]
_Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
_Moment: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]"
        r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]{1,9})?"
        r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])\Z"
    ),
]


class Envelope(Struct, frozen=True, gc=False):
    """One event before its data has been looked at.

    `type` is the short one (`rent-missed`), or the whole one where it is none of ours. `raw` holds
    the data in `form`. `suspect`: nine digits somewhere may be a BSN, so its strings must be
    searched; Avro data is left to `hub.wire.avro`. `time` stays text: nothing is derived from it.
    `dropped`: extension attributes that nobody here knows. `trace`: its attribute `traceparent`
    (CloudEvents, Distributed Tracing extension), unread.
    """

    id: str
    source: str
    type: str
    raw: bytes
    form: Form
    suspect: bool
    subject: str = ""
    time: str = ""
    dropped: int = 0
    trace: str = ""


class Judged(NamedTuple):
    """An event of a batch, by its position in it."""

    position: int
    answer: Envelope | Refused


class Attributes(Struct, forbid_unknown_fields=True, gc=False, kw_only=True):
    """The attributes that are read; others are dropped before."""

    specversion: Literal["1.0"]
    id: _Name
    source: _Name
    type: _Name
    time: _Moment | UnsetType | None = UNSET
    datacontenttype: _Name | UnsetType | None = UNSET
    dataschema: _Name | UnsetType | None = UNSET
    subject: _Name | UnsetType | None = UNSET
    # Known so that an event keeps its quick way in; what is not of this form is as good as none.
    traceparent: Any = UNSET
    tracestate: Any = UNSET


class Structured(Attributes, forbid_unknown_fields=True, gc=False, kw_only=True):
    """A structured event: its attributes and its data."""

    data: Raw = Raw()
    data_base64: str | UnsetType | None = UNSET


_A = TypeVar("_A", bound=Attributes)
_EXPECTED: Final[Mapping[str, str]] = {
    "specversion": "1.0",
    "time": "a time with its offset, like 2026-01-31T10:00:00+01:00",
    "data_base64": "base64",
}
_NO_BATCH: Final = "A batch is a JSON array of CloudEvents."
_TEXT: Final = "text of 1 to 200 characters"
_SHORT: Final = {f"nl.seintje.{name}.v1": name for name in CATALOGUE}
_MEDIA: Final[Mapping[str, Form]] = {
    "application/json": "json",
    "application/avro": "avro",
    "avro/binary": "avro",
    "application/vnd.apache.avro+binary": "avro",
}
_IN_HEADERS: Final = frozenset(Attributes.__struct_encode_fields__)
_IN_JSON: Final = frozenset(Structured.__struct_encode_fields__)
_decode: Final = msgspec.json.Decoder(Structured).decode
# One field for each event that may be in it: the decoder stops at the first one too many. A list of
# whatever comes would be a gigabyte for eight megabytes of `[],[],…`.
_Batch: Final = msgspec.defstruct(
    "_Batch",
    [(f"e{place}", Raw, Raw()) for place in range(MAX_BATCH_EVENTS)],
    array_like=True,
    forbid_unknown_fields=True,
)
_decode_batch: Final = msgspec.json.Decoder(_Batch).decode


def decode(raw: bytes) -> Envelope | Refused:
    """One structured JSON event (`application/cloudevents+json`, a line of a JSON Lines file)."""
    if len(raw) > MAX_EVENT_BYTES:
        return _too_large(len(raw))
    try:
        event = _decode(raw)
        if strict_json.is_whole(raw, event):
            return _envelope(event, suspect=is_suspect(raw), dropped=0)
    except strict_json.BROKEN:
        pass  # the long way says what is wrong, and drops what it does not know
    return _decode_slowly(raw)


def decode_batch(raw: bytes) -> list[Judged] | Refused:
    """Each event of `application/cloudevents-batch+json`; Refused if it is no JSON array, or one of
    more than `MAX_BATCH_EVENTS`.

    How many bytes a batch may have is for the gateway to say.
    """
    try:
        events = msgspec.structs.astuple(_decode_batch(raw))
    except msgspec.ValidationError:
        if raw.lstrip()[:1] == b"[":
            return Refused(Slug.TOO_LARGE, f"A batch is at most {MAX_BATCH_EVENTS} events.")
        return Refused(Slug.MALFORMED, _NO_BATCH)
    except strict_json.BROKEN:
        return Refused(Slug.MALFORMED, _NO_BATCH)
    sent = [bytes(event) for event in events if event]
    return [Judged(place, decode(event)) for place, event in enumerate(sent)]


def decode_binary(attributes: Mapping[str, str], body: bytes) -> Envelope | Refused:
    """Binary mode: attributes by their CloudEvents name, like `http_attributes` gives."""
    if len(body) > MAX_EVENT_BYTES:
        return _too_large(len(body))
    known = {name: value for name, value in attributes.items() if name in _IN_HEADERS}
    event = _attributes_of(known, Attributes)
    if isinstance(event, Refused):
        return event
    form = _form_of(event)
    if form is None:
        return _malformed(_no_form())
    texts = "\n".join((event.id, event.source, event.subject or "")).encode("utf-8", "replace")
    suspect = is_suspect(texts) or (form == "json" and _may_hide_digits(body))
    return _filled(event, body, form, suspect=suspect, dropped=len(attributes) - len(known))


def http_attributes(headers: Mapping[str, str]) -> dict[str, str]:
    """The attributes in the headers of a binary HTTP request; header names in lower case."""
    found = {
        name[3:]: unquote(value)
        for name, value in headers.items()
        if name.startswith("ce-") and name != "ce-datacontenttype"
    }
    return found | {"datacontenttype": headers.get("content-type", "application/json")}


def _decode_slowly(raw: bytes) -> Envelope | Refused:
    try:
        tree = strict_json.read(raw)
    except strict_json.BROKEN:
        return Refused(Slug.MALFORMED, "The event is not JSON in UTF-8, each key once.")
    if not isinstance(tree, dict):
        return Refused(Slug.MALFORMED, "A CloudEvent is a JSON object.")
    known = {name: value for name, value in tree.items() if name in _IN_JSON}
    if "data" in known:
        known["data"] = Raw(msgspec.json.encode(known["data"]))
    event = _attributes_of(known, Structured)
    if isinstance(event, Refused):
        return event
    # Encoded anew, so that no escape hides a digit.
    plain = msgspec.json.encode(event)
    return _envelope(event, suspect=is_suspect(plain), dropped=len(tree) - len(known))


def _envelope(event: Structured, *, suspect: bool, dropped: int) -> Envelope | Refused:
    form = _form_of(event)
    if form is None:
        return _malformed(_no_form())
    raw = bytes(event.data)
    if event.data_base64:
        if raw:
            return _malformed(Violation("data_base64", "either data or data_base64"))
        try:
            raw = base64.b64decode(event.data_base64, validate=True)
        except (binascii.Error, ValueError):
            return _malformed(Violation("data_base64", _EXPECTED["data_base64"]))
        suspect = suspect or (form == "json" and _may_hide_digits(raw))
    elif form == "avro":
        return _malformed(Violation("data_base64", "Avro, as base64"))
    return _filled(event, raw, form, suspect=suspect, dropped=dropped)


def _filled(event: Attributes, raw: bytes, form: Form, *, suspect: bool, dropped: int) -> Envelope:
    return Envelope(
        event.id,
        event.source,
        _SHORT.get(event.type, event.type),
        raw,
        form,
        suspect,
        event.subject or "",
        event.time or "",
        dropped,
        event.traceparent if isinstance(event.traceparent, str) else "",
    )


def _attributes_of(known: Mapping[str, Any], kind: type[_A]) -> _A | Refused:
    try:
        return msgspec.convert(known, kind)
    except (msgspec.ValidationError, RecursionError):
        return _malformed(*_violations(known, kind))


def _violations(known: Mapping[str, Any], kind: type[Attributes]) -> Iterable[Violation]:
    for field in msgspec.structs.fields(kind):
        value = known.get(field.encode_name, UNSET)
        if value is UNSET and not field.required:
            continue
        try:
            msgspec.convert(value, field.type)
        except msgspec.ValidationError:
            yield Violation(field.encode_name, _EXPECTED.get(field.encode_name, _TEXT))


def _may_hide_digits(raw: bytes) -> bool:
    return b"\\" in raw or is_suspect(raw)


def _form_of(event: Attributes) -> Form | None:
    if not event.datacontenttype or event.datacontenttype == "application/json":
        return "json"
    media = event.datacontenttype.partition(";")[0].strip().lower()
    return "json" if media.endswith("+json") else _MEDIA.get(media)


def _no_form() -> Violation:
    return Violation("datacontenttype", "application/json or application/avro")


def _malformed(*violations: Violation) -> Refused:
    return Refused(Slug.MALFORMED, "The attributes are not those of a CloudEvent.", violations)


def _too_large(size: int) -> Refused:
    return Refused(Slug.TOO_LARGE, f"An event is {size} bytes; at most {MAX_EVENT_BYTES} fit.")
