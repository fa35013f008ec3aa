"""Versions of an agreement: a finding belongs to the one in force at its opener (agreement
document, Versions)."""

from datetime import date

import pytest
from msgspec.structs import replace

from hub.domain.agreement import Agreement, Agreements
from hub.domain.facts import Fact
from tests.building import (
    WEERT,
    agreement,
    alert,
    allocated,
    approach,
    begeleiding,
    begeleiding_ended,
    consultation,
    found,
    instant,
    missed,
    nuisance,
    released,
    signal,
    signed,
    span,
)
from tests.domain.ruling import TESTED, under

L1 = signed("2026-03-02", on="2026-02-16")
CHANGE = date(2026, 5, 1)


def versions(before: Agreement, after: Agreement) -> list[Agreement]:
    """`before` until the last day of April, `after` from the first of May."""
    return [
        replace(before, version="1", valid_until=date(2026, 4, 30)),
        replace(after, version="2", valid_from=CHANGE),
    ]


def listed(facts: list[Fact], rule: str, known: list[Agreement]) -> str:
    return ", ".join(
        f"v{it.agreement.version} {span(it)}" for it in found(facts, rule, under=known)
    )


SOONER = under("when: {run: {facts: [nuisance-reported], gap: 30 d}}")
LATER = under("when: {run: {facts: [nuisance-reported], gap: 60 d}}")
DEADLINE = [
    under(f"when: {{missing: {{facts: [intake-completed], by: S + {n} d}}}}") for n in (90, 10)
]
LAPSED = [
    under(f"when: {{lapsed: {{facts: [begeleiding-started], after: {n} d}}}}") for n in (14, 90)
]
GAPS = [under(f"when: {{without: begeleiding, for: {n} d}}") for n in (30, 60)]


@pytest.mark.parametrize(
    ("facts", "known", "raised"),
    [
        pytest.param(
            [nuisance("2026-04-30 23:59")],
            versions(SOONER, LATER),
            "v1 2026-04-30 23:59 .. 2026-05-30 23:59 condition",
            id="an opener on the last day of the old",
        ),
        pytest.param(
            [nuisance("2026-05-01")],
            versions(SOONER, LATER),
            "v2 2026-05-01 .. 2026-06-30 condition",
            id="an opener at the first instant of the new",
        ),
        pytest.param(
            [nuisance("2026-04-20"), nuisance("2026-05-10")],
            versions(SOONER, LATER),
            "v1 2026-04-20 .. 2026-06-09 condition",
            id="a run is one, and stays with the old",
        ),
        pytest.param(
            [],
            versions(*DEADLINE),
            "v1 2026-05-31 .. 2027-03-02 scope-ended",
            id="a deadline counted from the lease: raised later, by the old",
        ),
        pytest.param(
            [begeleiding("2026-04-25")],
            versions(*LAPSED),
            "v1 2026-05-09 .. 2027-03-02 scope-ended",
            id="a time since a fact: by the version of that fact",
        ),
        pytest.param(
            [begeleiding("2026-03-05"), begeleiding_ended("2026-05-05")],
            versions(*GAPS),
            "v2 2026-07-04 .. 2027-03-02 scope-ended",
            id="a gap: by the version of what began it",
        ),
        pytest.param(
            [begeleiding("2026-04-25"), begeleiding("2026-05-25")],
            versions(*LAPSED),
            "v1 2026-05-09 .. 2026-05-25 condition, v2 2026-08-23 .. 2027-03-02 scope-ended",
            id="each by its own",
        ),
    ],
)
def test_a_finding_belongs_to_the_version_of_its_opener(
    facts: list[Fact], known: list[Agreement], raised: str
) -> None:
    assert listed([L1, *facts], TESTED, known) == raised


def test_nothing_is_found_where_no_version_is_in_force() -> None:
    until_april, from_june = versions(SOONER, LATER)
    from_june = replace(from_june, valid_from=date(2026, 6, 1))
    facts = [L1, nuisance("2026-05-10")]
    assert listed(facts, TESTED, [until_april, from_june]) == ""


def test_a_rule_that_the_new_version_dropped_still_holds_for_what_it_had_found() -> None:
    known = versions(SOONER, under("id: other\nwhen: {in: tenancy}"))
    facts = [L1, nuisance("2026-04-20"), nuisance("2026-06-20")]
    assert listed(facts, TESTED, known) == "v1 2026-04-20 .. 2026-05-20 condition"


def test_texts_and_severity_are_those_of_the_version() -> None:
    milder = under("when: {run: {facts: [nuisance-reported], gap: 60 d}}\nseverity: low")
    [finding] = found([L1, nuisance("2026-05-10")], TESTED, under=versions(SOONER, milder))
    assert finding.rule.severity == "low"
    assert (finding.agreement.id, finding.agreement.version) == ("duurzame-start", "2")


def test_of_the_region_as_well() -> None:
    facts = [released("2026-04-01", f"u-{n}") for n in range(20)]
    facts += [allocated("2026-05-01", f"u-{n}") for n in range(3)]
    known = versions(agreement(), agreement())
    assert (
        listed(facts, "allocation-share-exceeded", known) == "v2 2026-05-01 .. 2027-01-01 condition"
    )
    held = [consultation("2026-04-30"), consultation("2026-05-01")]
    assert listed(held, "consultation-due", known) == "v2 2027-05-01"


def test_an_approach_resolves_what_it_inhibits_in_either_version() -> None:
    known = versions(agreement(), agreement())
    facts = [L1, signal("2026-04-20", by=WEERT), nuisance("2026-05-02")]
    stronger = alert(facts, "concurrent-signals")
    facts.append(approach("2026-05-10", stronger))
    assert listed(facts, "signal", known) == "v1 2026-04-20 .. 2026-05-10 approach"
    assert listed(facts, "nuisance", known) == "v2 2026-05-02 .. 2026-05-10 approach"


FIRST, SECOND = versions(agreement(), agreement())


@pytest.mark.parametrize(
    ("place", "at", "version"),
    [
        pytest.param("0988", "2026-04-30 23:59", "1", id="to the last minute"),
        pytest.param("0988", "2026-05-01", "2", id="from the first instant"),
        pytest.param("0988", "2017-12-31 23:59", "", id="none before the first"),
        pytest.param("0999", "2026-05-01", "", id="none for another gemeente"),
    ],
)
def test_which_version_is_in_force(place: str, at: str, version: str) -> None:
    known = Agreements([SECOND, FIRST])
    found_one = known.find(known.of_gemeente(place), instant(at))
    assert (found_one.version if found_one else "") == version
    assert known.covers(place, instant(at)) == bool(version)


def test_versions_are_in_order_for_gemeente_and_region() -> None:
    known = Agreements([SECOND, FIRST])
    assert known.of_gemeente("0957") == known.of_region("limburg-midden") == (FIRST, SECOND)
    assert known.covers("limburg-midden", instant("2026-05-01"))


def test_rent_that_was_missed_under_both_is_one_arrears_of_the_new() -> None:
    known = versions(agreement(), agreement())
    facts = [L1, missed("2026-04", "2026-04-08"), missed("2026-05", "2026-05-08")]
    assert listed(facts, "rent-arrears", known) == "v2 2026-05-08 .. 2027-03-02 scope-ended"
