"""Which household a fact with only an address belongs to (facts document, Finding the
household)."""

import pytest

from hub.domain.facts import CATALOGUE, PRE_VESTIGING, Fact
from tests.building import (
    MAAS,
    aanspreekpunt,
    aanspreekpunt_withdrawn,
    begeleiding,
    contact,
    first_rent_arranged,
    housing_information,
    inburgering,
    inburgering_completed,
    intake,
    introduction,
    lease,
    moved_out,
    nuisance,
    phase,
    place_of,
    signed,
    work_placement,
)

SEEN = "2026-04-01"
L1 = signed("2026-03-01")
COMING = signed("2026-05-01", lease="L-2")
REGULAR = signed("2020-01-01", lease="R-1", group="regular")


def there(at: str) -> Fact:
    """Somebody hears noise at address 1."""
    return nuisance(at, address=1)


def before(at: str) -> Fact:
    """One of the types that may come before the tenancy."""
    return intake(at, address=1)


@pytest.mark.parametrize(
    ("wanted", "others", "place"),
    [
        pytest.param(there(SEEN), [L1], "L-1", id="the tenancy in force"),
        pytest.param(there("2026-03-01"), [L1], "L-1", id="in force from its first instant"),
        pytest.param(there("2026-02-28 23:59"), [L1], "waiting", id="not in force just before"),
        pytest.param(
            there("2026-06-30 23:59"), [L1, moved_out("2026-06-30")], "L-1", id="on its last day"
        ),
        pytest.param(
            there("2026-07-01"), [L1, moved_out("2026-06-30")], "waiting", id="not the day after"
        ),
        pytest.param(nuisance(SEEN, address=2), [L1], "waiting", id="not at another address"),
        pytest.param(
            nuisance(SEEN, address=1, gemeente="0957"), [L1], "waiting", id="nor gemeente"
        ),
        pytest.param(there(SEEN), [REGULAR], "regular", id="a regular tenant's: nobody's business"),
        pytest.param(
            there(SEEN),
            [L1, signed("2026-03-15", lease="L-2")],
            "ambiguous-address",
            id="two in force, never to both",
        ),
        pytest.param(
            there(SEEN),
            [L1, REGULAR, moved_out("2026-12-31", lease="R-1")],
            "ambiguous-address",
            id="a regular tenant in force is a candidate too",
        ),
        pytest.param(
            there("2026-05-01"),
            [L1, moved_out("2026-04-30"), COMING],
            "L-2",
            id="the next tenant on the day after the last",
        ),
    ],
)
def test_a_fact_that_names_an_address(wanted: Fact, others: list[Fact], place: str) -> None:
    assert place_of(wanted, *others) == place


@pytest.mark.parametrize(
    ("wanted", "others", "place"),
    [
        pytest.param(before("2026-03-02"), [COMING], "L-2", id="60 days before, to the instant"),
        pytest.param(before("2026-03-01 23:59"), [COMING], "waiting", id="61 days before is early"),
        pytest.param(before("2026-04-30 23:59"), [COMING], "L-2", id="just before the start"),
        pytest.param(before("2026-05-01"), [COMING], "L-2", id="from the start it is in force"),
        pytest.param(
            before(SEEN), [COMING, REGULAR], "L-2", id="while a regular tenant still lives there"
        ),
        pytest.param(before("2026-02-01"), [COMING, REGULAR], "regular", id="not that long before"),
        pytest.param(
            before(SEEN), [L1, COMING], "L-1", id="unless a vergunninghouder still lives there"
        ),
        pytest.param(
            before(SEEN),
            [L1, COMING, REGULAR, moved_out("2026-12-31", lease="R-1")],
            "ambiguous-address",
            id="who is then one of two in force",
        ),
        pytest.param(
            before(SEEN),
            [COMING, signed("2026-05-15", lease="L-3")],
            "ambiguous-address",
            id="two coming, to neither",
        ),
        pytest.param(
            before(SEEN),
            [signed("2026-05-01", lease="R-2", group="regular")],
            "waiting",
            id="a coming regular tenant is not awaited",
        ),
    ],
)
def test_a_fact_before_the_tenancy(wanted: Fact, others: list[Fact], place: str) -> None:
    assert place_of(wanted, *others) == place


EARLY = [
    intake(SEEN, address=1),
    aanspreekpunt(SEEN, address=1),
    aanspreekpunt_withdrawn(SEEN, address=1),
    inburgering(SEEN, address=1),
    first_rent_arranged(SEEN, "2026-05", address=1),
    begeleiding(SEEN, address=1),
    housing_information(SEEN, address=1),
]
NOT_EARLY = [
    contact(SEEN, address=1),
    inburgering_completed(SEEN, address=1),
    introduction(SEEN, address=1),
    nuisance(SEEN, address=1),
    phase(SEEN, "coaching-vestiging", address=1),
    work_placement(SEEN, address=1),
]


def type_of(said: Fact) -> str:
    return said.type


@pytest.mark.parametrize("wanted", EARLY, ids=type_of)
def test_this_type_may_come_before_the_tenancy(wanted: Fact) -> None:
    assert place_of(wanted, COMING) == "L-2"


@pytest.mark.parametrize("wanted", NOT_EARLY, ids=type_of)
def test_this_type_waits_for_the_tenancy_to_begin(wanted: Fact) -> None:
    assert place_of(wanted, COMING) == "waiting"


def test_no_other_type_may_come_before_the_tenancy() -> None:
    assert {said.type for said in EARLY} == PRE_VESTIGING <= CATALOGUE.keys()


def test_the_issuer_of_the_lease_need_not_name_it() -> None:
    assert place_of(nuisance(SEEN, address=1, by=MAAS), L1) == "L-1"


def test_an_address_of_another_corporatie_waits() -> None:
    theirs = signed("2026-03-01", lease=lease("P-1", "corporatie-peel"))
    assert place_of(nuisance(SEEN, address=1, by=MAAS), theirs) == "waiting"
