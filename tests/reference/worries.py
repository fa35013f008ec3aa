"""The default rules on what somebody saw: `seen`, `count` and `run`, and those on the household
itself: fases that overlap, and no room for the family.

The agreement document, Default rules. A fact that raises by itself must lie within the
monitoring; `at` conditions and the partners of a count need not.
"""

from collections.abc import Callable
from itertools import combinations

from tests.reference.clock import FOREVER, NEVER, add_days
from tests.reference.facts import Fact
from tests.reference.findings import Finding, Rule
from tests.reference.silence import closers_of
from tests.reference.spans import Span, all_of, clipped, holds, lasting, union
from tests.reference.states import PHASES, Tenant, Timeline

Findings = list[Finding | None]
GEMEENTE, CORPORATIE = "gemeente", "corporatie"


def damage_without_begeleiding(home: Tenant, rule: Rule) -> Findings:
    found: Findings = []
    for damage in home.of("damage-reported"):
        if damage.data.get("cause") not in ("resident", "unknown") or not home.is_monitored(damage):
            continue
        cared_for = holds(home.begeleiding, damage.at)
        if cared_for and not holds(home.contact_lapsed, damage.at):
            continue
        repairs = closers_of(home, damage, "damage-repaired")
        not_theirs = [r.at for r in repairs if r.data.get("cause") in ("wear", "third-party")]
        end = min(not_theirs, default=FOREVER)
        found.append(_raised(home, rule, damage, condition=end))
    return found


def repeated_damage(home: Tenant, rule: Rule) -> Findings:
    facts = [f for f in home.of("damage-reported") if f.data.get("cause") == "resident"]
    return _counted(home, rule, facts, 180, lambda earlier, later: True)


def concurrent_signals(home: Tenant, rule: Rule) -> Findings:
    facts = [fact for fact in home.facts if _is_worrying(home, fact)]
    return _counted(home, rule, facts, 60, lambda a, b: _side(a) != _side(b))


def nuisance(home: Tenant, rule: Rule) -> Findings:
    """A run of reports within the monitoring; after a cut the next report starts a new run."""
    reports = [fact for fact in home.of("nuisance-reported") if home.is_monitored(fact)]
    found: Findings = []
    over = NEVER  # where the run before was cut or had died down
    for first in reports:
        if first.at <= over:
            continue
        last = first.at
        for report in reports:
            if last < report.at <= add_days(last, 60):
                last = report.at
        finding = _raised(home, rule, first, condition=add_days(last, 60))
        found.append(finding)
        over = finding.end if finding else over
    return found


def signal(home: Tenant, rule: Rule) -> Findings:
    """The other side acts; of a signal by huurders both sides do."""
    found: Findings = []
    for raised in home.of("signal-raised"):
        if home.is_monitored(raised):
            others = {s: "A" for s in (GEMEENTE, CORPORATIE) if s != _side(raised)}
            found.append(_raised(home, rule, raised, tells=others))
    return found


def phase_overlap(home: Timeline, rule: Rule) -> Findings:
    """Any pair of fases in force at once; the 30 d run as long as any pair overlaps."""
    pairs = [all_of(home.phase(a), home.phase(b)) for a, b in combinations(PHASES, 2)]
    overlaps = union(span for spans in pairs for span in spans)
    return [
        home.subject.finding(rule, span.start, span.opener, condition=span.end)
        for span in lasting(overlaps, lambda start: add_days(start, 30))
        if span.opener is not None
    ]


def no_room_for_family(home: Tenant, rule: Rule) -> Findings:
    """Persons of the latest expectation, with those of the lease, exceed what the home holds."""
    family = home.of("family-reunification-expected", "family-reunification-completed")
    instants = sorted({fact.at for fact in [home.lease, *family]})
    pieces = [
        Span(at, until, max(_summed(home, family, at), key=lambda f: f.key))
        for at, until in zip(instants, [*instants[1:], FOREVER], strict=True)
        if _is_too_small(home, family, at)
    ]
    arranged = [fact.at for fact in home.of("temporary-housing-arranged")]
    found: Findings = []
    for span in clipped(union(pieces), home.start, home.lease):
        assert span.opener is not None
        end = min([span.end, *(at for at in arranged if at >= span.start)])
        found.append(
            home.subject.finding(
                rule,
                span.start,
                span.opener,
                condition=end,
                scope=home.monitoring_end,
                others=_summed(home, family, span.start),
            )
        )
    return found


def _summed(home: Tenant, family: list[Fact], at: int) -> list[Fact]:
    """The facts known at an instant whose fields make the sum: of the family only the latest."""
    known = [fact for fact in family if fact.at <= at][-1:]
    return [fact for fact in [home.lease, *known] if fact.at <= at]


def _is_too_small(home: Tenant, family: list[Fact], at: int) -> bool:
    summed = _summed(home, family, at)
    persons = [fact.data.get("persons") for fact in summed]
    most = home.lease.data.get("maxPersons")
    if len(summed) < 2 or most is None or None in persons:
        return False
    return sum(int(count) for count in persons if count is not None) > int(most)


def _counted(
    home: Tenant, rule: Rule, facts: list[Fact], days: int, suits: Callable[[Fact, Fact], bool]
) -> Findings:
    """`count` of two: a fact and an earlier one that suits it, both after the last cut."""
    found: Findings = []
    cut = NEVER
    for number, fact in enumerate(facts):
        partners = [
            earlier
            for earlier in facts[:number]
            if earlier.at > cut and suits(earlier, fact) and fact.at <= add_days(earlier.at, days)
        ]
        if fact.at <= cut or not partners or not home.is_monitored(fact):
            continue
        finding = _raised(home, rule, fact, partners=partners[-1:])
        found.append(finding)
        cut = finding.end if finding else cut
    return found


def _is_worrying(home: Tenant, fact: Fact) -> bool:
    if _side(fact) == CORPORATIE:
        return (
            fact.type in ("rent-missed", "nuisance-reported", "signal-raised")
            or (fact.type == "damage-reported" and fact.data.get("cause") == "resident")
            or (fact.type == "home-visit-made" and fact.data.get("concern") is True)
        )
    if _side(fact) == GEMEENTE:
        ended = fact.type == "begeleiding-ended" and home.ended_before_a_year(fact)
        return fact.type == "signal-raised" or ended
    return False


def _side(fact: Fact) -> str | None:
    """The role of the publisher: begeleider counts as gemeente, huurders as neither."""
    sides = {"corporatie": CORPORATIE, "gemeente": GEMEENTE, "begeleider": GEMEENTE}
    return sides.get(fact.party.role)


def _raised(
    home: Tenant,
    rule: Rule,
    fact: Fact,
    *,
    condition: int = FOREVER,
    partners: list[Fact] | None = None,
    tells: dict[str, str] | None = None,
) -> Finding | None:
    return home.subject.finding(
        rule,
        fact.at,
        fact,
        condition=condition,
        scope=home.monitoring_end,
        others=partners or (),
        tells=tells,
    )
