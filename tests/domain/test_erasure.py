"""Erasure: facts up to its own go, whenever they arrive (facts document, Catalogue)."""

from itertools import permutations

import pytest

from hub.domain.facts import Fact
from tests.building import (
    ROERMOND,
    contact,
    dossier,
    erased,
    found,
    intake,
    linked,
    nuisance,
    place_of,
    resolved,
    retracted,
    signed,
)

GONE_AT = "2026-06-01"
L1 = signed("2026-03-01")
LINK = linked("2026-03-05", lease="L-1", dossier="D-1")
ERASED = erased(GONE_AT)


@pytest.mark.parametrize(
    ("wanted", "others", "place"),
    [
        pytest.param(nuisance("2026-05-31"), [], "erased", id="what occurred before"),
        pytest.param(nuisance(GONE_AT), [], "erased", id="what occurred at the same instant"),
        pytest.param(L1, [], "erased", id="the lease"),
        pytest.param(nuisance("2026-06-02"), [], "waiting", id="later facts: the lease is unknown"),
        pytest.param(ERASED, [], "waiting", id="the erasure stays, and finds no lease any more"),
        pytest.param(LINK, [], "erased", id="a link"),
        pytest.param(
            contact("2026-04-01", dossier="D-1"), [LINK], "erased", id="a fact of its dossier"
        ),
        pytest.param(contact("2026-04-01", dossier="D-1"), [], "D-1", id="not of another dossier"),
        pytest.param(
            contact("2026-06-02", dossier="D-1"), [LINK], "D-1", id="later its dossier is its own"
        ),
        pytest.param(nuisance("2026-05-01", address=1), [], "erased", id="a fact of its address"),
        pytest.param(
            signed("2026-03-01", lease="L-2", address=2), [], "L-2", id="not another household"
        ),
    ],
)
def test_what_an_erasure_takes_with_it(wanted: Fact, others: list[Fact], place: str) -> None:
    assert place_of(wanted, L1, ERASED, *others) == place


@pytest.mark.parametrize(
    ("facts", "left"),
    [
        pytest.param([L1, erased(GONE_AT, by=ROERMOND)], "L-1", id="nobody's without standing"),
        pytest.param([L1, ERASED, retracted("2026-06-02", ERASED)], "L-1", id="one taken back"),
        pytest.param([L1, erased(GONE_AT, lease="L-2")], "L-1", id="of an unknown lease"),
        pytest.param(
            [L1, signed("2026-03-01", on="2026-06-02"), ERASED],
            "L-1",
            id="a lease that was signed once more afterwards",
        ),
        pytest.param(
            [intake("2026-02-01", dossier="D-1"), erased(GONE_AT, dossier="D-1")],
            "D-1",
            id="of a dossier, where only the erasure itself is left",
        ),
        pytest.param([L1, LINK, erased(GONE_AT, dossier="D-1")], "D-1", id="by dossier, a lease"),
        pytest.param(
            [L1, ERASED, erased("2026-07-01"), nuisance("2026-06-15")], "", id="two erasures"
        ),
    ],
)
def test_what_is_left(facts: list[Fact], left: str) -> None:
    for arrival in permutations(facts):
        assert " ".join(key.value for key in resolved(*arrival).households) == left


def test_no_finding_is_left() -> None:
    assert found([L1, nuisance("2026-04-01"), ERASED]) == []


def test_an_erasure_that_has_not_occurred_yet_erases_nothing() -> None:
    raised = found([L1, nuisance("2026-04-01"), ERASED], "nuisance", at="2026-05-31")
    assert len(raised) == 1


def test_a_dossier_of_two_leases_is_erased_with_the_one_it_was_in_force_at() -> None:
    second = signed("2026-05-01", lease="L-2", address=2)
    links = [LINK, linked("2026-05-01", lease="L-2", dossier="D-1")]
    early, late = contact("2026-04-01", dossier="D-1"), contact("2026-05-10", dossier="D-1")
    facts = [L1, second, *links, early, late, ERASED]
    assert [place_of(it, *facts) for it in (early, late)] == ["erased", "L-2"]
    assert resolved(*facts).attached.keys() == {dossier("D-1")}
