"""Region findings: the share of homes, the yearly consultation, the targets (agreement document,
Region rules).

Each kind of condition has its own reading of the region's facts; numbers, types and fields come
from the file. All parties of the region act on what is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import zip_longest

from msgspec import Struct

from hub.domain.acts import End, Resolution, Status, acts_on, acts_until, ends_by_acts, first_of
from hub.domain.agreement import Agreement, Behind, Part, RegionRule, Share, Since
from hub.domain.anchors import NO_LEASE
from hub.domain.corrections import InForce, in_force
from hub.domain.facts import CATALOGUE, Fact, fields_of
from hub.domain.findings import Finding, alert_id
from hub.domain.intervals import Interval
from hub.domain.parties import Parties
from hub.domain.patterns import Where
from hub.domain.time import NEVER, Instant, add, local, local_date, start_of_day


class Region(Struct, frozen=True):
    """The facts of one region that exist at one instant, corrected and in order."""

    name: str
    found: InForce

    def of(self, fact_type: str) -> list[Fact]:
        return [fact for fact in self.found.facts if fact.type == fact_type]

    def first_fact(self) -> Fact | None:
        facts = self.found.facts
        return next((fact for fact in facts if CATALOGUE[fact.type].kind == "region"), None)


def region_of(name: str, facts: Iterable[Fact]) -> Region:
    """A region from its facts, each identity once."""
    return Region(name, in_force(facts))


def search_region(
    region: Region, agreements: Iterable[Agreement], parties: Parties
) -> list[Finding]:
    """All findings of a region, past and to come."""
    found: list[Finding] = []
    for agreement in agreements:
        held: dict[str, list[Interval]] = {}
        for rule in sorted(agreement.region_rules, key=lambda r: isinstance(r.when, Behind)):
            held[rule.id] = _intervals(rule, region, agreement, held)
            found += [
                _finding(rule, interval, region, agreement, parties)
                for interval in held[rule.id]
                if interval.opener is not None and agreement.is_in_force(interval.opener.at)
            ]
    return found


def _intervals(
    rule: RegionRule, region: Region, agreement: Agreement, held: Mapping[str, Sequence[Interval]]
) -> list[Interval]:
    when = rule.when
    if isinstance(when, Share):
        return _share(when, region)
    if isinstance(when, Since):
        return _since(when, region, agreement)
    return _behind(when, region, held.get(when.while_rule, ()))


def _finding(
    rule: RegionRule, held: Interval, region: Region, agreement: Agreement, parties: Parties
) -> Finding:
    opener = held.opener
    assert opener is not None  # asked for by the caller
    name = alert_id(rule.id, None, region.found.roots.get(opener.identity, opener.identity))
    told: dict[str, Part] = {
        party.id: rule.tells[party.role]
        for party in parties.within(agreement.gemeenten)
        if party.role in rule.tells
    }
    ours = [f for f in region.found.facts if getattr(f.own, "alert_id", None) == name]
    acts = acts_on(ours, told, held.start)
    ends = ends_by_acts(acts, told, approach_resolves=False)
    end = first_of([End(held.end, Resolution.CONDITION), *ends])
    return Finding(
        name,
        rule,
        agreement,
        opener,
        held.start,
        end if end.at < NEVER else None,
        Status.OPEN,
        (opener,),
        (),
        told,
        acts_until(acts, told, end),
        opener.gemeente if isinstance(rule.when, Behind) else "",
        region.name,
    )


def _share(when: Share, region: Region) -> list[Interval]:
    """From the first instant that the share is above until the end of the local year."""
    years: dict[int, list[Fact]] = {}
    for fact in region.found.facts:
        if fact.type in (when.part, when.whole):
            years.setdefault(local_date(fact.at).year, []).append(fact)
    found = []
    for year, facts in sorted(years.items()):
        crossed = _crossing(when, facts)
        if crossed is not None:
            found.append(Interval(crossed.at, start_of_day(date(year + 1, 1, 1)), crossed))
    return found


def _crossing(when: Share, facts: Sequence[Fact]) -> Fact | None:
    """The fact that made the share exceed, at the first instant that it did."""
    part: set[str] = set()
    whole: set[str] = set()
    crossed: Fact | None = None
    for fact, following in zip_longest(facts, facts[1:]):
        unit = fields_of(fact.type)[when.unit](fact.own)
        if fact.type == when.whole:
            whole.add(unit)
        elif all(where.holds_for(fact, NO_LEASE) for where in when.part_where):
            part.add(unit)
        is_above = len(whole) >= when.at_least and (
            100 * len(part) > when.above_percent * len(whole)
        )
        crossed = (crossed or fact) if is_above else None
        # what happens at one instant counts together
        if crossed is not None and (following is None or following.at > fact.at):
            return crossed
    return None


def _since(when: Since, region: Region, agreement: Agreement) -> list[Interval]:
    """A span after the last fact of the type, or after the region's first fact, until the next."""
    held = region.of(when.fact)
    first = region.first_fact()
    begins = held if first is None or first in held[:1] else [first, *held]
    found = []
    for fact, following in zip_longest(begins, begins[1:]):
        start = add(fact.at, when.span, agreement.calendar)
        end = following.at if following is not None else NEVER
        if start < end:
            found.append(Interval(start, end, fact, following))
    return found


def _behind(when: Behind, region: Region, held: Sequence[Interval]) -> list[Interval]:
    """Seen on the first of each month after the half year's first; once for each target."""
    found = []
    for target in region.of(when.target):
        read = fields_of(target.type)
        half_year = (read["year"](target.own), read["half"](target.own))
        interval = _behind_target(when, region, held, target, half_year)
        if interval is not None:
            found.append(interval)
    return found


def _behind_target(
    when: Behind,
    region: Region,
    held: Sequence[Interval],
    target: Fact,
    half_year: tuple[int, int],
) -> Interval | None:
    begin, ends, firsts = _half_year(*half_year)
    days = (local(ends) - local(begin)).days
    wanted = fields_of(target.type)[when.target_field](target.own)
    raised: Instant | None = None
    for first in firsts:
        gone = (local(first) - local(begin)).days
        is_behind = (
            target.at <= first
            and any(interval.holds_at(first) for interval in held)
            and _measured(when, region, target.gemeente, (begin, first)) * days < wanted * gone
        )
        if is_behind and raised is None:
            raised = first
        elif raised is not None and not is_behind:
            return Interval(raised, first, target)
    return Interval(raised, ends, target) if raised is not None else None


def _half_year(year: int, half: int) -> tuple[Instant, Instant, list[Instant]]:
    """Its start, its end, and the firsts of its months after the first."""
    month = 1 if half == 1 else 7
    ends = date(year, 7, 1) if half == 1 else date(year + 1, 1, 1)
    firsts = [start_of_day(date(year, m, 1)) for m in range(month + 1, month + 6)]
    return start_of_day(date(year, month, 1)), start_of_day(ends), firsts


def _measured(when: Behind, region: Region, gemeente: str, between: tuple[Instant, Instant]) -> int:
    """The sum of the measured field; absent counts as 1 (one person moved in, at least)."""
    total = 0
    for fact in region.of(when.measure):
        in_time = between[0] <= fact.at <= between[1] and fact.gemeente == gemeente
        if in_time and _counts(fact, when.measure_where):
            value = fields_of(fact.type)[when.measure_field](fact.own)
            total += 1 if value is None else value
    return total


def _counts(fact: Fact, wheres: Iterable[Where]) -> bool:
    return all(where.holds_for(fact, NO_LEASE) for where in wheres)
