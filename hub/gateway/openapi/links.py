"""Links: from an answer to the calls that go on with it (OpenAPI 3.1, Link Object)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

Links: TypeAlias = Mapping[str, dict[str, Any]]

_BODY: Final = "$response.body#/"


def _link(to: str, description: str, **parameters: str) -> dict[str, Any]:
    """To the call with this id; each parameter out of the body of the answer."""
    told = {name: _BODY + pointer for name, pointer in parameters.items()}
    return {"operationId": to, "parameters": told, "description": description}


_FIRST: Final = "alerts/0/alertId"

OF_RECEIPTS: Final[Links] = {
    "receipt": _link("getReceipt", "What becomes of a single event.", receiptId="receiptId"),
    "first": _link(
        "getReceipt", "What becomes of the first of several.", receiptId="receipts/0/receiptId"
    ),
}
OF_ACT: Final[Links] = {
    "receipt": _link("getReceipt", "What becomes of the act.", receiptId="receiptId")
}
OF_RECEIPT: Final[Links] = {
    "household": _link("getHousehold", "Where it went.", handle="household"),
    "event": _link("getReceiptOfEvent", "The same by its event.", source="source", id="id"),
}
OF_ALERTS: Final[Links] = {
    "alert": _link("getAlert", "One of them.", alertId=_FIRST),
    "acknowledge": _link("acknowledgeAlert", "Take notice of it.", alertId=_FIRST),
    "approach": _link("agreeApproach", "Agree an approach to it.", alertId=_FIRST),
    "close": _link("closeAlert", "Close it.", alertId=_FIRST),
    "household": _link("getHousehold", "Whom one is about.", handle="alerts/0/household"),
    "changes": _link("getAlerts", "What changes after this.", cursor="cursor"),
    "older": _link("getAlerts", "The next page of the list.", cursor="older"),
}
OF_LOOKUP: Final[Links] = {
    "household": _link("getHousehold", "What your party may see of it.", handle="household")
}
OF_ALERT: Final[Links] = {
    "household": _link("getHousehold", "The household it is about.", handle="household"),
    "acknowledge": _link("acknowledgeAlert", "Take notice of it.", alertId="alertId"),
    "approach": _link("agreeApproach", "Agree an approach to it.", alertId="alertId"),
    "close": _link("closeAlert", "Close it.", alertId="alertId"),
}


def _to_subscription(pointer: str) -> Links:
    """What can be done with the subscription whose id stands there."""
    return {
        "subscription": _link("getSubscription", "How it is.", subscriptionId=pointer),
        "change": _link("changeSubscription", "Change it.", subscriptionId=pointer),
        "verify": _link("verifySubscription", "Ask the receiver again.", subscriptionId=pointer),
        "attempts": _link("getAttempts", "What came of sending.", subscriptionId=pointer),
        "remove": _link("unsubscribe", "Remove it.", subscriptionId=pointer),
    }


OF_SUBSCRIPTION: Final[Links] = _to_subscription("id")
OF_SUBSCRIPTIONS: Final[Links] = _to_subscription("subscriptions/0/id")
