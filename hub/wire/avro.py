"""Avro: the published schemas, and bytes in the two framings that Kafka knows.

Single-object encoding (`C3 01`, fingerprint, data) needs no registry; the Confluent format (`00`,
schema id, data) needs one, which comes in as a function. Avro data is turned into the JSON of the
same event and judged like it, so there is one judgement. Bad bytes are Refused, never an
exception (facts document, Wire).
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias, get_args

import fastavro
import msgspec
from fastavro.read import SchemaResolutionError
from fastavro.schema import SchemaParseException, fingerprint, to_parsing_canonical_form
from msgspec import Struct

from hub.domain.facts import CATALOGUE, Fact, fields_of
from hub.domain.refusals import Refused, Slug, Violation
from hub.domain.time import format_instant, parse_instant
from hub.errors import Misconfigured
from hub.wire import strict_json
from hub.wire.avro_bounds import depth_of
from hub.wire.avro_writing import writer_of
from hub.wire.bsn import is_suspect
from hub.wire.cloudevents import Envelope
from hub.wire.shapes import SHAPES
from hub.wire.writing import record_of

SINGLE_OBJECT: Final = b"\xc3\x01"
CONFLUENT: Final = b"\x00"

# The schema text that a registry has under an id; None if it has none. IO is the caller's.
SchemaById: TypeAlias = Callable[[int], str | None]

_MOST_TEXTS: Final = 1000  # out of a registry; there are some fifty of ours
_INSTANTS: Final = ("occurredAt", "upTo")
# What fastavro raises on bytes that are not of the schema, found by fuzzing.
_BROKEN: Final = (
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
)


class Schema(Struct, frozen=True):
    """One version of one schema: as published, and as fastavro reads it.

    `codes` are the code lists by field. Logical types are left out of `parsed`: instants and dates
    are numbers there, so that one beyond the calendar is a violation and no exception.
    """

    name: str
    text: str
    parsed: Any
    fingerprint: bytes
    codes: Mapping[str, frozenset[str]]


class Schemas:
    """The schemas that this hub writes (`by_name`, with `writers`), and all that it reads
    (`by_fingerprint`).

    Names are those of the files: `rent-missed`, `alert-view`.
    """

    def __init__(self, current: Iterable[Schema], kept: Iterable[Schema] = ()) -> None:
        self.by_name = {schema.name: schema for schema in current}
        self.writers = {name: writer_of(schema.parsed) for name, schema in self.by_name.items()}
        self.by_fingerprint = {schema.fingerprint: schema for schema in kept}
        self.by_fingerprint |= {schema.fingerprint: schema for schema in self.by_name.values()}
        self._by_text: dict[str, Schema | None] = {}

    @classmethod
    def load(cls, root: Path) -> Schemas:
        """All schemas below `root` (`schemas/avro`); Misconfigured if one is no Avro schema."""
        current = [*root.glob("*.avsc"), *root.glob("internal/*.avsc")]
        kept = root.glob("kept/*.avsc")
        return cls(map(_load, sorted(current)), map(_load, sorted(kept)))

    def parsed_once(self, name: str, text: str) -> Schema | None:
        """The schema with this text, out of a registry; None if it is none, or has no bounds."""
        if text not in self._by_text:
            if len(self._by_text) >= _MOST_TEXTS:
                self._by_text.clear()
            try:
                strict_json.read(text.encode())
                schema = _schema(name, text)
                depth_of(schema.parsed)
                self._by_text[text] = schema
            except (*strict_json.BROKEN, SchemaParseException, KeyError, TypeError):
                self._by_text[text] = None
        return self._by_text[text]


def fingerprint_of(text: str) -> bytes:
    """CRC-64-AVRO of the parsing canonical form, 8 bytes in the order of the wire."""
    canonical = to_parsing_canonical_form(json.loads(text))
    return bytes.fromhex(fingerprint(canonical, "CRC-64-AVRO"))


def _load(path: Path) -> Schema:
    try:
        return _schema(path.name.partition(".")[0], path.read_text("utf-8"))
    except (ValueError, SchemaParseException) as error:
        raise Misconfigured(
            str(path), "write an Avro schema there, see schemas/README.md"
        ) from error


def _schema(name: str, text: str) -> Schema:
    tree = json.loads(text)
    if not isinstance(tree, dict) or tree.get("type") != "record":
        raise ValueError("a schema here is a record")
    return Schema(
        name=name,
        text=text,
        parsed=fastavro.parse_schema(_without_logical(tree)),
        fingerprint=fingerprint_of(text),
        codes={
            field["name"]: frozenset(field["codes"]) for field in tree["fields"] if "codes" in field
        },
    )


def encode(fact: Fact, schemas: Schemas) -> bytes:
    """The data of a fact in single-object encoding."""
    return written(fact.type, avro_data_of(fact), schemas)


def encode_confluent(fact: Fact, schemas: Schemas, schema_id: int) -> bytes:
    """The data of a fact in the Confluent format; the registry has its schema under `schema_id`."""
    return written(fact.type, avro_data_of(fact), schemas, schema_id)


def written(
    name: str, record: Mapping[str, Any], schemas: Schemas, schema_id: int | None = None
) -> bytes:
    """A record of the schema `name`; instants and dates are numbers.

    In the Confluent format if a registry has the schema under `schema_id`, else single-object.
    """
    if schema_id is None:
        out = bytearray(SINGLE_OBJECT + schemas.by_name[name].fingerprint)
    else:
        out = bytearray(CONFLUENT + schema_id.to_bytes(4, "big"))
    schemas.writers[name](record, out)
    return bytes(out)


def as_json(
    envelope: Envelope, schemas: Schemas, schema_by_id: SchemaById | None = None
) -> Envelope | Refused:
    """The same event with JSON data, whatever the framing; an event with JSON data as it is."""
    if envelope.form == "json":
        return envelope
    if envelope.type not in CATALOGUE:
        return Refused(Slug.UNKNOWN_TYPE, "There is no fact type of this name and version.")
    record = read(envelope.type, envelope.raw, schemas, schema_by_id)
    if isinstance(record, Refused):
        return record
    raw = msgspec.json.encode(_with_text(envelope.type, record))
    suspect = envelope.suspect or b"\\" in raw or is_suspect(raw)
    return msgspec.structs.replace(envelope, raw=raw, form="json", suspect=suspect)


def read(
    name: str, raw: bytes, schemas: Schemas, schema_by_id: SchemaById | None = None
) -> dict[str, Any] | Refused:
    """What `written` wrote, with whatever version of the schema `name`, in either framing."""
    reader = schemas.by_name[name]
    framed = _unframed(raw, reader, schemas, schema_by_id)
    return framed if isinstance(framed, Refused) else _record(framed, reader)


def unknown_codes(fact: Fact, schemas: Schemas) -> tuple[str, ...]:
    """Fields of an accepted fact whose code is in no list: to be counted, nothing else."""
    get = fields_of(fact.type)
    lists = schemas.by_name[fact.type].codes.items()
    return tuple(name for name, codes in lists if get[name](fact.own) not in codes)


def avro_data_of(fact: Fact) -> dict[str, Any]:
    """The data of a fact as its Avro schema has it: instants in milliseconds, dates in days."""
    record = record_of(fact, fact.at)
    if "upTo" in record:
        record["upTo"] = parse_instant(record["upTo"])
    for name in _DATES[fact.type]:
        if name in record:
            record[name] = record[name].toordinal() - _EPOCH_DAY
    return record


class _Framed(NamedTuple):
    """Avro data and the schema that it was written with."""

    body: bytes
    writer: Schema


def _unframed(
    raw: bytes, reader: Schema, schemas: Schemas, schema_by_id: SchemaById | None
) -> _Framed | Refused:
    writer: Schema | None = None
    if raw.startswith(SINGLE_OBJECT) and len(raw) >= 10:
        writer, body = schemas.by_fingerprint.get(raw[2:10]), raw[10:]
    elif raw.startswith(CONFLUENT) and len(raw) >= 5:
        text = schema_by_id(int.from_bytes(raw[1:5], "big")) if schema_by_id else None
        writer, body = schemas.parsed_once(reader.name, text) if text else None, raw[5:]
    else:
        told = "Avro data begins with C3 01 and a fingerprint, or with 00 and a schema id."
        return Refused(Slug.MALFORMED, told)
    if writer is None:
        return _violation("a schema that is known here")
    if writer.parsed.get("name") != reader.parsed["name"]:
        return _violation("the schema of this type")
    return _Framed(body, writer)


def _record(framed: _Framed, reader: Schema) -> dict[str, Any] | Refused:
    buffer = io.BytesIO(framed.body)
    try:
        record = fastavro.schemaless_reader(buffer, framed.writer.parsed, reader.parsed)
    except SchemaResolutionError:
        return _violation("a schema that fits the one of this type")
    except _BROKEN:
        return Refused(Slug.MALFORMED, "The data does not follow the schema that it names.")
    if buffer.read(1):
        return Refused(Slug.MALFORMED, "There are bytes behind the data.")
    assert isinstance(record, dict)  # the schema is a record
    return record


def _with_text(fact_type: str, record: dict[str, Any]) -> dict[str, Any]:
    """Instants and dates as JSON has them. A number beyond the calendar stays: a violation."""
    for name in _INSTANTS:
        if name in record:
            record[name] = _text_or_number(format_instant, record[name])
    for name in _DATES[fact_type]:
        if record[name] is not None:
            record[name] = _text_or_number(_date_text, record[name])
    return record


def _text_or_number(write: Callable[[int], str], number: int) -> str | int:
    try:
        return write(number)
    except (ValueError, OverflowError):
        return number


def _date_text(days: int) -> str:
    return date.fromordinal(days + _EPOCH_DAY).isoformat()


def _violation(expected: str) -> Refused:
    told = "The data was written with another schema."
    return Refused(Slug.SCHEMA_VIOLATION, told, (Violation("data", expected),))


def _without_logical(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _without_logical(it) for key, it in tree.items() if key != "logicalType"}
    return [_without_logical(it) for it in tree] if isinstance(tree, list) else tree


_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_DATES: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(
        field.encode_name
        for field in msgspec.structs.fields(shape)
        if date in (field.type, *get_args(field.type))
    )
    for name, shape in SHAPES.items()
}
