"""The pages that show: the overview, one household, one alert.

What the party was never told of is not there: the same page as for what does not exist.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace
from starlette.responses import Response

from hub.console import alert as alerts
from hub.console import household as households
from hub.console.alert import Alert
from hub.console.conversations import conversations
from hub.console.evidence import Reader
from hub.console.household import Household
from hub.console.naming import Naming
from hub.console.story import drawing_of, story_of
from hub.console.visit import Visit
from hub.domain.parties import Party

ACTIONS: Final = (
    "conversation", "joint-home-visit", "more-begeleiding", "debt-help", "payment-arrangement",
    "administrative-support", "repair", "mediation", "explanation", "interpreter",
    "other-dwelling", "other",
)  # fmt: skip
OUTCOMES: Final = (
    "solved", "approach-completed", "no-action-needed", "not-the-case", "taken-over",
    "no-longer-in-dwelling", "other",
)  # fmt: skip
PER_PAGE: Final = 25

_LAST_PAGE: Final = 1000
_MOST_DIGITS: Final = 9


async def overview(visit: Visit) -> Response:
    """Every open alert of the party, by household, the most urgent first."""
    shelf, party = visit.console.shelf, _party(visit).id
    views = shelf.living(party)
    living = [alerts.read(it) for it in views]
    found = conversations(_with_our_answers(visit, living))
    n_waiting = sum(it.waits for it in found)
    number = _page_number(visit)
    shown = found[(number - 1) * PER_PAGE : number * PER_PAGE]
    on_page = {alert.alert_id for it in shown for alert in it.alerts}
    of_page = [view for view, it in zip(views, living, strict=True) if it.alert_id in on_page]
    await shelf.shown(party, of_page)
    return visit.page(
        "overview.html",
        naming=_naming(visit),
        waiting=[it for it in shown if it.waits],
        running=[it for it in shown if not it.waits],
        n_waiting=n_waiting,
        n_running=len(found) - n_waiting,
        number=number,
        pages=-(-len(found) // PER_PAGE),
    )


async def alert(visit: Visit) -> Response:
    """One alert, why it is there, and what can be done about it."""
    raw = await visit.console.shelf.alert(_party(visit).id, visit.request.path_params["alert_id"])
    if raw is None:
        return visit.trouble("not-found", 404)
    found = alerts.read(raw)
    if found.is_gone:
        return visit.page("gone.html", alert=found)
    household = _known(visit, found.household) if found.household else None
    if household is not None:
        found = _answered(found, household)
    reader = Reader(visit.words, visit.moments)
    return visit.page(
        "alert.html",
        naming=_naming(visit),
        alert=found,
        said=found.said(visit.words),
        lines=[reader.line(it) for it in found.evidence],
        acts=[] if household is None else household.acts_on(found.alert_id),
        actions=ACTIONS,
        outcomes=OUTCOMES,
        once=secrets.token_urlsafe(16),
    )


async def household(visit: Visit) -> Response:
    """One household: what happened when, as far as the party may see it, and its alerts."""
    handle = visit.request.path_params["handle"]
    raw = await visit.console.shelf.household(_party(visit).id, handle)
    if raw is None:
        return visit.trouble("not-found", 404)
    found = households.read(raw)
    told = [_answered(it, found) for it in found.alerts if not it.is_gone]
    story = story_of(found, told, Reader(visit.words, visit.moments))
    still_open = [it for it in told if it.is_living and it.listed]
    return visit.page(
        "household.html",
        naming=_naming(visit),
        household=found,
        open_alerts=[it for one in conversations(still_open) for it in one.alerts],
        ended=[it for it in told if it not in still_open],
        story=story,
        drawing=drawing_of(story, told, visit.words, visit.console.clock.now()),
    )


def _party(visit: Visit) -> Party:
    party = visit.party
    assert party is not None, "a page of a party is asked for by who looks through one"
    return party


def _known(visit: Visit, handle: str) -> Household | None:
    raw = visit.console.shelf.known(_party(visit).id, handle)
    return None if raw is None else households.read(raw)


def _with_our_answers(visit: Visit, living: Iterable[Alert]) -> Iterable[Alert]:
    """Of those that somebody else answered, whether we did too: that the household knows."""
    known: dict[str, Household | None] = {}
    for it in living:
        if it.is_unclear and it.household and it.household not in known:
            known[it.household] = _known(visit, it.household)
        found = known.get(it.household) if it.household else None
        yield it if found is None else _answered(it, found)


def _answered(told: Alert, of: Household) -> Alert:
    return replace(told, ours=told.alert_id in of.answered)


def _naming(visit: Visit) -> Naming:
    return Naming(visit.words, visit.console.parties)


def _page_number(visit: Visit) -> int:
    text = visit.request.query_params.get("page", "1")
    if not text.isascii() or not text.isdigit():
        return 1
    # Python makes no number of thousands of digits.
    return _LAST_PAGE if len(text) > _MOST_DIGITS else min(max(int(text), 1), _LAST_PAGE)
