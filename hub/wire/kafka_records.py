"""A record of `seintje.in.<party>` → `Envelope` with JSON data, or the reason why not.

The two modes that CloudEvents has on Kafka: binary (`ce_` headers; the value is Avro in either
framing, or JSON) and structured (the value is the whole event). Key, partition and every other
header are the publisher's own business. Nothing here raises, whatever the bytes; only what
`schema_by_id` raises goes through (facts document, Wire).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from hub.domain.refusals import Refused, Slug, Violation
from hub.wire.avro import SchemaById, Schemas, as_json
from hub.wire.bsn import shown
from hub.wire.cloudevents import Envelope, decode, decode_binary

RecordHeaders: TypeAlias = Mapping[str, bytes | None] | Iterable[tuple[str, bytes | None]]

CONTENT_TYPE: Final = "content-type"
AVRO: Final = "application/avro"

_STRUCTURED: Final = "application/cloudevents"
_NOTHING: Final = Refused(
    Slug.MALFORMED, "A record without a value says nothing; a fact is taken back by fact-retracted."
)
_NO_SUCH_MODE: Final = Refused(
    Slug.MALFORMED,
    "The content type is that of no single CloudEvent.",
    (
        Violation(
            "datacontenttype", "application/cloudevents+json, application/avro or application/json"
        ),
    ),
)


def decode_record(
    headers: RecordHeaders,
    value: bytes | None,
    schemas: Schemas,
    schema_by_id: SchemaById | None = None,
) -> Envelope | Refused:
    """The event in a record; its data is JSON, whatever it was written in."""
    if value is None:
        return _NOTHING
    event = _event(headers, value)
    return event if isinstance(event, Refused) else as_json(event, schemas, schema_by_id)


def pairs_of(headers: RecordHeaders) -> Iterable[tuple[str, bytes | None]]:
    """Each header with its value; a name may come twice."""
    return headers.items() if isinstance(headers, Mapping) else headers


def _event(headers: RecordHeaders, value: bytes) -> Envelope | Refused:
    sent = _texts(headers)
    if isinstance(sent, Refused):
        return sent
    media = sent.pop(CONTENT_TYPE, AVRO)
    kind = media.partition(";")[0].strip().lower()
    if kind == f"{_STRUCTURED}+json":
        return decode(value)
    if kind.startswith(_STRUCTURED):
        return _NO_SUCH_MODE
    attributes = {name[3:]: text for name, text in sent.items()}
    return decode_binary(attributes | {"datacontenttype": media}, value)


def _texts(headers: RecordHeaders) -> dict[str, str] | Refused:
    """The headers that are CloudEvents' own, as text; null is as good as absent."""
    own = [
        (name, raw)
        for name, raw in pairs_of(headers)
        if name.startswith("ce_") or name == CONTENT_TYPE
    ]
    found: dict[str, str] = {}
    wrong: list[Violation] = []
    for name, raw in own:
        try:
            if raw is not None:
                found[name] = raw.decode()
        except UnicodeDecodeError:
            wrong.append(Violation(_path(name), "UTF-8"))
    if len({name for name, _ in own}) < len(own):
        times = Counter(name for name, _ in own)
        wrong += [Violation(_path(name), "once") for name, count in times.items() if count > 1]
    if wrong:
        told = "The headers are not those of a CloudEvent."
        return Refused(Slug.MALFORMED, told, tuple(wrong))
    return found


def _path(name: str) -> str:
    """The attribute of a header, as in every other mode."""
    return "datacontenttype" if name == CONTENT_TYPE else shown(name[3:])
