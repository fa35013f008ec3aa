"""Examples in the document: one household in Weert, of parties that come with Seintje.

A test sends what is sent here to a hub, and holds the rest against its schema.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

Example = dict[str, Any]

LEASE_SIGNED: Final[Example] = {
    "specversion": "1.0",
    "id": "contract-8842",
    "source": "urn:nld:kvknr:90000001:systeem:primair",
    "type": "nl.seintje.lease-signed.v1",
    "data": {
        "occurredAt": "2026-02-20",
        "gemeente": "0988",
        "references": [
            {"scheme": "lease", "issuer": "corporatie-maas", "value": "H-1001"},
            {"scheme": "address", "issuer": "bag", "value": "0988200000001001"},
        ],
        "startDate": "2026-03-01",
        "targetGroup": "vergunninghouder",
        "temporary": False,
        "firstRentDue": "2026-04-01",
    },
}
DAMAGE_REPORTED: Final[Example] = {
    "specversion": "1.0",
    "id": "melding-311",
    "source": "urn:nld:kvknr:90000001:systeem:primair",
    "type": "nl.seintje.damage-reported.v1",
    "data": {
        "occurredAt": "2026-03-09T16:30:00+01:00",
        "gemeente": "0988",
        "references": [{"scheme": "lease", "issuer": "corporatie-maas", "value": "H-1001"}],
        "category": "kitchen",
        "cause": "resident",
    },
}
APPROACH: Final[Example] = {"action": "joint-home-visit", "reviewOn": "2026-04-09"}
CLOSURE: Final[Example] = {"outcome": "solved"}

_RECEIPT_ID: Final = "rc-ytgmpj2y5b3a2usdkydzq4m2mq"

RECEIPTS: Final[Example] = {
    "receipts": [{"position": 0, "status": "accepted", "receiptId": _RECEIPT_ID}],
    "receiptId": _RECEIPT_ID,
    "status": "accepted",
}
ACT: Final[Example] = {"receiptId": _RECEIPT_ID, "status": "accepted"}
RECEIPT: Final[Example] = {
    "receiptId": _RECEIPT_ID,
    "source": "urn:nld:kvknr:90000001:systeem:primair",
    "id": "contract-8842",
    "type": "lease-signed",
    "status": "accepted",
    "at": "2026-02-20T09:12:44.108Z",
    "household": "hh-5iqvab2msmihwudvhwyfrwr2gg",
}
ALERT: Final[Example] = {
    "alertId": "al-gxfe2vk52kxthcuxkabvdd3kje",
    "revision": 1,
    "status": "open",
    "rule": "damage-and-nobody-around",
    "severity": "high",
    "title": "Schade aan de woning, terwijl de begeleiding niet liep",
    "message": "Er is schade gemeld die door bewoning is ontstaan.",
    "action": "Neem contact op met het huishouden en spreek met de corporatie een aanpak af.",
    "translations": {},
    "phase": "coaching-vestiging",
    "raisedAt": "2026-03-09T15:30:00.000Z",
    "resolvedAt": None,
    "resolution": None,
    "gemeente": "0988",
    "region": None,
    "household": "hh-5iqvab2msmihwudvhwyfrwr2gg",
    "references": [{"scheme": "dossier", "issuer": "gemeente-weert", "value": "D-77"}],
    "part": "acts",
    "responsibility": "full",
    "respondBy": "2026-03-17T08:00:00.000Z",
    "others": [{"role": "corporatie", "part": "acts", "acknowledged": False}],
    "held": [],
    "aanspreekpunt": None,
    "evidence": [
        {
            "type": "damage-reported",
            "occurredAt": "2026-03-09T15:30:00.000Z",
            "category": "kitchen",
            "cause": "resident",
        }
    ],
    "absent": [],
    "memo": "4.3",
    "agreement": {"id": "duurzame-start", "version": "1"},
    "listed": True,
    "announced": True,
    "notice": "new",
    "contact": None,
}
REFERENCE: Final[Example] = {"scheme": "dossier", "issuer": "gemeente-weert", "value": "D-77"}
FOUND: Final[Example] = {"household": "hh-5iqvab2msmihwudvhwyfrwr2gg", "others": []}
HOUSEHOLD: Final[Example] = {
    "household": "hh-5iqvab2msmihwudvhwyfrwr2gg",
    "gemeente": "0988",
    "references": [REFERENCE],
    "states": [{"state": "begeleiding", "from": "2026-02-20T23:00:00.000Z", "until": None}],
    "aanspreekpunt": None,
    "timeline": [
        {
            "own": True,
            "toldOnly": False,
            "type": "begeleiding-started",
            "occurredAt": "2026-02-20T23:00:00.000Z",
            "source": "urn:nld:oin:00000099000000988000:systeem:sociaal",
            "id": "begeleiding-12",
            "fields": {"organisation": "Onderdak"},
            "alerts": [],
        },
        {
            "own": False,
            "toldOnly": True,
            "type": "damage-reported",
            "occurredAt": "2026-03-09T15:30:00.000Z",
            "source": None,
            "id": None,
            "fields": {"category": "kitchen", "cause": "resident"},
            "alerts": [ALERT["alertId"]],
        },
    ],
    "expected": [],
    "alerts": [ALERT],
}
PAGE: Final[Example] = {"alerts": [ALERT], "cursor": "YWZ0ZXI6NQ"}
_TOLD: Final = msgspec.json.encode(ALERT).decode()
# An alert, and a comment because nothing comes after it.
STREAM: Final = f"retry: 5000\n\nid: {PAGE['cursor']}\nevent: alert\ndata: {_TOLD}\n\n:\n\n"
LIVE: Final[Example] = {"status": "live", "reasons": []}
STALLED: Final[Example] = {"status": "stalled", "reasons": ["facts: no progress"]}
READY: Final[Example] = {"status": "ready", "reasons": []}
NOT_READY: Final[Example] = {"status": "not-ready", "reasons": ["stopping"]}

NEW_SUBSCRIPTION: Final[Example] = {
    "endpoint": "https://receiver.example.nl/seintje",
    "filter": {"gemeenten": ["0988"], "severities": ["critical", "high"]},
    "contact": "applicatiebeheer@example.nl",
}
CHANGE: Final[Example] = {"filter": {"severities": None}, "contact": "team@example.nl"}
RECOVERY: Final[Example] = {"since": "2026-03-01T00:00:00+01:00"}
ROTATION: Final[Example] = {"overlapHours": 24}
_SUBSCRIPTION_ID: Final = "sb-zq4m2mqytgmpj2y5b3a2usdkyd"
SUBSCRIPTION: Final[Example] = {
    "id": _SUBSCRIPTION_ID,
    "status": "active",
    "why": None,
    "endpoint": "https://receiver.example.nl/seintje",
    "filter": {
        "gemeenten": ["0988"],
        "rules": [],
        "severities": ["critical", "high"],
        "statuses": [],
    },
    "contact": "applicatiebeheer@example.nl",
    "access": None,
    "signature": "v1",
    "createdAt": "2026-03-01T09:00:00.000Z",
    "rate": 120,
    "waiting": 0,
    "failing": None,
    "recovering": False,
    "parked": 0,
}
# No real one: a secret in a document would be taken for one that leaked.
CREATED: Final[Example] = SUBSCRIPTION | {
    "verification": {"consented": True},
    "secret": "whsec_…",
}
ASKED_AGAIN: Final[Example] = SUBSCRIPTION | {"verification": {"consented": True}}
ROTATED: Final[Example] = SUBSCRIPTION | {
    "formerKeyUntil": "2026-03-10T09:00:00.000Z",
    "secret": "whsec_…",
}
_WEBHOOK_ID: Final = f"{ALERT['alertId']}_1"
ATTEMPTS: Final[Example] = {
    "attempts": [
        {
            "at": "2026-03-09T15:30:02.117Z",
            "webhookId": _WEBHOOK_ID,
            "lane": "live",
            "reason": "rejected",
            "status": 404,
        }
    ],
    "parked": [
        {
            "at": "2026-03-09T15:30:02.117Z",
            "webhookId": _WEBHOOK_ID,
            "reason": "rejected",
            "status": 404,
        }
    ],
}
TEST_ASKED: Final[Example] = {"webhookId": f"test_{_SUBSCRIPTION_ID}_1772000000000"}
_EVENT: Final[Example] = {
    "specversion": "1.0",
    "source": "urn:seintje:hub:out:gemeente-weert",
    "time": "2026-03-09T15:30:01.004Z",
    "datacontenttype": "application/json",
}
WEBHOOK: Final[Example] = _EVENT | {
    "id": f"{ALERT['alertId']}.1",
    "type": "nl.seintje.alert-view.v1",
    "subject": ALERT["alertId"],
    "data": ALERT,
}
WEBHOOK_TEST: Final[Example] = _EVENT | {
    "id": TEST_ASKED["webhookId"],
    "type": "nl.seintje.webhook-test.v1",
    "subject": _SUBSCRIPTION_ID,
    "data": {"subscription": _SUBSCRIPTION_ID},
}
