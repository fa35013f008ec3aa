"""The default rules about open rent periods, and when a period is open.

The agreement document, "A rent period (per lease) is open …", the leaf `open` and Default rules.
"""

from dataclasses import dataclass
from itertools import pairwise

from tests.reference.clock import FOREVER, NEVER, add_days
from tests.reference.facts import Fact
from tests.reference.findings import Finding, Rule
from tests.reference.spans import Span, all_of, clipped, complement, holds, lasting, union
from tests.reference.states import Tenant

Findings = list[Finding | None]


@dataclass(frozen=True)
class Opening:
    """One time that a period was open: from its `rent-missed` until it was paid."""

    opener: Fact
    end: int

    @property
    def start(self) -> int:
        return self.opener.at

    def is_open(self, at: int) -> bool:
        return self.start <= at < self.end


def first_rent_missed(home: Tenant, rule: Rule) -> Findings:
    first = [o for o in openings(home) if o.opener.data["period"] == home.first_period]
    spans = clipped(at_least(1, first), home.start, home.lease)
    return _while_open(home, rule, spans, first)


def rent_arrears(home: Tenant, rule: Rule) -> Findings:
    spans = clipped(at_least(2, openings(home)), home.start, home.lease)
    return _while_open(home, rule, spans, openings(home))


def arrears_without_support(home: Tenant, rule: Rule) -> Findings:
    opened = clipped(at_least(1, openings(home)), home.start, home.lease)
    spans = all_of(
        lasting(opened, lambda start: add_days(start, 14)),
        complement(clipped(home.administrative_support, home.start, home.lease)),
        complement(clipped(home.payment_arrangement, home.start, home.lease)),
    )
    return _while_open(home, rule, spans, openings(home))


def arrears_after_begeleiding(home: Tenant, rule: Rule) -> Findings:
    """Only periods count that opened after begeleiding, which is not judged within `during`."""
    after = [o for o in openings(home) if _was_after_begeleiding(home, o.start)]
    spans = clipped(at_least(1, after), home.start, home.lease)
    starts = [fact.at for fact in home.of("begeleiding-started")]
    cut = [
        Span(s.start, min([s.end, *(at for at in starts if at >= s.start)]), s.opener)
        for s in spans
    ]
    return _while_open(home, rule, cut, after)


def openings(home: Tenant) -> list[Opening]:
    missed = home.of("rent-missed")
    paid = home.of("rent-paid")
    found: list[Opening] = []
    for period in sorted({fact.data["period"] for fact in missed}):
        found += _openings_of(
            [fact for fact in missed if fact.data["period"] == period],
            [fact for fact in paid if fact.data["period"] == period],
        )
    return [opening for opening in found if opening.start < opening.end]


def _openings_of(missed: list[Fact], paid: list[Fact]) -> list[Opening]:
    """While open, a further `rent-missed` only says what is due; afterwards it opens again.

    A `rent-missed` at the very instant of settlement comes before the payment.
    """
    found: list[Opening] = []
    closed = NEVER
    while closed < FOREVER:
        opener = next((fact for fact in missed if fact.at > closed), None)
        if opener is None:
            break
        instants = sorted({f.at for f in [*missed, *paid] if f.at >= opener.at})
        settled = (at for at in instants if _is_settled(opener, missed, paid, at))
        closed = next(settled, FOREVER)
        found.append(Opening(opener, closed))
    return found


def _is_settled(opener: Fact, missed: list[Fact], paid: list[Fact], at: int) -> bool:
    latest = [fact for fact in missed if fact.at <= at][-1]
    payments = [int(fact.data["amount"]) for fact in paid if opener.at <= fact.at <= at]
    return sum(payments) >= int(latest.data["amountDue"])


def at_least(number: int, candidates: list[Opening]) -> list[Span]:
    """Where at least so many are open; the opener is the one that makes the number."""
    instants = sorted({at for o in candidates for at in (o.start, o.end)})
    pieces = [
        Span(at, until, _opener_at(at, number, candidates))
        for at, until in pairwise(instants)
        if sum(o.is_open(at) for o in candidates) >= number
    ]
    return union(pieces)


def _opener_at(at: int, number: int, candidates: list[Opening]) -> Fact | None:
    """The opener that brings the open ones to the number, if it opens just then."""
    carried = sum(o.start < at < o.end for o in candidates)
    opening = sorted((o.opener for o in candidates if o.start == at), key=lambda f: f.key)
    return opening[number - carried - 1] if 0 < number - carried <= len(opening) else None


def _was_after_begeleiding(home: Tenant, at: int) -> bool:
    been = any(span.end <= at for span in home.begeleiding)
    return been and not holds(home.begeleiding, at)


def _while_open(home: Tenant, rule: Rule, spans: list[Span], candidates: list[Opening]) -> Findings:
    """Findings whose evidence is the opener and what had opened each period open at the start."""
    found: Findings = []
    for span in spans:
        assert span.opener is not None
        opened = [o.opener for o in candidates if o.is_open(span.start)]
        found.append(
            home.subject.finding(
                rule,
                span.start,
                span.opener,
                condition=span.end,
                scope=home.monitoring_end,
                others=opened,
            )
        )
    return found
