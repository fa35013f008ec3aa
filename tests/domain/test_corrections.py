"""What replaces and what retracts (facts document, `replaces`, `fact-retracted`)."""

from itertools import permutations

import pytest

from hub.domain.corrections import in_force
from hub.domain.facts import Fact
from tests.building import alert, nuisance, retracted, signed, spans

FIRST = nuisance("2026-04-01", id="first")


def correction(at: str, of: Fact, name: str) -> Fact:
    return nuisance(at, replaces=of, id=name)


SECOND = correction("2026-04-02", FIRST, "second")
RIVAL = correction("2026-04-03", FIRST, "rival")
THIRD = correction("2026-04-04", SECOND, "third")
SAME_TIME = correction("2026-04-03", FIRST, "same-time")
EARLY = correction("2026-03-01", FIRST, "early")
BACK = retracted("2026-05-01", FIRST, id="back")
BACK_SECOND = retracted("2026-05-02", SECOND, id="back-second")
BACK_RIVAL = retracted("2026-05-02", RIVAL, id="back-rival")
UNDO = retracted("2026-05-03", BACK, id="undo")
UNDO_UNDO = retracted("2026-05-04", UNDO, id="undo-undo")
UNDO_BEFORE = retracted("2026-04-20", BACK, id="undo-before")
UNDO_BACK_SECOND = retracted("2026-05-03", BACK_SECOND, id="undo-back-second")
OTHER_BACK = retracted("2026-05-05", FIRST, id="other-back")
# A retraction of the wrong fact, corrected twice.
WRONG = retracted("2026-05-01", RIVAL, id="wrong")
LESS_WRONG = retracted("2026-05-02", THIRD, replaces=WRONG, id="less-wrong")
RIGHT = retracted("2026-05-03", FIRST, replaces=WRONG, id="right")
BACK_RIGHT = retracted("2026-05-04", RIGHT, id="back-right")
# Two that take each other back, and one that takes itself back.
ONE = retracted("2026-05-01", retracted("2026-05-02", FIRST, id="other"), id="one")
OTHER = retracted("2026-05-02", ONE, id="other")
ITSELF = retracted("2026-05-03", retracted("2026-05-03", FIRST, id="itself"), id="itself")


@pytest.mark.parametrize(
    ("facts", "stays"),
    [
        pytest.param([FIRST], "first", id="what nobody corrects stays"),
        pytest.param([FIRST, SECOND], "second", id="a replacer takes its place"),
        pytest.param([SECOND], "second", id="a replacer counts without the original"),
        pytest.param([FIRST, EARLY], "early", id="also one that occurred earlier"),
        pytest.param([FIRST, SECOND, THIRD], "third", id="a replacer is replaced in its turn"),
        pytest.param([FIRST, THIRD], "first third", id="a gap in a chain keeps both ends"),
        pytest.param([FIRST, SECOND, RIVAL], "rival", id="of two replacers the last stays"),
        pytest.param([FIRST, RIVAL, SAME_TIME], "same-time", id="at one instant the last by id"),
        pytest.param([FIRST, SECOND, THIRD, RIVAL], "rival third", id="each chain by itself"),
        pytest.param([FIRST, BACK], "", id="what is retracted is gone"),
        pytest.param([BACK], "", id="a retraction waits for its fact"),
        pytest.param([FIRST, SECOND, BACK], "second", id="retracting the replaced changes nothing"),
        pytest.param([FIRST, SECOND, BACK_SECOND], "", id="what it replaced does not come back"),
        pytest.param(
            [FIRST, SECOND, RIVAL, BACK_RIVAL],
            "second",
            id="of several retracted ones do not count",
        ),
        pytest.param(
            [FIRST, SECOND, RIVAL, BACK_SECOND, BACK_RIVAL], "", id="all replacers retracted: none"
        ),
        pytest.param([FIRST, SECOND, THIRD, BACK_SECOND], "third", id="a chain goes on over a gap"),
        pytest.param([FIRST, BACK, UNDO], "first", id="a retraction can be retracted"),
        pytest.param([FIRST, BACK, UNDO_BEFORE], "first", id="by one that occurred before it too"),
        pytest.param([FIRST, BACK, UNDO, UNDO_UNDO], "", id="and that again"),
        pytest.param([FIRST, BACK, OTHER_BACK, UNDO], "", id="of two retractions one is enough"),
        pytest.param(
            [FIRST, SECOND, BACK_SECOND, UNDO_BACK_SECOND], "second", id="so a replacer comes back"
        ),
        pytest.param(
            [FIRST, RIVAL, WRONG, RIGHT], "rival", id="a corrected retraction: the new one"
        ),
        pytest.param(
            [FIRST, THIRD, WRONG, LESS_WRONG, RIGHT], "third", id="of two such only the last"
        ),
        pytest.param(
            [FIRST, THIRD, LESS_WRONG, RIGHT, BACK_RIGHT], "first", id="unless that is retracted"
        ),
    ],
)
def test_what_is_in_force(facts: list[Fact], stays: str) -> None:
    for arrival in permutations(facts):
        kept = [f for f in in_force(arrival).facts if f.type == "nuisance-reported"]
        assert " ".join(f.id for f in kept) == stays


def test_retractions_in_a_circle_have_all_taken_each_other_back() -> None:
    assert in_force([FIRST, ONE, OTHER, ITSELF]).facts == (FIRST,)


@pytest.mark.parametrize(
    ("facts", "of", "root"),
    [
        pytest.param([FIRST, SECOND, THIRD], THIRD, FIRST, id="a chain leads to its first"),
        pytest.param([FIRST, SECOND, THIRD], SECOND, FIRST, id="from every link of it"),
        pytest.param([SECOND], SECOND, FIRST, id="to one that is not there yet"),
        pytest.param([FIRST, THIRD], THIRD, SECOND, id="as far as it is known"),
        pytest.param([FIRST, SECOND, THIRD, BACK_SECOND], THIRD, FIRST, id="over a retracted link"),
        pytest.param([FIRST, SECOND, RIVAL], RIVAL, FIRST, id="rivals share their root"),
    ],
)
def test_the_root_of_a_chain(facts: list[Fact], of: Fact, root: Fact) -> None:
    for arrival in permutations(facts):
        assert in_force(arrival).roots[of.identity] == root.identity


def test_chains_that_bite_their_tail_end() -> None:
    head = nuisance("2026-04-01", replaces=nuisance("2026-04-02", id="tail"), id="head")
    tail = nuisance("2026-04-02", replaces=head, id="tail")
    found = in_force([head, tail])
    assert found.facts == ()
    assert found.roots.keys() == {head.identity, tail.identity}


SIGNED = signed("2026-03-01")
LEASE_AGAIN = signed("2026-03-15", replaces=SIGNED, id="lease-again")


@pytest.mark.parametrize(
    "corrected",
    [
        pytest.param([SIGNED, FIRST, SECOND], id="a replaced opener"),
        pytest.param([SIGNED, SECOND], id="before what it replaces has come"),
        pytest.param([SIGNED, FIRST, SECOND, THIRD], id="replaced twice"),
        pytest.param([SIGNED, LEASE_AGAIN, FIRST], id="a replaced lease"),
        pytest.param([LEASE_AGAIN, FIRST], id="a lease whose first is not there"),
        pytest.param([SIGNED, LEASE_AGAIN, FIRST, SECOND], id="both"),
    ],
)
def test_corrections_keep_the_id_of_the_alert(corrected: list[Fact]) -> None:
    before = alert([SIGNED, FIRST], "nuisance")
    after = alert(corrected, "nuisance")
    assert after.alert_id == before.alert_id
    assert after.evidence == (in_force(corrected).facts[-1],)


def test_a_correction_that_has_not_occurred_yet_corrects_nothing() -> None:
    assert spans([SIGNED, FIRST, SECOND], "nuisance", at="2026-04-01 12:00") == ["2026-04-01"]
    assert spans([SIGNED, FIRST, SECOND], "nuisance", at="2026-04-02") == ["2026-04-02"]
