"""What the Avro schemas say of facts and alerts, put into the schemas of the document.

Each field has its meaning there, and the parts of a view that are plain mappings in the code have
their records. A test elsewhere keeps those schemas equal to the code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from hub.domain.facts import CATALOGUE
from hub.shipped import shipped

_REF: Final = "#/components/schemas/"
_VIEW: Final = "internal/alert-view"
# Fields of a view with no other values than these. Other codes are open: of a fact each is taken,
# and a phase is whatever an agreement says.
_CLOSED: Final = frozenset({"status", "severity", "resolution", "part", "notice"})
_FOR_OLDER_READERS: Final = frozenset({"unknown", "other"})
_WHOLE: Final = (
    "A revision of an alert as one party may see it, whole each time; the highest revision counts. "
    "What is absent is null."
)
_REDUCED: Final = "The last revision of an alert that may not be shown any more, or is no more."
_MOMENTS: Final = frozenset({"occurredAt", "upTo"})
_MOMENT: Final = " A date, or a time with its offset, like 2026-01-31T10:00:00+01:00."


def explain(schemas: dict[str, dict[str, Any]]) -> None:
    """Add meanings to the schemas of facts and views, and the records that views are made of."""
    for name in CATALOGUE:
        for record in _records(_avro(name)):
            _explain_fact(schemas[record["name"]], record)
    for record in _records(_avro(_VIEW)):
        if record["name"] not in schemas:
            schemas[record["name"]] = _object(record)
        elif record["name"] != "Reference":
            _explain_view(schemas[record["name"]], record)
    _explain_view(schemas["ReducedView"], _avro(_VIEW))
    # There both are one record, in which fields can be absent.
    schemas["AlertView"]["description"] = _WHOLE
    schemas["ReducedView"]["description"] = _REDUCED


def _explain_fact(schema: dict[str, Any], record: dict[str, Any]) -> None:
    schema["description"] = record["doc"]
    for field in record["fields"]:
        told = schema["properties"][field["name"]]
        told["description"] = field["doc"]
        if field["name"] in _MOMENTS:
            told["description"] += _MOMENT
        if "codes" in field:
            told["examples"] = field["codes"]


def _explain_view(schema: dict[str, Any], record: dict[str, Any]) -> None:
    schema["description"] = record["doc"]
    properties = schema["properties"]
    for field in record["fields"]:
        name = field["name"]
        if name not in properties:
            continue
        part = next(_records(field["type"]), None)
        if part is not None and part["name"] not in ("Words", "Other"):
            properties[name] = _part(properties[name], part["name"])
        properties[name]["description"] = field["doc"]
        if "timestamp-millis" in json.dumps(field["type"]) and part is None:
            properties[name]["format"] = "date-time"
        codes = [it for it in field.get("codes", ()) if it not in _FOR_OLDER_READERS]
        if codes and name in _CLOSED:
            is_nullable = "null" in properties[name].get("type", ())
            properties[name]["enum"] = [*codes, None] if is_nullable else codes
        elif codes:
            properties[name]["examples"] = codes


def _part(told: dict[str, Any], name: str) -> dict[str, Any]:
    """A field that is a mapping in the code, as the record that Avro has for it."""
    part = {"$ref": _REF + name}
    if told["type"] == "array":
        return {"type": "array", "items": part}
    return {"anyOf": [part, {"type": "null"}]} if "null" in told["type"] else part


def _object(record: dict[str, Any]) -> dict[str, Any]:
    """A record that is written without what it does not have."""
    made: dict[str, Any] = {"description": record["doc"], "type": "object", "properties": {}}
    required = []
    for field in record["fields"]:
        if field["name"] == "fields":
            # In JSON they stand beside the others, each under its own name.
            made["additionalProperties"] = {"description": "A field that is shared, by its path."}
            continue
        told = _kind(field["type"]) | {"description": field["doc"]}
        codes = [it for it in field.get("codes", ()) if it not in _FOR_OLDER_READERS]
        made["properties"][field["name"]] = told | ({"examples": codes} if codes else {})
        if not isinstance(field["type"], list):
            required.append(field["name"])
    return made | ({"required": required} if required else {})


def _kind(kind: Any) -> dict[str, Any]:
    [plain] = [it for it in kind if it != "null"] if isinstance(kind, list) else [kind]
    if isinstance(plain, dict):
        assert plain["logicalType"] == "timestamp-millis"
        return {"type": "string", "format": "date-time"}
    return {"type": plain}


def _records(kind: Any) -> Iterator[dict[str, Any]]:
    """Every record in an Avro type, itself first."""
    if isinstance(kind, list):
        for inner in kind:
            yield from _records(inner)
    elif isinstance(kind, dict):
        if kind["type"] == "record":
            yield kind
            for field in kind["fields"]:
                yield from _records(field["type"])
        else:
            yield from _records(kind.get("items") or kind.get("values"))


def _avro(name: str) -> dict[str, Any]:
    text = (shipped("schemas/avro") / f"{name}.v1.avsc").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
