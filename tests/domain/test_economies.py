"""What is skipped or remembered would be found again: economies that nobody must notice."""

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.facts import Fact
from hub.domain.leaves import intervals_of
from hub.domain.needs import is_possible
from hub.domain.remembering import Remembered
from hub.domain.search import Search, search
from tests.building import agreement, closed, household, parties
from tests.domain.pool import L1, some_facts
from tests.domain.ruling import timeline


@given(st.lists(some_facts, min_size=2, max_size=4))
def test_what_is_remembered_would_be_found_again(looks: list[list[Fact]]) -> None:
    remembered, versions = Remembered(), [agreement()]
    known: list[Fact] = [L1]
    for new in looks:
        known += [it for it in new if it not in known]
        home = household(*known)
        fresh = search(home, versions, parties(), {})
        assert search(home, versions, parties(), {}, remembered) == fresh


@given(some_facts, st.data())
def test_what_people_did_is_never_overlooked(facts: list[Fact], data: st.DataObject) -> None:
    remembered, versions, home = Remembered(), [agreement()], household(L1, *facts)
    raised = search(home, versions, parties(), {}, remembered)
    acted_on = data.draw(st.sampled_from(raised))
    acts = {acted_on.alert_id: [closed("2026-01-01", acted_on, by=min(acted_on.tells))]}
    for now in (acts, {}, acts):
        fresh = search(home, versions, parties(), now)
        assert search(home, versions, parties(), now, remembered) == fresh


@given(some_facts)
def test_a_rule_that_is_skipped_would_find_nothing(facts: list[Fact]) -> None:
    seen = timeline(L1, *facts)
    look = Search(seen, agreement(), parties(), {})
    occurring = frozenset(seen.household.by_type)
    for rule in agreement().rules:
        if not is_possible(agreement().needs_of[rule.id], occurring):
            for scope in look.scopes(rule):
                assert not intervals_of(rule.when, seen, scope)
