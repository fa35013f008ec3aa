"""Facts that join those that are placed end up where all of them together would be placed."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.facts import Fact
from hub.domain.joining import Joined, joined
from hub.domain.tenancy import Resolution, resolve
from tests.building import (
    HUURDERS,
    LEAD_DAYS,
    PEEL,
    ROERMOND,
    acknowledged,
    approach,
    contact,
    dossier,
    erased,
    intake,
    introduction,
    lease,
    linked,
    moved_out,
    nuisance,
    parties,
    resolved,
    retracted,
    signed,
    unlinked,
)
from tests.domain.pool import L1

LINK = linked("2026-03-05", lease="L-1", dossier="D-1")
WRONG = nuisance("2026-04-18")
ALERT = "al-" + "a" * 26
POOL = [
    L1,
    signed("2026-05-01", lease="L-2"),
    signed("2026-03-01", lease="L-3", address=2),
    signed("2026-04-20", lease="R-1", group="regular"),
    moved_out("2026-04-20"),
    moved_out("2026-06-20", lease="L-3"),
    LINK,
    linked("2026-03-06", lease="L-3", dossier="D-1"),
    linked("2026-03-07", lease="L-1", dossier="D-2", by=PEEL),
    unlinked("2026-05-05", lease="L-1", dossier="D-1"),
    contact("2026-04-01", dossier="D-1"),
    contact("2026-06-01", dossier="D-1"),
    contact("2026-05-02", dossier="D-2"),
    intake("2026-02-20", dossier="D-1", address=1),
    intake("2026-02-21", references=(dossier("D-1"), lease("L-1"))),
    intake("2026-05-21", references=(dossier("D-1"), lease("L-1"))),
    intake("2026-02-22", dossier="D-9", address=2),
    introduction("2026-04-10", by=HUURDERS),
    nuisance("2026-04-19", address=1),
    nuisance("2026-04-19", address=2),
    nuisance("2026-04-20", by=PEEL),
    contact("2026-04-20", by=ROERMOND),
    WRONG,
    nuisance("2026-04-17", replaces=WRONG, id="right"),
    nuisance("2026-04-16", replaces=WRONG, id="also-right"),
    retracted("2026-09-10", WRONG),
    retracted("2026-09-11", LINK),
    acknowledged("2026-05-01", ALERT),
    approach("2026-05-02", ALERT),
    erased("2026-05-10"),
]
some_facts = st.lists(st.sampled_from(POOL), unique_by=lambda it: it.identity, max_size=14)


@given(some_facts, st.integers(0, 14), st.integers(0, 14))
def test_what_joins_is_placed_as_if_it_had_been_there(
    facts: list[Fact], one: int, other: int
) -> None:
    cuts = sorted((0, min(one, len(facts)), min(other, len(facts)), len(facts)))
    placed = resolved()
    for begin, end in pairwise(cuts):
        found = joined(placed, facts[begin:end])
        whole = resolved(*facts[:end])
        if found is not None:
            assert _content(found.resolution) == _content(whole)
            came = {fact.identity for fact in facts[begin:end]}
            bound = [it for it in Joined.whole(whole).bound if it[1].identity in came]
            assert {(f.identity, key) for key, f in found.bound} == {
                (f.identity, key) for key, f in bound
            }
        placed = whole


def _content(found: Resolution) -> object:
    return (
        [
            (key, home.facts, home.by_type, home.anchors, home.references, home.roots)
            for key, home in found.households.items()
        ],
        {why: list(facts) for why, facts in found.unbound.items()},
        found.acts,
        found.erased,
        found.tenancies,
        found.attached,
    )


@pytest.mark.parametrize(
    ("fact", "joins"),
    [
        pytest.param(nuisance("2026-04-01"), True, id="what names the lease"),
        pytest.param(contact("2026-04-01", dossier="D-1"), True, id="what names its dossier"),
        pytest.param(contact("2026-04-01", dossier="D-9"), True, id="another dossier"),
        pytest.param(acknowledged("2026-05-01", ALERT), True, id="an act"),
        pytest.param(
            intake("2026-02-21", references=(dossier("D-1"), lease("L-1"))),
            True,
            id="a link that is there",
        ),
        pytest.param(
            intake("2026-02-21", references=(dossier("D-9"), lease("L-1"))), False, id="a new link"
        ),
        pytest.param(signed("2026-05-01", lease="L-2"), False, id="a lease"),
        pytest.param(moved_out("2026-04-20"), False, id="the end of a lease"),
        pytest.param(retracted("2026-09-10", L1), False, id="a retraction"),
        pytest.param(nuisance("2026-04-17", replaces=WRONG), False, id="a correction"),
        pytest.param(erased("2026-05-10"), False, id="an erasure"),
    ],
)
def test_what_joins_without_a_look_at_the_rest(fact: Fact, joins: bool) -> None:
    placed = resolve([L1, LINK], "0988", parties(), LEAD_DAYS)
    assert (joined(placed, [fact]) is not None) == joins
