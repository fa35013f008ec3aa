"""The default rules of the rent: their edges (agreement document, Default rules)."""

from datetime import date

import pytest

from hub.domain.facts import Fact
from tests.building import (
    RENT,
    Terms,
    alert,
    arrangement,
    arrangement_broken,
    begeleiding,
    begeleiding_ended,
    first_rent_arranged,
    missed,
    moved_out,
    paid,
    signed,
    spans,
    support,
    support_ended,
)

L1 = signed("2026-03-02", on="2026-02-16")
END = "2027-03-02 scope-ended"
HALF = RENT // 2


def due_on(day: str) -> Fact:
    return signed(
        "2026-03-02", on="2026-02-16", terms=Terms(first_rent_due=date.fromisoformat(day))
    )


@pytest.mark.parametrize(
    ("lease", "facts", "raised"),
    [
        pytest.param(L1, [], f"2026-03-09 .. {END}", id="a week after the start"),
        pytest.param(due_on("2026-03-20"), [], f"2026-03-20 .. {END}", id="on the day it is due"),
        pytest.param(
            due_on("2026-02-20"), [], f"2026-03-02 .. {END}", id="due before: at the start"
        ),
        pytest.param(L1, [first_rent_arranged("2026-03-09", "2026-03")], "", id="arranged, just"),
        pytest.param(L1, [paid("2026-03", "2026-02-20", 1)], "", id="a first payment is enough"),
        pytest.param(
            L1,
            [first_rent_arranged("2026-03-01", "2026-04")],
            f"2026-03-09 .. {END}",
            id="another month",
        ),
        pytest.param(
            L1,
            [first_rent_arranged("2026-03-12", "2026-03")],
            "2026-03-09 .. 2026-03-12 condition",
            id="arranged late",
        ),
        pytest.param(
            L1,
            [missed("2026-03", "2026-03-11")],
            "2026-03-09 .. 2026-03-11 condition",
            id="until it is missed",
        ),
        pytest.param(L1, [missed("2026-03", "2026-03-09")], "", id="missed at that very instant"),
        pytest.param(
            L1, [missed("2026-04", "2026-04-08")], f"2026-03-09 .. {END}", id="another was missed"
        ),
        pytest.param(L1, [moved_out("2026-03-08")], "", id="moved out before"),
    ],
)
def test_first_rent_at_risk(lease: Fact, facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([lease, *facts], "first-rent-at-risk")) == raised


@pytest.mark.parametrize(
    ("lease", "facts", "raised"),
    [
        pytest.param(L1, [missed("2026-03", "2026-03-11")], f"2026-03-11 .. {END}", id="missed"),
        pytest.param(L1, [missed("2026-04", "2026-04-08")], "", id="another month was"),
        pytest.param(
            L1,
            [
                missed("2026-03", "2026-03-11"),
                paid("2026-03", "2026-03-15", HALF),
                paid("2026-03", "2026-03-25", HALF),
            ],
            "2026-03-11 .. 2026-03-25 condition",
            id="until all of it is paid",
        ),
        pytest.param(
            L1,
            [
                missed("2026-03", "2026-03-11"),
                paid("2026-03", "2026-03-15"),
                missed("2026-03", "2026-03-20"),
            ],
            f"2026-03-11 .. 2026-03-15 condition, 2026-03-20 .. {END}",
            id="the payment was reversed",
        ),
        pytest.param(L1, [missed("2026-03", "2026-03-01")], f"2026-03-02 .. {END}", id="too soon"),
        pytest.param(
            signed("2026-04-01"),
            [missed("2026-04", "2026-04-08")],
            "2026-04-08 .. 2027-04-01 scope-ended",
            id="the month of the start, at its first instant",
        ),
        pytest.param(
            signed("2026-03-31"), [missed("2026-04", "2026-04-08")], "", id="or on its last day"
        ),
    ],
)
def test_first_rent_missed(lease: Fact, facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([lease, *facts], "first-rent-missed")) == raised


MARCH, APRIL, MAY = (missed(f"2026-0{n}", f"2026-0{n}-08") for n in (3, 4, 5))


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([APRIL], "", id="one period"),
        pytest.param([APRIL, MAY], f"2026-05-08 .. {END}", id="a second one"),
        pytest.param([APRIL, missed("2026-04", "2026-05-08")], "", id="a reminder is no second"),
        pytest.param([APRIL, paid("2026-04", "2026-05-08"), MAY], "", id="paid at that instant"),
        pytest.param(
            [APRIL, paid("2026-04", "2026-04-20", HALF), MAY, paid("2026-04", "2026-05-20", HALF)],
            "2026-05-08 .. 2026-05-20 condition",
            id="part payments settle the first",
        ),
        pytest.param(
            [APRIL, paid("2026-04", "2026-04-20", HALF), MAY],
            f"2026-05-08 .. {END}",
            id="a part payment does not",
        ),
        pytest.param(
            [MARCH, APRIL, MAY, paid("2026-03", "2026-05-10")],
            f"2026-04-08 .. {END}",
            id="one of three is paid",
        ),
        pytest.param(
            [MARCH, APRIL, paid("2026-03", "2026-04-10"), MAY],
            f"2026-04-08 .. 2026-04-10 condition, 2026-05-08 .. {END}",
            id="twice",
        ),
    ],
)
def test_rent_arrears(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, *facts], "rent-arrears")) == raised


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([APRIL], f"2026-04-22 .. {END}", id="two weeks open"),
        pytest.param([APRIL, paid("2026-04", "2026-04-22")], "", id="paid on the fourteenth day"),
        pytest.param(
            [APRIL, MAY, paid("2026-04", "2026-05-10"), paid("2026-05", "2026-06-01")],
            "2026-04-22 .. 2026-06-01 condition",
            id="two weeks of any, until none is open",
        ),
        pytest.param([support("2026-03-05"), APRIL], "", id="supported all along"),
        pytest.param([APRIL, support("2026-04-22")], "", id="support from the fourteenth day"),
        pytest.param(
            [APRIL, support("2026-05-01")], "2026-04-22 .. 2026-05-01 condition", id="support later"
        ),
        pytest.param(
            [support("2026-03-05"), APRIL, support_ended("2026-06-01")],
            f"2026-06-01 .. {END}",
            id="from the end of the support",
        ),
        pytest.param(
            [support("2026-03-05"), APRIL, support_ended("2026-04-10")],
            f"2026-04-22 .. {END}",
            id="an end before the two weeks are over",
        ),
        pytest.param(
            [APRIL, arrangement("2026-04-20", until="2026-06-30")],
            f"2026-07-01 .. {END}",
            id="from the day after the arrangement",
        ),
        pytest.param(
            [
                APRIL,
                arrangement("2026-04-20", until="2026-06-30"),
                arrangement("2026-06-01", until="2026-08-31"),
            ],
            f"2026-09-01 .. {END}",
            id="after the second arrangement",
        ),
        pytest.param(
            [
                APRIL,
                arrangement("2026-04-20", until="2026-06-30"),
                arrangement_broken("2026-05-15"),
            ],
            f"2026-05-15 .. {END}",
            id="from the day it was broken",
        ),
        pytest.param(
            [APRIL, arrangement("2026-04-20", until="2026-06-30"), support("2026-06-15")],
            "",
            id="either will do",
        ),
        pytest.param(
            [missed("2026-02", "2026-02-20")], f"2026-03-16 .. {END}", id="two weeks from the start"
        ),
    ],
)
def test_arrears_without_support(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, *facts], "arrears-without-support")) == raised


def test_arrears_without_support_has_the_fact_that_made_it_so_as_opener() -> None:
    rule, agreed = "arrears-without-support", arrangement("2026-04-20", until="2026-06-30")
    broken, over = arrangement_broken("2026-05-15"), support_ended("2026-06-01")
    assert alert([L1, APRIL], rule).opener == APRIL
    assert alert([L1, APRIL, agreed], rule).opener == agreed
    assert alert([L1, APRIL, agreed, broken], rule).opener == broken
    assert alert([L1, APRIL, support("2026-03-05"), over], rule).opener == over
    assert alert([L1, APRIL, agreed], rule).evidence == (APRIL, agreed)


CARED, STOPPED = begeleiding("2026-03-05"), begeleiding_ended("2026-05-08")


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([CARED, STOPPED, MAY], f"2026-05-08 .. {END}", id="missed as it stopped"),
        pytest.param([CARED, STOPPED, APRIL], "", id="missed before it stopped"),
        pytest.param([MAY], "", id="there never was begeleiding"),
        pytest.param([CARED, STOPPED, begeleiding("2026-05-08"), MAY], "", id="taken over"),
        pytest.param(
            [CARED, STOPPED, MAY, begeleiding("2026-06-01")],
            "2026-05-08 .. 2026-06-01 condition",
            id="until begeleiding starts again",
        ),
        pytest.param(
            [CARED, STOPPED, MAY, begeleiding("2026-06-01"), begeleiding_ended("2026-07-01")],
            "2026-05-08 .. 2026-06-01 condition",
            id="and not again for the same period",
        ),
        pytest.param(
            [CARED, STOPPED, MAY, paid("2026-05", "2026-05-20")],
            "2026-05-08 .. 2026-05-20 condition",
            id="until it is paid",
        ),
        pytest.param(
            [begeleiding("2025-06-01"), begeleiding_ended("2025-12-01"), APRIL],
            f"2026-04-08 .. {END}",
            id="stopped before the start",
        ),
    ],
)
def test_arrears_after_begeleiding(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, *facts], "arrears-after-begeleiding")) == raised
