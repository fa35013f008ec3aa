"""Which household a fact that names a lease or a dossier belongs to (facts document, Finding the
household)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    MAAS,
    PEEL,
    acknowledged,
    address,
    contact,
    dossier,
    fact,
    intake,
    introduction,
    lease,
    linked,
    moved_out,
    nuisance,
    place_of,
    resolved,
    signed,
)

L1 = signed("2026-03-01")
OF_PEEL = signed("2026-03-01", lease=lease("L-1", PEEL), address=2)


def d_is(*leases: str) -> list[Fact]:
    """The gemeente says, at some time, that dossier D-1 has these leases."""
    return [linked("2020-01-01", lease=name, dossier="D-1") for name in leases]


def of_d(at: str) -> Fact:
    return contact(at, dossier="D-1")


@pytest.mark.parametrize(
    ("wanted", "others", "place"),
    [
        pytest.param(nuisance("2026-04-01"), [L1], "L-1", id="the lease that it names"),
        pytest.param(nuisance("2026-01-01"), [L1], "L-1", id="also before it was signed"),
        pytest.param(
            nuisance("2026-09-01"), [L1, moved_out("2026-06-30")], "L-1", id="and after its end"
        ),
        pytest.param(nuisance("2026-04-01"), [], "waiting", id="nobody signed it yet"),
        pytest.param(
            intake("2026-04-01", lease="L-9", dossier="D-1"),
            [L1, *d_is("L-1")],
            "waiting",
            id="an unknown lease waits, though its dossier is known",
        ),
        pytest.param(
            nuisance("2026-04-01", lease="L-9", address=1),
            [L1],
            "waiting",
            id="an unknown lease waits, though its address is known",
        ),
        pytest.param(
            nuisance("2026-04-01", lease="L-1", address=2),
            [L1, OF_PEEL],
            "L-1",
            id="beside a lease the address is not looked up",
        ),
        pytest.param(
            nuisance("2026-04-01", gemeente="0957"), [L1], "waiting", id="not in another gemeente"
        ),
    ],
)
def test_a_fact_that_names_a_lease(wanted: Fact, others: list[Fact], place: str) -> None:
    assert place_of(wanted, *others) == place


# One person, two homes, with two months in between.
FORMER = [signed("2025-01-01"), moved_out("2026-03-31")]
NEXT = signed("2026-06-01", lease="L-2", address=2)
BOTH = [*FORMER, NEXT, *d_is("L-1", "L-2")]


@pytest.mark.parametrize(
    ("wanted", "others", "place"),
    [
        pytest.param(of_d("2026-04-01"), [L1], "D-1", id="attached to none, its own household"),
        pytest.param(of_d("2026-04-01"), [L1, *d_is("L-1")], "L-1", id="in force at the one"),
        pytest.param(of_d("2021-04-01"), [L1, *d_is("L-1")], "L-1", id="the one, years before"),
        pytest.param(of_d("2031-04-01"), [L1, *d_is("L-1")], "L-1", id="the one, years after"),
        pytest.param(of_d("2025-01-01"), BOTH, "L-1", id="in force at its first instant"),
        pytest.param(of_d("2026-03-31 23:59"), BOTH, "L-1", id="in force at its last"),
        pytest.param(of_d("2026-04-01 23:59"), BOTH, "L-1", id="61 days ahead: the last ended"),
        pytest.param(
            of_d("2026-04-01"),
            [
                *FORMER,
                signed("2024-01-01", lease="L-0"),
                moved_out("2024-12-31", lease="L-0"),
                *d_is("L-1", "L-0"),
            ],
            "L-1",
            id="at the instant that it ends it has ended",
        ),
        pytest.param(of_d("2026-04-02"), BOTH, "L-2", id="60 days ahead: the next"),
        pytest.param(of_d("2026-05-31 23:59"), BOTH, "L-2", id="just before the next"),
        pytest.param(of_d("2026-06-01"), BOTH, "L-2", id="in force at the next"),
        pytest.param(of_d("2024-11-01 23:59"), BOTH, "L-1", id="long before: the first to start"),
        pytest.param(
            of_d("2026-06-15"),
            [signed("2025-01-01"), NEXT, *d_is("L-1", "L-2")],
            "L-2",
            id="in force at two: the latest start",
        ),
        pytest.param(
            of_d("2026-04-15"),
            [signed("2026-05-01", lease="L-3"), NEXT, *d_is("L-2", "L-3")],
            "L-3",
            id="two to come: the nearest",
        ),
        pytest.param(
            of_d("2028-01-01"),
            [
                *FORMER,
                signed("2025-06-01", lease="L-0"),
                moved_out("2025-12-31", lease="L-0"),
                *d_is("L-1", "L-0"),
            ],
            "L-1",
            id="two that ended: the last to end, not the last to start",
        ),
        pytest.param(
            of_d("2028-01-01"),
            [
                *FORMER,
                signed("2025-06-01", lease="L-0"),
                moved_out("2026-03-31", lease="L-0"),
                *d_is("L-1", "L-0"),
            ],
            "L-0",
            id="two that ended together: the latest start",
        ),
        pytest.param(
            of_d("2026-04-01"),
            [signed("2026-03-01", group="regular"), *d_is("L-1")],
            "D-1",
            id="a regular tenant has no dossier",
        ),
    ],
)
def test_a_fact_with_only_a_dossier(wanted: Fact, others: list[Fact], place: str) -> None:
    assert place_of(wanted, *others) == place


@pytest.mark.parametrize(
    ("others", "place"),
    [
        pytest.param([L1], "L-1", id="the address has its tenant"),
        pytest.param([], "D-1", id="nobody lives there"),
        pytest.param([signed("2026-03-01", group="regular")], "D-1", id="a regular tenant does"),
        pytest.param([L1, signed("2026-03-02", lease="L-2")], "D-1", id="two do"),
        pytest.param([L1, moved_out("2026-03-31")], "D-1", id="the tenant has left"),
    ],
)
def test_a_fact_with_dossier_and_address(others: list[Fact], place: str) -> None:
    both = contact("2026-04-01", dossier="D-1", address=1)
    only_dossier = of_d("2026-05-01")
    assert place_of(both, only_dossier, *others) == place
    assert place_of(only_dossier, both, *others) == place, "the fact attaches its dossier too"


def test_of_two_dossiers_without_a_tenancy_the_first_has_the_fact() -> None:
    wanted = contact("2026-04-01", references=(dossier("D-2"), dossier("D-1")))
    assert place_of(wanted) == "D-1"


def test_of_two_dossiers_one_attached_has_the_fact() -> None:
    wanted = contact("2026-04-01", references=(dossier("D-0"), dossier("D-1")))
    assert place_of(wanted, L1, *d_is("L-1")) == "L-1"


def test_two_leases_of_one_dossier_at_one_address_are_two_households() -> None:
    second = signed("2026-03-01", lease="L-2")
    facts = [L1, second, *d_is("L-1", "L-2"), introduction("2026-04-01", lease="L-2")]
    found = resolved(*facts)
    assert [key.value for key in found.households] == ["L-1", "L-2"]
    assert found.attached[dossier("D-1")] == tuple(
        found.tenancies[lease(name)] for name in ("L-1", "L-2")
    )


def test_leases_of_two_corporaties_with_one_number_are_two_households() -> None:
    found = resolved(L1, OF_PEEL)
    assert list(found.households) == [lease("L-1", MAAS), lease("L-1", PEEL)]


def test_a_household_is_known_by_all_its_references() -> None:
    found = resolved(L1, *d_is("L-1"), linked("2026-03-05", lease="L-1", dossier="D-2"))
    [home] = found.households.values()
    assert home.references == (address(1), dossier("D-1"), dossier("D-2"), lease("L-1"))


def test_a_dossier_moves_to_the_tenancy_and_leaves_no_household_behind() -> None:
    before, after = resolved(L1, of_d("2026-02-01")), resolved(L1, of_d("2026-02-01"), *d_is("L-1"))
    assert [key.value for key in before.households] == ["D-1", "L-1"]
    assert [key.value for key in after.households] == ["L-1"]


def test_moving_to_another_gemeente_makes_a_new_household() -> None:
    here = [L1, intake("2026-02-20", dossier="D-1"), *d_is("L-1")]
    there = [
        signed("2026-09-01", gemeente="0957"),
        intake("2026-08-20", dossier="D-1", gemeente="0957"),
    ]
    assert [key.value for key in resolved(*here, *there).households] == ["L-1"]
    elsewhere = resolved(*here, *there, gemeente="0957").households
    assert [(key.value, len(home.facts)) for key, home in elsewhere.items()] == [
        ("D-1", 1),
        ("L-1", 1),
    ]


def test_acts_have_no_place_but_stand_with_their_alert() -> None:
    act = acknowledged("2026-04-01", "al-" + "a" * 26)
    found = resolved(L1, act)
    assert found.acts == {"al-" + "a" * 26: [act]}
    assert not any(act in facts for facts in found.unbound.values())


def test_a_fact_without_references_waits() -> None:
    assert place_of(fact("reference-linked", "2026-04-01", references=()), L1) == "waiting"
