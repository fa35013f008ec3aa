"""What the document says of each call: in words, what it reads, what it answers.

A call without a place here is a KeyError, so no call goes without a description. Which problems it
has is written here, and held against what the gateway answers by its tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hub.domain.refusals import Slug
from hub.gateway.events import BATCH, DATA, JSON, STRUCTURED
from hub.gateway.open_streams import HEARTBEAT_SECONDS
from hub.gateway.openapi import examples
from hub.gateway.openapi.answers import KEPT, Answer
from hub.gateway.openapi.of_households import OF_HOUSEHOLDS
from hub.gateway.openapi.of_subscriptions import OF_SUBSCRIPTIONS, TAG
from hub.gateway.openapi.operation import Operation
from hub.gateway.openapi.parameters import (
    BINARY,
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    LAST_EVENT_ID,
)
from hub.gateway.openapi.schemas import act_of, ref
from hub.gateway.problems import Trouble
from hub.wire.cloudevents import MAX_BATCH_EVENTS

TAGS: Final[Mapping[str, str]] = {
    "facts": "Say what happened, and ask what became of it.",
    "alerts": "What your party is told, and what you do with it.",
    "households": "Everything that your party may see of one household.",
    TAG: "Have each change of an alert sent to a system of yours.",
    "schemas": "Read what the hub writes in Avro.",
    "operation": "For who runs the hub. No API key, nothing about anybody.",
}

_OF_INTAKE: Final = (
    Trouble.INVALID_PARAMETER,
    Slug.MALFORMED,
    Slug.UNKNOWN_TYPE,
    Slug.SCHEMA_VIOLATION,
    Slug.UNKNOWN_GEMEENTE,
    Slug.BSN_FOUND,
    Slug.IN_THE_FUTURE,
    Slug.NOT_YOUR_SOURCE,
    Slug.NOT_YOUR_FACT,
    Slug.NO_CONVENANT,
    Slug.CONFLICTING_DUPLICATE,
    Trouble.TOO_LARGE,
    Trouble.TOO_SLOW,
    Trouble.UNSUPPORTED_MEDIA_TYPE,
)
_OF_ACTS: Final = (
    Trouble.INVALID_PARAMETER,
    Trouble.INVALID_BODY,
    Slug.SCHEMA_VIOLATION,
    Slug.UNKNOWN_GEMEENTE,
    Slug.NO_CONVENANT,
    Trouble.NOT_FOUND,
    Slug.CONFLICTING_DUPLICATE,
    Trouble.ALERT_GONE,
    Trouble.TOO_LARGE,
    Trouble.TOO_SLOW,
    Trouble.UNSUPPORTED_MEDIA_TYPE,
)
# Of acts with something in their body.
_OF_WORDS: Final = (Slug.MALFORMED, Slug.BSN_FOUND)

_ALL: Final = ref("Receipts")
_RECEIPTS: Final = Answer("", _ALL, examples.RECEIPTS)
_RECEIPT: Final = Answer("The receipt.", ref("Receipt"), examples.RECEIPT)

_EVENTS: Final[Mapping[str, Any]] = {
    "required": True,
    "content": {
        STRUCTURED: {"schema": ref("Event"), "example": examples.LEASE_SIGNED},
        BATCH: {
            "schema": {"type": "array", "items": ref("Event"), "maxItems": MAX_BATCH_EVENTS},
            "example": [examples.LEASE_SIGNED, examples.DAMAGE_REPORTED],
        },
        JSON: {
            "schema": {"anyOf": [ref("Event"), ref("FactData")]},
            "examples": {
                "structured": {"value": examples.LEASE_SIGNED},
                "binary": {
                    "summary": "Binary mode: the attributes are in `ce-…` headers.",
                    "value": examples.LEASE_SIGNED["data"],
                },
            },
        },
        **{media: {} for media in sorted(DATA - {JSON})},
    },
}


def _act(name: str, fact_type: str, summary: str, effect: str, example: object = None) -> Operation:
    says = example is not None
    told: dict[str, Any] = {"schema": ref(act_of(fact_type))}
    told |= {"example": example} if says else {}
    return Operation(
        name,
        "alerts",
        summary,
        f"Becomes the fact `{fact_type}` of your party, now. {effect}",
        {202: Answer("Kept, durably.", ref("ActReceipt"), examples.ACT, ("Location",))},
        (*_OF_ACTS, *(_OF_WORDS if says else ())),
        {"required": says, "content": {JSON: told}},
        (IDEMPOTENCY_KEY,),
    )


_ALERT: Final = "/v1/alerts/{alert_id}"
_STREAM: Final = (
    "Whoever likes `text/event-stream` best gets server-sent events: first what there is, then "
    "each change as it comes. The data of an event `alert` is an Alert, its id is a cursor. After "
    f"{HEARTBEAT_SECONDS:g} seconds of silence comes a comment. Of the query only `cursor` and "
    "`status` are known then. A stream ends when the hub stops, or your key or token no longer "
    "counts; ask again with `Last-Event-ID` to go on."
)

# By method and path, as the code has them.
OPERATIONS: Final[Mapping[tuple[str, str], Operation]] = {
    ("POST", "/v1/events"): Operation(
        "postEvents",
        "facts",
        "Send facts",
        "One CloudEvent, structured or in binary mode, or a batch of them. Each event is judged by "
        "itself: of a batch the good ones are kept and the others come back with their problem. "
        "Sending the same again does no harm.",
        {
            200: _RECEIPTS._replace(description="A dry run: what would be answered."),
            202: _RECEIPTS._replace(description="Kept, durably, as far as it was good."),
            400: Answer("Of a batch of which nothing is good: each with its problem.", _ALL),
        },
        _OF_INTAKE,
        _EVENTS,
        BINARY,
    ),
    ("GET", "/v1/events/{source}/{id:path}/receipt"): Operation(
        "getReceiptOfEvent",
        "facts",
        "Read the receipt of an event",
        "The receipt of a fact of your party, by the source and id of its event.",
        {200: _RECEIPT},
        (Trouble.NOT_FOUND,),
    ),
    ("GET", "/v1/receipts/{receipt_id}"): Operation(
        "getReceipt",
        "facts",
        "Read a receipt",
        "The last word on a fact of your party. It can change later.",
        {200: _RECEIPT},
        (Trouble.NOT_FOUND,),
    ),
    ("GET", "/v1/alerts"): Operation(
        "getAlerts",
        "alerts",
        "List alerts, or follow them",
        "Without a cursor the list of your party, the newest first. With the `cursor` of an answer "
        "all that changed since, each as it is now, also what left the list.\n\n" + _STREAM,
        {
            200: Answer(
                "Alerts, as your party may see them.",
                ref("AlertPage"),
                examples.PAGE,
                headers=("X-Accel-Buffering",),
                stream=examples.STREAM,
            )
        },
        (Trouble.INVALID_PARAMETER, Trouble.TOO_MANY_STREAMS),
        headers=(LAST_EVENT_ID,),
    ),
    ("GET", _ALERT): Operation(
        "getAlert",
        "alerts",
        "Read an alert",
        "The last revision that your party was told.",
        {200: Answer("The alert, as your party may see it.", ref("Alert"), examples.ALERT)},
        (Trouble.NOT_FOUND,),
    ),
    ("POST", f"{_ALERT}/acknowledgement"): _act(
        "acknowledgeAlert",
        "alert-acknowledged",
        "Take notice of an alert",
        "The others who are told see that you have answered.",
    ),
    ("POST", f"{_ALERT}/approach"): _act(
        "agreeApproach",
        "approach-agreed",
        "Agree an approach",
        "The alert is agreed for everyone who is told; by some rules that ends it.",
        examples.APPROACH,
    ),
    ("POST", f"{_ALERT}/closure"): _act(
        "closeAlert",
        "alert-closed",
        "Close an alert",
        "If your party acts, it ends for everyone; if it is informed, it leaves your list.",
        examples.CLOSURE,
    ),
    **OF_HOUSEHOLDS,
    **OF_SUBSCRIPTIONS,
    ("GET", "/v1/schemas/{fingerprint}"): Operation(
        "getSchema",
        "schemas",
        "Read a schema",
        "The Avro schema that something in single object encoding was written with: any that this "
        "hub writes, or that was ever released.",
        {
            200: Answer(
                "The schema as it was published.",
                {"type": "object", "required": ["type", "name", "fields"]},
                headers=(KEPT, "ETag"),
            ),
            304: Answer("You have it.", None, headers=(KEPT, "ETag")),
        },
        (Trouble.INVALID_PARAMETER, Trouble.NOT_FOUND),
        headers=(IF_NONE_MATCH,),
    ),
    ("GET", "/v1/openapi.json"): Operation(
        "getOpenapi",
        "operation",
        "Read this document",
        "This document, for the version of the hub that answers.",
        {
            200: Answer(
                "OpenAPI 3.1.",
                {"type": "object", "required": ["openapi"]},
                headers=("Access-Control-Allow-Origin",),
            )
        },
    ),
    ("GET", "/healthz"): Operation(
        "getHealth",
        "operation",
        "Ask whether the hub lives",
        "Live: progress is being made. To be restarted when it is not.",
        {
            200: Answer("It lives.", ref("Health"), examples.LIVE),
            503: Answer("It makes no progress.", ref("Health"), examples.STALLED),
        },
        (Trouble.INTERNAL_ERROR,),
    ),
    ("GET", "/readyz"): Operation(
        "getReadiness",
        "operation",
        "Ask whether the hub accepts facts",
        "Ready: facts are accepted. To be left alone for a while when they are not.",
        {
            200: Answer("It is ready.", ref("Health"), examples.READY),
            503: Answer("It is not ready.", ref("Health"), examples.NOT_READY),
        },
        (Trouble.INTERNAL_ERROR,),
    ),
    ("GET", "/metrics"): Operation(
        "getMetrics",
        "operation",
        "Read metrics",
        "What Prometheus scrapes.",
        {200: Answer("Metrics as text.", {"type": "string"}, media_type="text/plain")},
        (Trouble.INTERNAL_ERROR,),
    ),
}
