"""The default rules that rest on silence: `missing`, `without` and `lapsed`.

The agreement document, Default rules and the leaves of the rule language. One function per row;
all are about a household with a lease.
"""

from collections.abc import Sequence

from tests.reference.clock import FOREVER, NEVER, add_days, add_months, add_working_days
from tests.reference.facts import Fact
from tests.reference.findings import Absent, Finding, Rule
from tests.reference.spans import Span, all_of, clipped, complement, lasting, union
from tests.reference.states import Tenant

Findings = list[Finding | None]


def intake_missing(home: Tenant, rule: Rule) -> Findings:
    return _missing_by(home, rule, ["intake-completed"], add_days(home.start, 1))


def inburgering_not_started(home: Tenant, rule: Rule) -> Findings:
    types = ["inburgering-started", "inburgering-completed"]
    return _missing_by(home, rule, types, add_days(home.start, 70))


def housing_information_missing(home: Tenant, rule: Rule) -> Findings:
    return _missing_by(home, rule, ["housing-information-provided"], add_days(home.start, 30))


def introduction_missing(home: Tenant, rule: Rule) -> Findings:
    return _missing_by(home, rule, ["introduction-held"], add_days(home.start, 60))


def aanspreekpunt_missing(home: Tenant, rule: Rule) -> Findings:
    # `from S`: a gap that began before S counts from S, opened by the lease; one that begins at
    # S with a withdrawal keeps the withdrawal as its opener.
    gaps = clipped(complement(home.aanspreekpunt), home.start, home.lease)
    return _of_spans(home, rule, lasting(gaps, lambda start: add_working_days(start, 5)))


def begeleiding_missing(home: Tenant, rule: Rule) -> Findings:
    by = add_days(home.start, 14)
    if any(span.start <= by and span.end > home.start for span in home.begeleiding):
        return []
    starts = [span.start for span in home.begeleiding if span.start > by]
    span = Span(by, min(starts, default=FOREVER), home.lease)
    return [_missed(home, rule, span, ["begeleiding-started"], by, home.monitoring_end)]


def begeleiding_ended_early(home: Tenant, rule: Rule) -> Findings:
    gaps = [
        gap
        for gap in complement(home.begeleiding)
        if gap.opener and home.ended_before_a_year(gap.opener) and home.is_monitored(gap.opener)
    ]
    return _of_spans(home, rule, lasting(gaps, lambda start: add_working_days(start, 2)))


def begeleiding_contact_lapsed(home: Tenant, rule: Rule) -> Findings:
    in_force = clipped(home.begeleiding, home.start, home.lease)
    lapsed = clipped(home.contact_lapsed, home.start, home.lease)
    return _of_spans(home, rule, all_of(in_force, lapsed))


def first_rent_at_risk(home: Tenant, rule: Rule) -> Findings:
    types = ["first-rent-arranged", "rent-paid"]
    due = home.first_rent_due
    span = _missing(_of_period(home, types), due, home.lease)
    if span is None:
        return []
    missed = [f.at for f in _of_period(home, ["rent-missed"]) if f.at >= due]
    span = Span(due, min([span.end, *missed]), home.lease)
    return [_missed(home, rule, span, types, due, home.monitoring_end)]


def interpreter_not_provided(home: Tenant, rule: Rule) -> Findings:
    """Each request on its own: it stays the opener where it lies before the monitoring."""
    found: Findings = []
    for request in home.of("interpreter-requested"):
        by = add_working_days(request.at, 5)
        provided = closers_of(home, request, "interpreter-provided")
        span = _missing(provided, by, request)
        if span is not None and span.end > home.start:
            span = Span(max(by, home.start), span.end, request)
            end = home.monitoring_end
            found.append(_missed(home, rule, span, ["interpreter-provided"], by, end))
    return found


def work_placement_missing(home: Tenant, rule: Rule) -> Findings:
    """During coaching-integratie and tenancy, 6 mo after the phase came in force.

    Each time that it comes in force has its deadline, which counts while that time lasts: were it
    clipped to later times as well, one opener could have two findings.
    """
    found: Findings = []
    for phase in home.phase("coaching-integratie"):
        assert phase.opener is not None
        by = add_months(phase.start, 6)
        span = _missing(home.of("work-placement-started"), by, phase.opener)
        if span is not None and span.end > home.start:
            span = Span(max(by, home.start), span.end, phase.opener)
            end = min(phase.end, home.tenancy_end)
            found.append(_missed(home, rule, span, ["work-placement-started"], by, end))
    return found


def closers_of(home: Tenant, opened: Fact, closing_type: str) -> list[Fact]:
    """The closers that are for a fact: those that concern it, or name none while it is open.

    "Without it, all earlier open ones of that kind": a closer that names none is not for a fact
    that an earlier closer (with whatever content) has closed already.
    """
    root_of = home.subject.root_of
    closers: list[Fact] = []
    for fact in home.of(closing_type):
        if fact.at < opened.at:
            continue
        target = fact.pointer("concerns")
        if not closers if target is None else root_of(target) == root_of(opened.name):
            closers.append(fact)
    return closers


def _missing_by(home: Tenant, rule: Rule, types: list[str], by: int) -> Findings:
    span = _missing(home.of(*types), by, home.lease)
    return [] if span is None else [_missed(home, rule, span, types, by, home.monitoring_end)]


def _missing(facts: Sequence[Fact], by: int, opener: Fact) -> Span | None:
    """From the deadline until the first fact; not at all with one at the deadline or before."""
    first = min((fact.at for fact in facts), default=FOREVER)
    return Span(by, first, opener) if first > by else None


def _missed(
    home: Tenant, rule: Rule, span: Span, types: list[str], by: int, scope: int
) -> Finding | None:
    assert span.opener is not None
    absent = [Absent(kind, by) for kind in sorted(types)]
    return home.subject.finding(
        rule, span.start, span.opener, condition=span.end, scope=scope, absent=absent
    )


def _of_spans(home: Tenant, rule: Rule, spans: list[Span]) -> Findings:
    return [
        home.subject.finding(
            rule, span.start, span.opener, condition=span.end, scope=home.monitoring_end
        )
        for span in union(spans)
        if span.opener is not None and span.start > NEVER
    ]


def _of_period(home: Tenant, types: list[str]) -> list[Fact]:
    return [f for f in home.of(*types) if f.data.get("period") == home.first_period]
