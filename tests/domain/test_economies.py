"""What is skipped or remembered would be found again: economies that nobody must notice."""

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.facts import Fact
from hub.domain.findings import Remembered, Search, search
from hub.domain.leaves import intervals_of
from hub.domain.needs import is_possible
from tests.building import (
    MAAS,
    WEERT,
    Terms,
    aanspreekpunt,
    aanspreekpunt_withdrawn,
    agreement,
    arrangement,
    arrangement_broken,
    begeleiding,
    begeleiding_ended,
    contact,
    damage,
    family_came,
    family_expected,
    first_rent_arranged,
    home_visit,
    household,
    housing_information,
    inburgering,
    intake,
    interpreter_provided,
    interpreter_requested,
    introduction,
    missed,
    moved_out,
    nuisance,
    paid,
    parties,
    phase,
    phase_completed,
    repaired,
    retracted,
    signal,
    signed,
    support,
    support_ended,
    temporary_housing,
    work_placement,
)
from tests.domain.ruling import timeline

L1 = signed("2026-03-02", on="2026-02-16", terms=Terms(max_persons=3, persons=2))
AGAIN = signed("2026-03-09", on="2026-02-20", terms=Terms(max_persons=4, persons=2))
DAMAGE, MISSED = damage("2026-04-20"), missed("2026-04")
POOL = [
    AGAIN,
    moved_out("2026-12-31"),
    intake("2026-01-10"),
    inburgering("2026-04-01"),
    aanspreekpunt("2026-03-05"),
    aanspreekpunt_withdrawn("2026-06-01"),
    begeleiding("2026-03-06"),
    begeleiding_ended("2026-07-01"),
    begeleiding("2026-08-01"),
    contact("2026-05-01"),
    phase("2026-01-20", "coaching-vestiging"),
    phase_completed("2026-09-01", "coaching-vestiging"),
    phase("2026-07-01", "coaching-integratie"),
    work_placement("2026-10-01"),
    first_rent_arranged("2026-03-03", "2026-03"),
    missed("2026-03"),
    MISSED,
    missed("2026-08"),
    paid("2026-03", "2026-04-01"),
    paid("2026-04", "2026-05-01"),
    support("2026-04-15"),
    support_ended("2026-06-15"),
    arrangement("2026-05-01", until="2026-06-30"),
    arrangement_broken("2026-06-01"),
    DAMAGE,
    damage("2026-06-20", "unknown"),
    repaired("2026-06-25", "wear"),
    interpreter_requested("2026-04-01"),
    interpreter_provided("2026-04-20"),
    housing_information("2026-03-20"),
    introduction("2026-04-10"),
    family_expected("2026-04-01", 2),
    family_came("2026-08-01", 3),
    temporary_housing("2026-08-10"),
    home_visit("2026-06-20"),
    nuisance("2026-04-18"),
    nuisance("2026-05-18"),
    signal("2026-05-20", by=WEERT),
    signal("2026-06-20", by=MAAS),
    retracted("2026-09-10", DAMAGE),
    retracted("2026-09-11", MISSED),
    nuisance("2026-04-19", replaces=nuisance("2026-04-18")),
]
some_facts = st.lists(st.sampled_from(POOL), unique_by=lambda it: it.identity, max_size=12)


@given(st.lists(some_facts, min_size=2, max_size=4))
def test_what_is_remembered_would_be_found_again(looks: list[list[Fact]]) -> None:
    remembered, versions = Remembered(), [agreement()]
    known: list[Fact] = [L1]
    for new in looks:
        known += [it for it in new if it not in known]
        home = household(*known)
        fresh = search(home, versions, parties(), {})
        assert search(home, versions, parties(), {}, remembered) == fresh


@given(some_facts)
def test_a_rule_that_is_skipped_would_find_nothing(facts: list[Fact]) -> None:
    seen = timeline(L1, *facts)
    look = Search(seen, agreement(), parties(), {})
    occurring = frozenset(seen.household.by_type)
    for rule in agreement().rules:
        if not is_possible(agreement().needs_of[rule.id], occurring):
            for scope in look.scopes(rule):
                assert not intervals_of(rule.when, seen, scope)
