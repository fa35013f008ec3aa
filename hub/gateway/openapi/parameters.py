"""Parameters of calls: in the query, in the path, in headers. Limits are those of the code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hub.domain.acts import Status
from hub.gateway import alerts
from hub.gateway.acts import LONGEST_KEY
from hub.gateway.openapi.words import ATTRIBUTES, CURSOR, HANDLE, RECEIPT_ID, SUBSCRIPTION_ID
from hub.gateway.schemas import FINGERPRINT
from hub.wire.cloudevents import Attributes

Parameter = dict[str, Any]

_NAME: Final = {"type": "string", "minLength": 1, "maxLength": 200}


def _number(description: str, least: int, most: int, usual: int) -> Parameter:
    schema = {"type": "integer", "minimum": least, "maximum": most, "default": usual}
    return {"description": description, "schema": schema}


# By the path as the code has it.
QUERY: Final[Mapping[str, Mapping[str, Parameter]]] = {
    "/v1/events": {
        "dryRun": {
            "description": "Judge, and keep nothing.",
            "schema": {"type": "boolean", "default": False},
        },
    },
    "/v1/alerts": {
        "cursor": {
            "description": "Out of an earlier answer: its `cursor` to hear what changed since, its "
            "`older` for the next page.",
            "schema": {"type": "string", **CURSOR},
        },
        "status": {
            "description": "Only alerts in one of these. May also be repeated.",
            "style": "form",
            "explode": False,
            "schema": {"type": "array", "items": {"enum": [it.value for it in Status]}},
        },
        "limit": _number("At most so many.", 1, alerts.MOST, alerts.USUAL),
        "order": {
            "description": "`newest`: the newest revision first, as a list shows it. `cursor`: in "
            "the order in which they changed, as a follower wants it. A cursor knows its own; "
            "without one it is `newest`.",
            "schema": {"enum": list(alerts.ORDERS)},
        },
        "wait": _number(
            "Where there is nothing yet, wait so many seconds for it.",
            0,
            alerts.LONGEST_WAIT_SECONDS,
            0,
        ),
    },
}

PATH: Final[Mapping[str, Parameter]] = {
    "alert_id": {
        "description": "The id of an alert.",
        "schema": {"type": "string", "pattern": "^al-[a-z2-7]{26}$"},
        "example": "al-gxfe2vk52kxthcuxkabvdd3kje",
    },
    "handle": {
        "description": "Your own handle of a household.",
        "schema": {"type": "string", **HANDLE},
        "example": "hh-5iqvab2msmihwudvhwyfrwr2gg",
    },
    "subscription_id": {
        "description": "The id of a subscription.",
        "schema": {"type": "string", **SUBSCRIPTION_ID},
        "example": "sb-zq4m2mqytgmpj2y5b3a2usdkyd",
    },
    "receipt_id": {
        "description": "The id of a receipt.",
        "schema": {"type": "string", **RECEIPT_ID},
        "example": "rc-ytgmpj2y5b3a2usdkydzq4m2mq",
    },
    "source": {
        "description": "Attribute source of the event.",
        "schema": _NAME,
        "example": "urn:nld:kvknr:90000001:systeem:primair",
    },
    "id": {
        "description": "Attribute id of the event; a slash in it as %2F.",
        "schema": _NAME,
        "example": "contract-8842",
    },
    "fingerprint": {
        "description": "CRC-64-AVRO of a schema in hexadecimal, in the order of the wire: the "
        "eight bytes after `c301`.",
        "schema": {"type": "string", "pattern": f"^{FINGERPRINT.pattern}$"},
        "example": "8f5c393f1ad57572",
    },
}

LANGUAGE: Final = "AcceptLanguage"
IDEMPOTENCY_KEY: Final = "IdempotencyKey"
LAST_EVENT_ID: Final = "LastEventId"
IF_NONE_MATCH: Final = "IfNoneMatch"
# The attributes of an event in binary mode.
BINARY: Final = tuple(
    f"ce-{name}" for name in Attributes.__struct_encode_fields__ if name != "datacontenttype"
)
_IN_HEADERS: Final[Mapping[str, Parameter]] = {
    LANGUAGE: {
        "name": "Accept-Language",
        "in": "header",
        "description": "Problems are told in Dutch to whoever likes that best, else in English.",
        "schema": {"type": "string"},
        "example": "nl",
    },
    IDEMPOTENCY_KEY: {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same key for the same request is a duplicate, for another one a "
        "conflict. Without it each call counts by itself.",
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    },
    LAST_EVENT_ID: {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "Of an event stream: the id of the last event that you have, to go on "
        "behind it. It counts more than `cursor`.",
        "schema": {"type": "string", **CURSOR},
        "example": "YWZ0ZXI6NQ",
    },
    IF_NONE_MATCH: {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` of what you have, so that it is not sent again.",
        "schema": {"type": "string"},
    },
}


def shared() -> dict[str, Parameter]:
    """Parameters in headers, by their name in the document."""
    return {**_IN_HEADERS, **{name: _binary(name) for name in BINARY}}


def _binary(name: str) -> Parameter:
    told = ATTRIBUTES[name.removeprefix("ce-")]["description"]
    return {
        "name": name,
        "in": "header",
        "description": f"In binary mode. {told}",
        "schema": {"type": "string"},
    }


def query(path: str, names: frozenset[str]) -> list[Parameter]:
    """The query of a call. KeyError for a parameter that is not described."""
    told = QUERY[path] if names else {}
    return [{"name": name, "in": "query", **told[name]} for name in sorted(names)]


def in_path(names: list[str]) -> list[Parameter]:
    """The parameters in a path, under their names in the document."""
    return [{"name": camel(it), "in": "path", "required": True, **PATH[it]} for it in names]


def camel(name: str) -> str:
    """`alert_id` as `alertId`."""
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
