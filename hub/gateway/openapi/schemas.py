"""The schemas of the document, out of the structs that are read and written.

Types and limits are those of the structs; the words of facts and alerts are those of the Avro
schemas, where each field has its meaning. What is sent is as strict here as intake is. What is
answered may get more fields later, so those schemas stay open, but name all that is always there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias, get_args

import msgspec
from msgspec import Struct, UnsetType

from hub.domain.facts import CATALOGUE
from hub.domain.refusals import Violation
from hub.domain.sharing import Other, View, Words
from hub.gateway.acts import FIELDS, Act
from hub.gateway.alerts import Page
from hub.gateway.events import EventAnswer, Receipts
from hub.gateway.health import Health
from hub.gateway.households import Found
from hub.gateway.openapi import records, subscription_schemas
from hub.gateway.openapi.words import ATTRIBUTES, OF_ANSWERS
from hub.gateway.receipts import Receipt
from hub.reading.household_view import Entry, Expected, HouseholdView, Standing
from hub.streams.revisions import Reduced
from hub.wire.cloudevents import Attributes, Structured
from hub.wire.problems import ProblemDetails
from hub.wire.shapes import SHAPES

Schema: TypeAlias = dict[str, Any]

# By the name that a schema has in the document.
ANSWERS: Final[Mapping[str, type[Struct]]] = {
    "AlertPage": Page,
    "AlertView": View,
    "Words": Words,
    "Other": Other,
    "ReducedView": Reduced,
    "FoundHousehold": Found,
    "Household": HouseholdView,
    "Standing": Standing,
    "TimelineEntry": Entry,
    "Expected": Expected,
    "Receipts": Receipts,
    "EventAnswer": EventAnswer,
    "Receipt": Receipt,
    "ActReceipt": Act,
    **subscription_schemas.ANSWERS,
    "Health": Health,
    "Problem": ProblemDetails,
    "Violation": Violation,
}
_RENAMED: Final[Mapping[str, str]] = {
    **{struct.__name__: name for name, struct in ANSWERS.items()},
    "Attributes": "Envelope",
    "WireReference": "Reference",
    "WireIdentity": "Identity",
    "WireSocialCollection": "SocialCollection",
}
_REF: Final = "#/components/schemas/"


def ref(name: str) -> Schema:
    """A schema by its name."""
    return {"$ref": _REF + name}


def act_of(fact_type: str) -> str:
    """The name of the schema of what the body of an act says."""
    return _pascal(fact_type) + "Act"


def schemas() -> dict[str, Schema]:
    """Every schema by its name."""
    found = _of_structs()
    found["Envelope"] = _envelope(found["Envelope"])
    for name, struct in ANSWERS.items():
        found[name] |= {"required": _always(struct)}
        _add(found[name], OF_ANSWERS.get(name) or subscription_schemas.WORDS.get(name, {}))
    for name in CATALOGUE:
        found[_pascal(name) + "Event"] = _event(name)
    found["Event"] = _any_event()
    found["FactData"] = {"anyOf": [ref(_pascal(name)) for name in CATALOGUE]}
    found["Alert"] = {
        "description": "An alert as the party may see it; reduced once it may not be shown.",
        "anyOf": [ref("AlertView"), ref("ReducedView")],
    }
    for name in ("AlertPage", "Household"):
        found[name]["properties"]["alerts"]["items"] = ref("Alert")
    found["Household"]["properties"]["references"]["items"] = ref("Reference")
    records.explain(found)
    of_alert, of_household = (found[it]["properties"] for it in ("AlertView", "Household"))
    of_household["aanspreekpunt"] = of_alert["aanspreekpunt"] | {
        "description": of_household["aanspreekpunt"]["description"]
    }
    found |= subscription_schemas.written()
    found |= {act_of(name): _act(found[_pascal(name)], fields) for name, fields in FIELDS.items()}
    return dict(sorted(found.items()))


def _of_structs() -> dict[str, Schema]:
    structs = [*ANSWERS.values(), *SHAPES.values(), Attributes]
    _, components = msgspec.json.schema_components(structs, ref_template=_REF + "{name}")
    return {_name(name): _plain(schema) for name, schema in components.items()}


def _name(of_struct: str) -> str:
    return _RENAMED.get(of_struct, of_struct)


def _plain(schema: Any) -> Any:
    """The same under our names, without what msgspec says of Python."""
    if isinstance(schema, list):
        return [_plain(it) for it in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: _plain(it) for name, it in schema.items()}
    if "$ref" in told:
        return ref(_name(told["$ref"].removeprefix(_REF)))
    # `title` is the name of a class, or else a property; `\Z` is Python's end of a text.
    if isinstance(told.get("title"), str):
        del told["title"]
    told.pop("default", None)
    if isinstance(told.get("pattern"), str):
        told["pattern"] = told["pattern"].replace(r"\Z", "$")
    if isinstance(told.get("description"), str):
        told["description"] = " ".join(told["description"].split())
    return _or_null(told)


def _or_null(schema: Schema) -> Schema:
    """`string or null` as one schema, where it is no reference."""
    kinds = schema.get("anyOf", ())
    if len(kinds) != 2 or kinds[1] != {"type": "null"} or "type" not in kinds[0]:
        return schema
    rest = {name: it for name, it in schema.items() if name != "anyOf"}
    return {**kinds[0], "type": [kinds[0]["type"], "null"], **rest}


def _always(struct: type[Struct]) -> list[str]:
    """The fields that are written whatever their value."""
    omits = struct.__struct_config__.omit_defaults
    return [
        it.encode_name
        for it in msgspec.structs.fields(struct)
        if UnsetType not in get_args(it.type) and (it.required or not omits)
    ]


def _add(schema: Schema, words: Mapping[str, Mapping[str, Any]]) -> None:
    for name, told in words.items():
        schema["properties"][name] |= told


def _envelope(schema: Schema) -> Schema:
    """Attributes that nobody knows are dropped, so the schema is open."""
    del schema["additionalProperties"]
    # The data is left as bytes by the struct that reads it: no schema can be had of that.
    beside: dict[str, Schema] = {name: {} for name in Structured.__struct_encode_fields__}
    schema["properties"] = beside | schema["properties"]
    _add(schema, ATTRIBUTES)
    either: list[Schema] = [{"required": ["data"]}, {"required": ["data_base64"]}]
    return {**schema, "description": "A CloudEvent 1.0 in the NL GOV profile.", "oneOf": either}


def _event(fact_type: str) -> Schema:
    who = ", ".join(sorted(CATALOGUE[fact_type].roles))
    return {
        "description": f"Published by: {who}.",
        "type": "object",
        "allOf": [ref("Envelope")],
        "properties": {"type": {"const": _whole(fact_type)}, "data": ref(_pascal(fact_type))},
        "required": ["type"],
    }


def _any_event() -> Schema:
    events = {_whole(name): _REF + _pascal(name) + "Event" for name in CATALOGUE}
    return {
        "description": "A fact of the catalogue in its envelope.",
        "oneOf": [{"$ref": it} for it in events.values()],
        "discriminator": {"propertyName": "type", "mapping": events},
    }


def _act(fact: Schema, fields: Iterable[str]) -> Schema:
    """What of a fact the body of an act says."""
    names = sorted(fields)
    return {
        "type": "object",
        "properties": {name: dict(fact["properties"][name]) for name in names},
        "required": [name for name in names if name in fact["required"]],
        "additionalProperties": False,
    }


def _whole(fact_type: str) -> str:
    return f"nl.seintje.{fact_type}.v1"


def _pascal(fact_type: str) -> str:
    return SHAPES[fact_type].__name__
