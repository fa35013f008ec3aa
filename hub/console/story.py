"""The story of a household as one party may know it: its facts, its alerts, what did not come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from hub.console.alert import Alert
from hub.console.evidence import Reader
from hub.console.household import Entry, Household
from hub.console.timeline import Drawing, Happened, Lasted, drawn
from hub.console.words import Words
from hub.domain.facts import CATALOGUE
from hub.domain.time import Instant, parse_instant


class Kind(StrEnum):
    """What sort of moment it is; at one instant in this order."""

    FACT = "fact"
    ABSENT = "absent"  # it should have been there by then
    RAISED = "raised"
    ACT = "act"
    ENDED = "ended"


class Moment(Struct, frozen=True):
    """One line of the story. `at` empty: when it was is not shared. `alert_id` where it is about an
    alert."""

    at: str
    kind: Kind
    name: str
    is_ours: bool = False
    fields: tuple[tuple[str, str], ...] = ()
    alert_id: str = ""


_ORDER = tuple(Kind)


def story_of(household: Household, told: Sequence[Alert], reader: Reader) -> list[Moment]:
    """The newest first; what has no date comes last."""
    moments = [_of_entry(it, reader) for it in household.timeline]
    moments += {Moment(it.expected_by, Kind.ABSENT, it.type) for it in household.expected}
    moments += _of_alerts(told, reader.words)
    return sorted(moments, key=lambda it: (it.at, _ORDER.index(it.kind), it.name), reverse=True)


def drawing_of(
    story: Iterable[Moment], told: Iterable[Alert], words: Words, now: Instant
) -> Drawing | None:
    """The story as a drawing: what happened and what did not come as marks, alerts as bars."""
    marks = [
        Happened(parse_instant(it.at), _lane(it), it.kind, words.did(it.name))
        for it in story
        if it.at and it.kind in (Kind.FACT, Kind.ABSENT, Kind.ACT)
    ]
    bars = [
        Lasted(
            parse_instant(it.raised_at),
            parse_instant(it.resolved_at) if it.resolved_at else None,
            it.severity,
            it.said(words).title,
        )
        for it in told
    ]
    return drawn(marks, bars, now)


def _of_entry(entry: Entry, reader: Reader) -> Moment:
    fields = reader.fields(entry.fields)
    alert_id = str(entry.fields.get("alertId", "")) if entry.is_act else ""
    kind = Kind.ACT if entry.is_act else Kind.FACT
    return Moment(entry.occurred_at or "", kind, entry.type, entry.own, fields, alert_id)


def _of_alerts(told: Iterable[Alert], words: Words) -> Iterator[Moment]:
    for it in told:
        title = it.said(words).title
        yield Moment(it.raised_at, Kind.RAISED, title, alert_id=it.alert_id)
        if it.resolved_at:
            yield Moment(it.resolved_at, Kind.ENDED, title, alert_id=it.alert_id)


def _lane(moment: Moment) -> str:
    """The side that such facts come from; acts are our own."""
    if moment.kind is Kind.ACT:
        return "answers"
    known = CATALOGUE.get(moment.name)
    roles = frozenset[str]() if known is None else known.roles
    if roles == {"corporatie"}:
        return "corporatie"
    return "gemeente" if roles == {"gemeente", "begeleider"} else "other"
