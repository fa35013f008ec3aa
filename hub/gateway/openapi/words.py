"""What the document says of the fields of answers, and of the attributes of an event.

Fields of facts and of alerts have their words in the Avro schemas (`records`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from hub.domain.refusals import Slug
from hub.gateway.problems import Trouble
from hub.streams.receipts import ReceiptStatus

Told: TypeAlias = Mapping[str, Mapping[str, Any]]

RECEIPT_ID: Final = {"pattern": "^rc-[a-z2-7]{26}$"}
SUBSCRIPTION_ID: Final = {"pattern": "^sb-[a-z2-7]{26}$"}
HANDLE: Final = {"pattern": "^hh-[a-z2-7]{26}$"}
ALERT_ID: Final = {"pattern": "^al-[a-z2-7]{26}$"}
CURSOR: Final = {"pattern": "^[A-Za-z0-9_-]+$"}

# What is known when a fact is sent; the rest shows in its receipt.
_AT_ONCE: Final = [ReceiptStatus.ACCEPTED.value, ReceiptStatus.DUPLICATE.value]


def type_of(problem: Trouble | Slug) -> str:
    """The `type` of a problem."""
    return f"/problems/{problem}"


ATTRIBUTES: Final[Told] = {
    "specversion": {"description": "The version of CloudEvents."},
    "id": {
        "description": "Unique within its source. A number of the event, not of a tenant: it must "
        "not contain a reference."
    },
    "source": {
        "description": "The party, by its OIN or KvK number, and the system that it says this with."
    },
    "type": {"description": "`nl.seintje.<fact type>.v1`."},
    "time": {"description": "When it was logged at the sender. Nothing is derived from it."},
    "datacontenttype": {
        "description": "Of the data; JSON if it is left out.",
        "examples": ["application/json", "application/avro"],
    },
    "dataschema": {"description": "Not used."},
    "subject": {"description": "Not used."},
    "traceparent": {
        "description": "Of the trace in which the event was made (Distributed Tracing extension). "
        "What is no W3C trace context is not looked at.",
        "examples": ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
    },
    "tracestate": {"description": "Not used."},
    "data": {"description": "What the fact type asks."},
    "data_base64": {
        "description": "The data in Avro, as base64.",
        "type": "string",
        "contentEncoding": "base64",
    },
}

OF_ANSWERS: Final[Mapping[str, Told]] = {
    "AlertPage": {
        "alerts": {"description": "In the order that was asked for."},
        "cursor": CURSOR | {"description": "Leads to what changes after this answer."},
        "older": CURSOR | {"description": "Leads to older ones; absent where there are none."},
    },
    "FoundHousehold": {
        "household": HANDLE
        | {"description": "Of several the one of which your party said something last."},
        "others": {
            "description": "Other households that the reference belongs to, like a tenancy before.",
            "items": {"type": "string", **HANDLE},
        },
    },
    "Household": {
        "household": HANDLE | {"description": "Your own name for it."},
        "gemeente": {"description": "Where it lives: the CBS code of the gemeente."},
        "references": {"description": "Your own, as far as you may know that they belong to it."},
        "states": {"description": "What was or is in force, as your own facts say."},
        "aanspreekpunt": {"description": "Who to call, as your alerts say; without any, your own."},
        "timeline": {"description": "In order of time; what has none that you may know is last."},
        "expected": {"description": "What your living alerts say did not come."},
        "alerts": {"description": "Those that you were told of, the newest revision first."},
    },
    "Standing": {
        "state": {
            "description": "The state, by its name in the agreement.",
            "examples": ["tenancy", "monitoring", "begeleiding", "coaching-vestiging"],
        },
        "from": {"description": "Since when.", "format": "date-time"},
        "until": {"description": "Until when; null while it lasts.", "format": "date-time"},
    },
    "TimelineEntry": {
        "own": {"description": "Whether your party said it, or an alert told it."},
        "toldOnly": {
            "description": "It stands here as an alert told it. True of everything of others, and"
            " of an own fact that was corrected since, or is not here yet."
        },
        "type": {"description": "Fact type, by its short name."},
        "occurredAt": {"description": "When it happened, if you may know.", "format": "date-time"},
        "source": {"description": "Of a fact of your own: attribute source of its event."},
        "id": {"description": "Of a fact of your own: attribute id of its event."},
        "fields": {"description": "Your own fact whole; of another's what is shared with you."},
        "alerts": {
            "description": "The alerts of yours that rest on it.",
            "items": {"type": "string", **ALERT_ID},
        },
    },
    "Expected": {
        "type": {"description": "Fact type, by its short name."},
        "expectedBy": {"description": "By when it was to come.", "format": "date-time"},
        "alertId": ALERT_ID | {"description": "The alert that says so."},
    },
    "Receipts": {
        "receipts": {"description": "One for each event, by its position in the call."},
        "receiptId": RECEIPT_ID | {"description": "Of a single event."},
        "status": {"description": "Of a single event.", "enum": _AT_ONCE},
    },
    "EventAnswer": {
        "position": {"description": "Which event of the call, from 0.", "minimum": 0},
        "status": {
            "description": "What became of it.",
            "enum": [*_AT_ONCE, ReceiptStatus.REFUSED.value],
        },
        "receiptId": RECEIPT_ID | {"description": "Where to ask what became of it later."},
        "problem": {"description": "Why it is refused."},
    },
    "Receipt": {
        "receiptId": RECEIPT_ID | {"description": "Its own id."},
        "source": {"description": "Attribute source of the event."},
        "id": {"description": "Attribute id of the event."},
        "type": {"description": "Fact type, by its short name."},
        "status": {
            "description": "What became of the fact; it can change later.",
            "enum": [it.value for it in ReceiptStatus],
        },
        "at": {"description": "When that was known, in UTC.", "format": "date-time"},
        "household": HANDLE | {"description": "Your own name for the household it went to."},
        "problem": {"description": "Why it was refused."},
    },
    "ActReceipt": {
        "receiptId": RECEIPT_ID | {"description": "Of the fact that the act became."},
        "status": {"description": "What became of it.", "enum": _AT_ONCE},
    },
    "Health": {
        "status": {"description": "Yes or no in a word."},
        "reasons": {"description": "Why not; empty if all is well."},
    },
    "Problem": {
        "type": {
            "description": "Which problem it is; published, never renamed.",
            "format": "uri-reference",
            "enum": list(dict.fromkeys(type_of(it) for it in (*Trouble, *Slug))),
        },
        "title": {"description": "In Dutch with `Accept-Language: nl`."},
        "status": {"description": "The status of the answer, or that it would have alone."},
        "detail": {"description": "What to do. Nothing in it quotes the fact."},
        "violations": {"description": "Everything that is wrong, where that can be named."},
    },
    "Violation": {
        "path": {"description": "Where, like `data.references[0].value` or `query.limit`."},
        "expected": {"description": "What is expected there."},
    },
}
