"""What is found, compared without ids: for a fact that came through a connector has another id than
the one that the life gave it, and so has every alert that rests on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from hub.domain.agreement import Agreements
from hub.domain.corrections import in_force
from hub.domain.facts import Fact
from hub.domain.parties import Parties
from hub.domain.refusals import Refused
from hub.domain.time import Instant, format_instant
from hub.streams.backtest import Alert, Backtest
from hub.streams.intake import Admission, judge
from hub.wire import cloudevents


class Found(NamedTuple):
    """An alert without any id: where, which rule, since and until when, and what it rests on."""

    rule: str
    place: str
    references: tuple[tuple[str, str, str], ...]
    raised_at: str
    resolved_at: str | None
    resolution: str | None
    status: str
    severity: str
    held_for: tuple[str, ...]
    evidence: tuple[tuple[str, str], ...]
    absent: tuple[tuple[str, str], ...]


class Raised(NamedTuple):
    """What tells an alert from all others at one moment, whatever its id."""

    rule: str
    place: str
    references: tuple[tuple[str, str, str], ...]
    raised_at: str


def found_of(alert: Alert) -> Found:
    return Found(
        *raised_of(alert)[:3],
        raised_at=alert.raised_at,
        resolved_at=alert.resolved_at,
        resolution=alert.resolution,
        status=alert.status,
        severity=alert.severity,
        held_for=alert.held_for,
        evidence=tuple((it.type, it.occurred_at) for it in alert.evidence),
        absent=tuple((it.type, it.expected_by) for it in alert.absent),
    )


def raised_of(alert: Alert) -> Raised:
    references = () if isinstance(alert.references, UnsetType) else alert.references
    named = tuple((it.scheme, it.issuer, it.value) for it in references)
    place = alert.gemeente if alert.region is UNSET else alert.region
    return Raised(alert.rule, str(place), named, alert.raised_at)


def differing(one: Iterable[NamedTuple], other: Iterable[NamedTuple]) -> list[NamedTuple]:
    """What is in one of the two and not in the other, as often as it is."""
    first, second = Counter(one), Counter(other)
    return [*(first - second).elements(), *(second - first).elements()]


class Backtests:
    """Facts by line or as they are, evaluated at an instant."""

    def __init__(self, agreements: Agreements, parties: Parties) -> None:
        self._agreements = agreements
        self._parties = parties
        self._admission = Admission(parties)

    def of_facts(self, facts: Iterable[Fact], now: Instant) -> list[Alert]:
        run = Backtest(self._agreements, self._parties)
        for fact in facts:
            run.put_fact(fact)
        return run.alerts(now)

    def fact(self, line: bytes) -> Fact:
        """The fact that intake makes of a line of the life; it refuses none."""
        event = cloudevents.decode(line)
        fact = event if isinstance(event, Refused) else judge(event, self._admission, None, None)
        assert isinstance(fact, Fact), fact
        return fact


def printed(alerts: Sequence[Alert]) -> list[bytes]:
    """The lines that `seintje backtest` prints."""
    return [msgspec.json.encode(alert) for alert in alerts]


class Effective(NamedTuple):
    """A fact that counts, by what every system can say of it."""

    party: str
    type: str
    place: str
    at: str


def effective(facts: Iterable[Fact], now: Instant) -> list[Effective]:
    """What is in force of the facts, place by place; a second telling of the same is none."""
    by_place: dict[tuple[str, bool], dict[tuple[str, str], Fact]] = {}
    for fact in facts:
        place = (fact.region, True) if fact.is_regional else (fact.gemeente, False)
        by_place.setdefault(place, {}).setdefault(fact.identity, fact)
    return [
        Effective(fact.party, fact.type, place, format_instant(fact.at))
        for (place, _), here in by_place.items()
        for fact in in_force(it for it in here.values() if it.at <= now).facts
        if fact.kind not in ("feed", "correction")
    ]
