"""The schemas of subscriptions: what is answered, out of the structs; what is sent, by hand, for it
is read field by field so that all mistakes are told at once. Limits are those of the code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from msgspec import Struct

from hub.delivery import choices
from hub.delivery.event import TEST_TYPE
from hub.delivery.outcome import Reason
from hub.delivery.signatures import PUBLIC_PREFIX, SECRET_PREFIX
from hub.delivery.subscription import Lane, Life, Why
from hub.domain.acts import Status
from hub.domain.agreement import Severity
from hub.gateway.openapi.words import SUBSCRIPTION_ID, Told
from hub.gateway.receivers import WORDS as OF_CONSENT
from hub.gateway.subscription_acts import (
    LONGEST_OVERLAP_HOURS,
    USUAL_OVERLAP_HOURS,
    Asked,
    Attempts,
    ShownAttempt,
    ShownParked,
)
from hub.gateway.subscription_views import (
    MOST_COUNTED,
    Failing,
    Shown,
    ShownAccess,
    ShownFilter,
    Verification,
)
from hub.gateway.subscriptions import KEPT_DAYS, Listed
from hub.wire.alert_views import TYPE

Schema = dict[str, Any]

# By the name that a schema has in the document.
ANSWERS: Final[Mapping[str, type[Struct]]] = {
    "Subscription": Shown,
    "SubscriptionFilter": ShownFilter,
    "SubscriptionAccess": ShownAccess,
    "Subscriptions": Listed,
    "Failing": Failing,
    "Verification": Verification,
    "Attempts": Attempts,
    "Attempt": ShownAttempt,
    "Parked": ShownParked,
    "TestAsked": Asked,
}

_AT: Final = {"format": "date-time"}
_WEBHOOK_ID: Final = {"description": "Of the message: the same each time that it is sent."}
_STATUS: Final = {"description": "What the receiver answered; null: nothing came back."}
_REASON: Final = {"enum": [it.value for it in Reason]}
_GEMEENTEN: Final = {"description": "By their CBS code."}
_RULES: Final = {"description": "By their name in the agreement."}
_SEVERITIES: Final = {"items": {"enum": list(get_args(Severity))}}
_OF_TEST: Final = {"subscription": {"type": "string", **SUBSCRIPTION_ID}}
_OF_SIGNATURES: Final = "`v1`: both sides have one secret. `v1a`: you get a public key."
_STATUSES: Final = {"items": {"enum": [it.value for it in Status]}}

WORDS: Final[Mapping[str, Told]] = {
    "Subscription": {
        "id": SUBSCRIPTION_ID | {"description": "Its id."},
        "status": {
            "description": "Whether it is sent to: only if it is `active` or `failing`.",
            "enum": [it.value for it in Life],
        },
        "why": {
            "description": "Why it is paused or disabled.",
            "enum": [*(it.value for it in Why), None],
        },
        "endpoint": {
            "description": "Where is sent. What you wrote behind the question mark is not shown."
        },
        "filter": {"description": "What is sent."},
        "contact": {"description": "Who gets a mail when it fails."},
        "access": {"description": "How the receiver knows who calls, if it wants to."},
        "signature": {"description": "Of which kind.", "enum": list(choices.SIGNATURES)},
        "publicKey": {
            "description": "Checks signatures of the kind `v1a`.",
            "pattern": f"^{PUBLIC_PREFIX}",
        },
        "formerKeyUntil": _AT | {"description": "Until then the key before this one signs too."},
        "createdAt": _AT | {"description": "When it was made."},
        "rate": {
            "description": "How many a minute the receiver takes; null: it set no bounds, or was "
            "not asked yet."
        },
        "waiting": {
            "description": "How many alerts changed since what was sent last, wanted or not; "
            f"counted up to {MOST_COUNTED}. null: not known for the moment.",
            "minimum": 0,
        },
        "failing": {"description": "Since when nothing could be delivered."},
        "recovering": {"description": "Whether something is being sent once more."},
        "parked": {"description": "How many were put aside; see the attempts.", "minimum": 0},
        "verification": {"description": "What the receiver answered, if this call asked it."},
        "secret": {
            "description": "Checks signatures of the kind `v1`. Shown this once: keep it.",
            "pattern": f"^{SECRET_PREFIX}",
        },
    },
    "SubscriptionFilter": {
        "gemeenten": _GEMEENTEN,
        "rules": _RULES,
        "severities": _SEVERITIES,
        "statuses": _STATUSES,
    },
    "SubscriptionAccess": {
        "tokenUrl": {"description": "Where a token is had (OAuth 2, client credentials)."},
        "clientId": {"description": "How its server knows the hub."},
        "scope": {"description": "What is asked for."},
    },
    "Subscriptions": {"subscriptions": {"description": "The oldest first."}},
    "Failing": {
        "since": _AT | {"description": "Since the first of these failures."},
        "failures": {"description": "How many, in a row.", "minimum": 1},
        "nextAttemptAt": _AT | {"description": "Not tried again before."},
    },
    "Verification": {
        "consented": {"description": "Whether it wants webhooks."},
        "reason": {"description": "Why not.", "enum": list(OF_CONSENT)},
        "detail": {"description": "What to do. In Dutch with `Accept-Language: nl`."},
    },
    "Attempts": {
        "attempts": {"description": "The last ones, the newest first."},
        "parked": {"description": "What the receiver refused, the newest first."},
    },
    "Attempt": {
        "at": _AT | {"description": "When it ended."},
        "webhookId": _WEBHOOK_ID,
        "lane": {
            "description": "Why it was sent: it is new, it is sent once more, it is a test.",
            "enum": [it.value for it in Lane],
        },
        "reason": _REASON | {"description": "How it ended."},
        "status": _STATUS,
    },
    "Parked": {
        "at": _AT | {"description": "When it was put aside."},
        "webhookId": _WEBHOOK_ID,
        "reason": _REASON | {"description": "Why."},
        "status": _STATUS,
    },
    "TestAsked": {"webhookId": _WEBHOOK_ID},
}


def written() -> dict[str, Schema]:
    """What the bodies of calls say, and the events that are sent to receivers."""
    kind = {"type": "string", "enum": list(choices.SIGNATURES), "default": choices.SIGNATURES[0]}
    new = _chosen("tokenUrl", "clientId", "clientSecret") | {
        "signature": _or_null(kind | {"description": _OF_SIGNATURES}),
        "since": _or_null(
            _since("Begin with what you were told since then, not with what is new.")
        ),
    }
    return {
        "NewSubscription": _closed(new, "endpoint"),
        "SubscriptionChange": _closed(_chosen()),
        "Recovery": _closed({"since": _since("From when on.")}, "since"),
        "Rotation": _closed({"overlapHours": _or_null(_overlap())}),
        "Nothing": _closed({}),
        "WebhookAlert": _event(TYPE, {"$ref": "#/components/schemas/Alert"}),
        "WebhookTest": _event(TEST_TYPE, _closed(_OF_TEST, *_OF_TEST)),
    }


def _chosen(*of_access: str) -> dict[str, Schema]:
    """What may be chosen at any time. `of_access`: of that these fields have to be there."""
    contact = {"type": "string", "format": "email", "maxLength": choices.LONGEST_MAIL}
    access = _access()
    if not of_access:  # then the one that the hub has will do
        access["clientSecret"] = _or_null(access["clientSecret"])
    return {
        "endpoint": _address("Where to send: https, and reachable from the whole internet."),
        "filter": _or_null(_filter() | {"description": "What to send; of each nothing is all."}),
        "contact": _or_null(
            contact | {"description": "Who gets a mail when it fails: a mailbox of a team."}
        ),
        "access": _or_null(
            _closed(access, *of_access)
            | {"description": "If the receiver wants to know who calls. The secret is never shown."}
        ),
    }


def _filter() -> Schema:
    names = {"type": "array", "items": {"type": "string"}}
    lists: dict[str, Schema] = {
        "gemeenten": names | _GEMEENTEN | {"examples": [["0988"]]},
        "rules": names | _RULES,
        "severities": {"type": "array", **_SEVERITIES},
        "statuses": {"type": "array", **_STATUSES},
    }
    return _closed({name: _or_null(it) for name, it in lists.items()})


def _access() -> dict[str, Schema]:
    return {
        "tokenUrl": _address("Where to get a token (OAuth 2, client credentials)."),
        "clientId": _text(choices.LONGEST_NAME),
        "clientSecret": _text(choices.LONGEST_SECRET),
        "scope": _or_null(_text(choices.LONGEST_SECRET)),
    }


def _address(description: str) -> Schema:
    return {"description": description, "type": "string", "format": "uri", "pattern": "^https://"}


def _text(most: int) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": most}


def _since(description: str) -> Schema:
    bounds = f" A date, or a time with its offset; at most {KEPT_DAYS} days ago."
    formats = [{"format": "date"}, {"format": "date-time"}]
    return {"description": description + bounds, "type": "string", "anyOf": formats}


def _overlap() -> Schema:
    return {
        "description": "For so many hours the former key signs too.",
        "type": "integer",
        "minimum": 0,
        "maximum": LONGEST_OVERLAP_HOURS,
        "default": USUAL_OVERLAP_HOURS,
    }


def _or_null(schema: Schema) -> Schema:
    """The same, or null: as if it were not there, and in a patch taken away."""
    told = schema | {"type": [schema["type"], "null"]}
    return told | ({"enum": [*schema["enum"], None]} if "enum" in schema else {})


def _closed(properties: dict[str, Schema], *required: str) -> Schema:
    made = {"type": "object", "properties": properties, "additionalProperties": False}
    return made | ({"required": list(required)} if required else {})


def _event(type_: str, data: Schema) -> Schema:
    text = {"type": "string"}
    properties = {
        "specversion": {"const": "1.0"},
        "id": text,
        "source": text | {"description": "`urn:seintje:hub:out:<your party>`"},
        "type": {"const": type_},
        "time": text | _AT,
        "subject": text,
        "datacontenttype": {"const": "application/json"},
        "data": data,
    }
    return {"type": "object", "properties": properties, "required": list(properties)}
