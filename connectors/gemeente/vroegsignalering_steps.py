"""Whether arrears may be signalled, and what is known of them: judged on the corporatie's own
facts.

The Besluit gemeentelijke schuldhulpverlening (Stb. 2020, 240), art. 2, has a landlord give arrears
to the gemeente once he has tried to get in touch in person (a), pointed to debt help (b), reminded
in writing (c), and offered there to pass the tenant on, who did not decline (d). The hub judges the
same at its gate. Here it is judged once more, so that a mistake of the hub or in its agreement is
no disclosure: both have to say yes. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from hub.client import Alert, Household
from hub.domain.time import Instant, parse_instant

T = TypeVar("T")

_MISSED: Final = "rent-missed"
_PAID: Final = "rent-paid"
_LIVING: Final = ("open", "acknowledged", "agreed")


class Why(StrEnum):
    """Why there is no signal."""

    UNKNOWN = "our own facts do not say of each month of the alert whether the steps were taken"
    OBJECTED = "the tenant objected"
    STEPS = "a step of social collection was not taken yet"
    HELD = "the hub holds the alert back from the gemeente"
    PAID = "nothing is open any more"


class Arrears(Struct, frozen=True):
    """What is open, in whole euros, and since when: the day on which the oldest month was due."""

    euros: int
    since: date


class Fate(StrEnum):
    """What becomes of a signal when its alert has ended."""

    LEFT = "the gemeente goes on with it"
    TAKEN_BACK = "there is nothing to signal any more, or there never was"


class _Steps(Struct, frozen=True, rename="camel"):
    personal_contact_tried: bool
    debt_help_offered: bool
    reminder_sent: bool
    sharing_announced: bool
    tenant_objected: bool

    def are_taken(self) -> bool:
        return (
            self.personal_contact_tried
            and self.debt_help_offered
            and self.reminder_sent
            and self.sharing_announced
        )


class _Missed(Struct, frozen=True, rename="camel"):
    period: str
    due_date: date
    total_arrears: int
    social_collection: _Steps


class _Paid(Struct, frozen=True):
    period: str
    amount: int


class _Said(NamedTuple):
    at: Instant
    missed: _Missed


def is_living(alert: Alert) -> bool:
    return alert.status in _LIVING


def is_gone(alert: Alert) -> bool:
    """Whether the hub took it back from us: there was no such thing, or it is to be forgotten."""
    return alert.status in ("withdrawn", "erased")


def fate_of(ended: Alert) -> Fate:
    """Of a signal whose alert has ended.

    What was paid, or never was, is taken back. When parties closed it, agreed on something or the
    first year is over, the arrears are still there, and so is what the law asks of the gemeente.
    """
    is_settled = is_gone(ended) or ended.resolution == "condition"
    return Fate.TAKEN_BACK if is_settled else Fate.LEFT


def arrears_of(alert: Alert, household: Household) -> Arrears | Why:
    """What to signal of a living alert, or why nothing.

    As at the gate, the newest fact of each month decides that the alert rests on. Besides, an
    objection in what was said last closes it, whichever month that was about: a tenant who objects
    does not object to a month. Of two facts of one moment neither is the newer one: both decide.
    """
    months = {str(it.get("period")) for it in alert.evidence if it.get("type") == _MISSED}
    try:
        said = list(_own_missed(household))
    except (ValueError, TypeError):  # a form of facts that is not known: nothing is certain
        return Why.UNKNOWN
    newest = {it.missed.period: it.at for it in said}
    if not months or not months <= newest.keys():
        return Why.UNKNOWN
    judged = [it for it in said if it.missed.period in months and it.at == newest[it.missed.period]]
    last = [it for it in said if it.at == said[-1].at]
    if any(it.missed.social_collection.tenant_objected for it in (*judged, *last)):
        return Why.OBJECTED
    if not all(it.missed.social_collection.are_taken() for it in judged):
        return Why.STEPS
    if any(it.get("role") == "gemeente" for it in alert.held):
        return Why.HELD
    return _open(judged, household)


def _open(judged: list[_Said], household: Household) -> Arrears | Why:
    """The newest total that was said of a judged month, the least of one moment, less what came in
    for these months since.

    Of other months nothing is passed on: of them the steps were not judged.
    """
    last = max(judged, key=lambda it: (it.at, -it.missed.total_arrears))
    months = {it.missed.period for it in judged}
    paid = sum(
        it.amount
        for at, it in _own(household, _PAID, _Paid)
        if at >= last.at and it.period in months
    )
    euros = (last.missed.total_arrears - paid + 50) // 100
    if euros <= 0:
        return Why.PAID
    return Arrears(euros, min(it.missed.due_date for it in judged))


def _own_missed(household: Household) -> Iterator[_Said]:
    for at, missed in _own(household, _MISSED, _Missed):
        yield _Said(at, missed)


def _own(household: Household, name: str, kind: type[T]) -> Iterator[tuple[Instant, T]]:
    """In order of time, as the hub tells them; what an alert still names and was corrected since is
    not in force."""
    for entry in household.timeline:
        if entry.own and not entry.told_only and entry.type == name:
            fields: Mapping[str, Any] = entry.fields
            yield parse_instant(entry.occurred_at or ""), msgspec.convert(fields, kind)
