"""What people do about an alert, by a form. It becomes a fact, as if their system had said it.

A form that is sent twice is one act: what it holds for that (`once`) makes the same id. Afterwards
the browser is sent back to the alert, so that going back or reloading sends nothing again.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from starlette.responses import Response

from hub.console.console import Deed, Outcome
from hub.console.looking import ACTIONS, OUTCOMES
from hub.console.visit import Visit

_LONGEST: Final = 64


async def acknowledge(visit: Visit) -> Response:
    """Seen, and ours to pick up."""
    return await _done(visit, "alert-acknowledged", {})


async def agree_approach(visit: Visit) -> Response:
    """What was agreed to do, and when to look at it again."""
    action, review = visit.form.get("action", ""), visit.form.get("review_on", "")
    if action not in ACTIONS:
        return _back(visit, "action-missing")
    if not _is_date(review):
        return _back(visit, "review-missing")
    return await _done(visit, "approach-agreed", {"action": action, "reviewOn": review})


async def close(visit: Visit) -> Response:
    """Nothing more to do."""
    outcome = visit.form.get("outcome", "")
    if outcome not in OUTCOMES:
        return _back(visit, "outcome-missing")
    return await _done(visit, "alert-closed", {"outcome": outcome})


async def _done(visit: Visit, fact_type: str, said: dict[str, str]) -> Response:
    party, once = visit.party, visit.form.get("once", "")
    assert party is not None, "only who looks through a party gets here"
    if not 0 < len(once) <= _LONGEST:
        return visit.trouble("form", 400)
    deed = Deed(fact_type, _alert_id(visit), said, once)
    match await visit.console.act(party, deed):
        case Outcome.KEPT:
            return _back(visit, fact_type)
        case Outcome.UNKNOWN:
            return visit.trouble("not-found", 404)
        case Outcome.GONE:
            return visit.trouble("gone", 410)
        case Outcome.REFUSED:
            return _back(visit, "refused")


def _back(visit: Visit, told: str) -> Response:
    return visit.go(f"/alerts/{_alert_id(visit)}", told)


def _alert_id(visit: Visit) -> str:
    alert_id: str = visit.request.path_params["alert_id"]
    return alert_id


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
