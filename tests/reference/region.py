"""The rules of a region: share of allocations, yearly consultation, taakstelling.

The agreement document, Default rules (region rows) and Region openers. They look at regional
facts only; their findings end by `condition`, or because people closed them.
"""

from collections.abc import Sequence
from datetime import date

from tests.reference.catalogue import REGIONAL
from tests.reference.clock import FOREVER, add_years, local_date, midnight
from tests.reference.facts import Fact
from tests.reference.findings import Finding, Rule, Subject

ALL_ACT = {"region": "A"}
SHARE_EXCEEDED = Rule("allocation-share-exceeded", "high", ALL_ACT)
CONSULTATION_DUE = Rule("consultation-due", "medium", ALL_ACT)
TAAKSTELLING_PRESSURE = Rule("taakstelling-pressure", "medium", ALL_ACT)
ENOUGH_RELEASED = 20


def region_findings(facts: Sequence[Fact], subject: Subject) -> list[Finding]:
    """Every finding of a region; `facts` are those in force there, sorted."""
    regional = [fact for fact in facts if fact.type in REGIONAL]
    found = _share_exceeded(regional, subject)
    found += _consultation_due(regional, subject)
    found += _taakstelling_pressure(regional, subject)
    return [finding for finding in found if finding is not None]


def _share_exceeded(facts: list[Fact], subject: Subject) -> list[Finding | None]:
    found = []
    for year in sorted({local_date(fact.at).year for fact in facts}):
        crossing = _crossing(facts, year)
        if crossing is not None:
            found.append(
                subject.finding(
                    SHARE_EXCEEDED, crossing.at, crossing, condition=midnight(date(year + 1, 1, 1))
                )
            )
    return found


def _crossing(facts: list[Fact], year: int) -> Fact | None:
    """The fact with which the share was exceeded for the first time in a year.

    An instant is judged with all its facts; within it, the crossing is the one from which on
    (in the order of facts) it is exceeded.
    """
    of_year = [fact for fact in facts if local_date(fact.at).year == year]
    for at in sorted({fact.at for fact in of_year}):
        if not _is_exceeded([fact for fact in of_year if fact.at <= at]):
            continue
        crossing = None
        for number, fact in enumerate(of_year):
            if fact.at == at:
                exceeded = _is_exceeded(of_year[: number + 1])
                crossing = (crossing or fact) if exceeded else None
        return crossing
    return None


def _is_exceeded(facts: list[Fact]) -> bool:
    released = {fact.data["unitId"] for fact in facts if fact.type == "dwelling-released"}
    allocated = {fact.data["unitId"] for fact in facts if _is_to_vergunninghouder(fact)}
    return len(released) >= ENOUGH_RELEASED and 10 * len(allocated) > len(released)


def _is_to_vergunninghouder(fact: Fact) -> bool:
    to = fact.data.get("targetGroup")
    return fact.type == "dwelling-allocated" and to == "vergunninghouder"


def _consultation_due(facts: list[Fact], subject: Subject) -> list[Finding | None]:
    held = [fact for fact in facts if fact.type == "consultation-held"]
    # Until there was one, the year counts from the region's first fact.
    since = held if facts[:1] == held[:1] else [*facts[:1], *held]
    nexts = [*(fact.at for fact in since[1:]), FOREVER]
    return [
        subject.finding(CONSULTATION_DUE, add_years(fact.at, 1), fact, condition=until)
        for fact, until in zip(since, nexts, strict=False)
    ]


def _taakstelling_pressure(facts: list[Fact], subject: Subject) -> list[Finding | None]:
    """One finding per `taakstelling-set`: from the first such month until one shows otherwise."""
    found = []
    for target in (fact for fact in facts if fact.type == "taakstelling-set"):
        months, end = _months_of(target)
        shown = [at for at in months if _is_behind(facts, target, at)]
        if shown:
            otherwise = [at for at in months if at > shown[0] and at not in shown]
            until = min([*otherwise, end])
            found.append(subject.finding(TAAKSTELLING_PRESSURE, shown[0], target, condition=until))
    return found


def _half_year_of(target: Fact) -> tuple[date, date]:
    year, half = target.data["year"], target.data["half"]
    if half == 1:
        return date(year, 1, 1), date(year, 7, 1)
    return date(year, 7, 1), date(year + 1, 1, 1)


def _months_of(target: Fact) -> tuple[list[int], int]:
    """The firsts of the months after the half year's first, and its end."""
    start, end = _half_year_of(target)
    months = [midnight(start.replace(month=start.month + n)) for n in range(1, 6)]
    return months, midnight(end)


def _is_behind(facts: list[Fact], target: Fact, at: int) -> bool:
    """Whether the first of a month shows pressure, as far as is known at that instant."""
    start, end = _half_year_of(target)
    known = [fact for fact in facts if fact.at <= at]
    # The share holds by its condition; that people closed its alert makes no difference here.
    if target not in known or _crossing(known, local_date(at).year) is None:
        return False
    persons = sum(
        1 if fact.data.get("persons") is None else int(fact.data["persons"])
        for fact in known
        if _is_to_vergunninghouder(fact)
        and fact.data["gemeente"] == target.data["gemeente"]
        and fact.at >= midnight(start)
    )
    days_gone, days = (local_date(at) - start).days, (end - start).days
    return persons * days < int(target.data["persons"]) * days_gone
