"""Messages: a fact and a view as a record, a webhook, and what the hub writes for itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from hub.asyncapi.schemas import Told, avro_of, pascal, ref
from hub.delivery import event as webhooks
from hub.delivery import signatures
from hub.delivery.request import ORIGIN
from hub.domain.facts import CATALOGUE
from hub.gateway.openapi import examples
from hub.gateway.openapi.words import ATTRIBUTES
from hub.wire.alert_views import TYPE as VIEW_TYPE
from hub.wire.kafka_records import AVRO, CONTENT_TYPE

STRUCTURED: Final = "application/cloudevents+json"
JSON: Final = "application/json"

_TEXT: Final[Told] = {"type": "string"}
_BRIEF: Final[Told] = {"type": "string", "minLength": 1, "maxLength": 200}
_OPTIONAL: Final = ("time", "subject", "dataschema")
_ALERT_ID: Final[Told] = {"type": "string", "pattern": "^al-[a-z2-7]{26}$"}
_REVISION: Final = "^al-[a-z2-7]{26}[.][1-9][0-9]*$"
_OUT: Final[Told] = {"type": "string", "pattern": "^urn:seintje:hub:out:"}
_INSTANT: Final[Told] = {"type": "string", "format": "date-time"}


def of_facts() -> dict[str, Told]:
    """What may stand in an in topic, by the name of the message."""
    found = {pascal(name): _fact(name) for name in CATALOGUE}
    found["FactInJson"] = {
        "name": "FactInJson",
        "title": "A fact in JSON",
        "summary": "Any fact, its data in JSON with the same fields under the same names.",
        "contentType": JSON,
        "headers": _headers({"type": "string"}, JSON, requires=(CONTENT_TYPE,)),
        "payload": ref("FactData"),
    }
    found["FactAsAWhole"] = {
        "name": "FactAsAWhole",
        "title": "A fact as a whole event",
        "summary": "The event as it would be sent over HTTP, attributes and all.",
        "contentType": STRUCTURED,
        "headers": {
            "type": "object",
            "properties": {CONTENT_TYPE: {"type": "string", "pattern": f"^{_quoted(STRUCTURED)}"}},
            "required": [CONTENT_TYPE],
        },
        "payload": ref("Event"),
        "examples": [{"name": "lease", "payload": examples.LEASE_SIGNED}],
    }
    return found


def of_views() -> dict[str, Told]:
    """What stands in an out topic."""
    headers = _headers({"const": VIEW_TYPE}, AVRO, requires=(*_OPTIONAL, CONTENT_TYPE))
    headers["properties"] |= {
        "ce_id": {"type": "string", "pattern": _REVISION, "description": "Alert and revision."},
        "ce_source": _OUT | {"description": "What this hub tells your party."},
        "ce_subject": _ALERT_ID | {"description": "The alert; the key of the record too."},
        "ce_time": _INSTANT | {"description": "When you were told."},
        "ce_dataschema": {
            "type": "string",
            "pattern": "^urn:seintje:schema:(fingerprint:[0-9a-f]{16}|id:[0-9]+)$",
            "description": "Which schema it was written with.",
        },
    }
    return {
        "AlertView": {
            "name": "AlertView",
            "title": "A revision of an alert",
            "summary": "Your whole view of it; of one alert the highest revision counts. In JSON "
            "it is the schema `Alert`, as `GET /v1/alerts` answers it and a webhook brings it.",
            "contentType": AVRO,
            "headers": headers,
            "payload": ref(avro_of("alert-view")),
            "bindings": {"kafka": {"key": _ALERT_ID, "bindingVersion": "0.5.0"}},
        }
    }


def of_webhooks() -> dict[str, Told]:
    """What a receiver gets."""
    view: dict[str, Told] = {
        "id": {"type": "string", "pattern": _REVISION, "description": "Alert and revision."},
        "type": {"const": VIEW_TYPE},
        "subject": _ALERT_ID | {"description": "The alert."},
        "data": ref("Alert"),
    }
    test: dict[str, Told] = {
        "id": {"type": "string", "pattern": "^test_"},
        "type": {"const": webhooks.TEST_TYPE},
        "subject": {"type": "string", "description": "The subscription."},
        "data": {
            "type": "object",
            "properties": {"subscription": _TEXT},
            "required": ["subscription"],
        },
    }
    return {
        "AlertWebhook": _webhook("AlertWebhook", "A revision of an alert", view),
        "TestWebhook": _webhook("TestWebhook", "A test that you asked for", test),
    }


def internal(name: str, summary: str) -> Told:
    """What the hub writes for itself: there is no promise about it."""
    return {"name": name, "summary": summary, "tags": [{"name": "internal"}]}


def _fact(name: str) -> Told:
    roles = ", ".join(sorted(CATALOGUE[name].roles))
    return {
        "name": pascal(name),
        "title": name,
        "summary": f"Published by: {roles}.",
        "contentType": AVRO,
        "headers": _headers({"const": f"nl.seintje.{name}.v1"}, AVRO),
        "payload": ref(avro_of(name)),
    }


def _headers(kind: Told, media: str, requires: Iterable[str] = ()) -> Told:
    """The headers of an event in binary mode (CloudEvents, Kafka binding)."""
    optional = {f"ce_{name}": _TEXT | _words(name) for name in _OPTIONAL}
    needed = [it if it == CONTENT_TYPE else f"ce_{it}" for it in requires]
    return {
        "type": "object",
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": _BRIEF | _words("id"),
            "ce_source": _BRIEF | _words("source"),
            "ce_type": kind,
            **optional,
            CONTENT_TYPE: {"const": media, "description": f"Without it the value is {AVRO}."},
        },
        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", *needed],
    }


def _words(attribute: str) -> Told:
    return {"description": ATTRIBUTES[attribute]["description"]}


def _webhook(name: str, title: str, own: Mapping[str, Told]) -> Told:
    payload = {
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "source": _OUT | {"description": "What this hub tells your party."},
            "time": _INSTANT | {"description": "When you were told."},
            "datacontenttype": {"const": JSON},
            **own,
        },
        "required": ["specversion", "id", "source", "type", "time", "subject", "datacontenttype",
                     "data"],
    }  # fmt: skip
    return {
        "name": name,
        "title": title,
        "contentType": STRUCTURED,
        "headers": _SIGNED,
        "payload": payload,
    }


_SIGNED: Final[Told] = {
    "type": "object",
    "description": "Standard Webhooks 1.0.0; names of headers in any case.",
    "properties": {
        "content-type": {"const": webhooks.CONTENT_TYPE},
        ORIGIN: _TEXT | {"description": "Which hub sends this."},
        signatures.ID: {
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]{1,128}$",
            "description": "The same each time that this comes: whoever had it does nothing.",
        },
        signatures.TIMESTAMP: {
            "type": "string",
            "pattern": "^[0-9]+$",
            "description": "When this attempt was made, in seconds since 1970.",
        },
        signatures.SIGNATURE: {
            "type": "string",
            "pattern": "^v1a?,[A-Za-z0-9+/]+=*( v1a?,[A-Za-z0-9+/]+=*)*$",
            "description": "One or more, `v1` (HMAC-SHA-256) or `v1a` (Ed25519), of "
            "`<id>.<timestamp>.<body>`.",
        },
    },
    "required": [
        "content-type", ORIGIN, signatures.ID, signatures.TIMESTAMP, signatures.SIGNATURE,
    ],
}  # fmt: skip


def _quoted(media: str) -> str:
    return media.replace("+", "[+]")
