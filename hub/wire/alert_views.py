"""Views on `seintje.out.<party>`: a revision as a CloudEvent in binary mode with Avro data, and
back to the JSON that the steps emit and the read model keeps.

Under one alert id each party has its own view, so the source of an event names the hub's stream to
that party, and its id the alert with the revision. What a view may hold is no matter of this
module: it writes what it is given.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from hub.domain.refusals import Refused, Slug
from hub.domain.sharing import View
from hub.domain.time import Instant, format_instant, parse_instant
from hub.wire import avro
from hub.wire.avro import SchemaById, Schemas
from hub.wire.kafka_records import AVRO, CONTENT_TYPE

SCHEMA: Final = "alert-view"
TYPE: Final = "nl.seintje.alert-view.v1"

# What is left of a view once nothing may be shared any more, in the order of its JSON.
REDUCED: Final = (
    "alertId", "revision", "status", "rule", "severity", "household", "notice", "listed",
    "announced",
)  # fmt: skip

_WHOLE: Final = View.__struct_encode_fields__
_INSTANTS: Final = ("raisedAt", "resolvedAt", "respondBy")
_OF_THE_FACT: Final = ("type", "source", "id", "occurredAt")

_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode


class Address(Struct, frozen=True):
    """To which party a view goes, when it was emitted, and the id that a registry gave the schema;
    None where there is no registry: single-object encoding."""

    party: str
    at: Instant
    schema_id: int | None = None


class Sent(NamedTuple):
    """Headers and value of a record."""

    headers: list[tuple[str, bytes]]
    value: bytes


def written(view: bytes, address: Address, schemas: Schemas) -> Sent:
    """The event of one revision; `view` is the JSON of `View` or `Reduced`."""
    record = _decode(view)
    alert, revision = record["alertId"], record["revision"]
    value = avro.written(SCHEMA, _as_avro(record), schemas, address.schema_id)
    headers = {
        "ce_specversion": "1.0",
        "ce_id": f"{alert}.{revision}",
        "ce_source": source_of(address.party),
        "ce_type": TYPE,
        "ce_time": format_instant(address.at),
        "ce_subject": alert,
        "ce_dataschema": _dataschema(address, schemas),
        CONTENT_TYPE: AVRO,
    }
    return Sent([(name, text.encode()) for name, text in headers.items()], value)


def read(value: bytes, schemas: Schemas, schema_by_id: SchemaById | None = None) -> bytes | Refused:
    """The JSON of the view in a record that `written` made, in either framing."""
    record = avro.read(SCHEMA, value, schemas, schema_by_id)
    if isinstance(record, Refused):
        return record
    try:
        return _encode(_as_emitted(record))
    except (ValueError, OverflowError, RecursionError):
        told = "An instant is beyond the calendar, or a shared field is no JSON."
        return Refused(Slug.MALFORMED, told)


def source_of(party: str) -> str:
    """The source of what the hub tells a party.

    No OIN or KvK number: the hub speaks for no organisation of its own, and one that it made up
    would be somebody's. The name says that, and is unique together with the id.
    """
    return f"urn:seintje:hub:out:{party}"


def _dataschema(address: Address, schemas: Schemas) -> str:
    if address.schema_id is not None:
        return f"urn:seintje:schema:id:{address.schema_id}"
    return f"urn:seintje:schema:fingerprint:{schemas.by_name[SCHEMA].fingerprint.hex()}"


def _as_avro(view: dict[str, Any]) -> dict[str, Any]:
    """The same dict with instants as numbers and shared fields as JSON; absent is the default."""
    for name in _INSTANTS:
        if view.get(name) is not None:
            view[name] = parse_instant(view[name])
    for absent in view.get("absent", ()):
        absent["expectedBy"] = parse_instant(absent["expectedBy"])
    if "evidence" in view:
        view["evidence"] = [_fact_as_avro(it) for it in view["evidence"]]
    return view


def _fact_as_avro(shown: dict[str, Any]) -> dict[str, Any]:
    fact: dict[str, Any] = {name: shown.pop(name) for name in _OF_THE_FACT if name in shown}
    if "occurredAt" in fact:
        fact["occurredAt"] = parse_instant(fact["occurredAt"])
    fact["fields"] = {name: _encode(value).decode() for name, value in shown.items()}
    return fact


def _as_emitted(record: dict[str, Any]) -> dict[str, Any]:
    if record["title"] is None:
        return {name: record[name] for name in REDUCED}
    for name in _INSTANTS:
        if record[name] is not None:
            record[name] = format_instant(record[name])
    for absent in record["absent"]:
        absent["expectedBy"] = format_instant(absent["expectedBy"])
    record["evidence"] = [_fact_as_emitted(it) for it in record["evidence"]]
    if record["aanspreekpunt"] is not None:
        record["aanspreekpunt"] = _present(record["aanspreekpunt"])
    return {name: record[name] for name in _WHOLE}


def _fact_as_emitted(fact: dict[str, Any]) -> dict[str, Any]:
    fields = fact.pop("fields")
    shown = _present(fact)
    if "occurredAt" in shown:
        shown["occurredAt"] = format_instant(shown["occurredAt"])
    return shown | {name: _decode(value) for name, value in fields.items()}


def _present(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value is not None}
