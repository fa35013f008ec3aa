"""The leaf `open`: rent periods and other keys (agreement document, The rule language)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    RENT,
    begeleiding,
    begeleiding_ended,
    found,
    missed,
    moved_out,
    paid,
    retracted,
    signed,
)
from tests.domain.ruling import TESTED, held, openers, under

L1 = signed("2026-03-01")
TO_THE_END = "2027-03-01 scope-ended"
RENT_OPEN = """
when:
  open:
    opens: rent-missed
    closes: rent-paid
    key: period
    settled: {paid: amount, due: amountDue}
"""
APRIL, MAY = missed("2026-04", "2026-04-08"), missed("2026-05", "2026-05-08")
FIRST = missed("2026-03", "2026-03-08")
HALF = RENT // 2


@pytest.mark.parametrize(
    ("facts", "spans"),
    [
        pytest.param([APRIL], f"2026-04-08 .. {TO_THE_END}", id="open from the day it was missed"),
        pytest.param(
            [APRIL, paid("2026-04", "2026-04-20")], "2026-04-08 .. 2026-04-20 condition", id="paid"
        ),
        pytest.param(
            [APRIL, paid("2026-04", "2026-04-20", RENT - 1)],
            f"2026-04-08 .. {TO_THE_END}",
            id="a cent short",
        ),
        pytest.param(
            [APRIL, paid("2026-04", "2026-04-20", HALF), paid("2026-04", "2026-04-25", HALF)],
            "2026-04-08 .. 2026-04-25 condition",
            id="payments add up",
        ),
        pytest.param(
            [APRIL, paid("2026-04", "2026-04-07", HALF), paid("2026-04", "2026-04-25", HALF)],
            f"2026-04-08 .. {TO_THE_END}",
            id="what was paid before it was missed is not in it",
        ),
        pytest.param(
            [APRIL, paid("2026-04", "2026-04-08", HALF), paid("2026-04", "2026-04-25", HALF)],
            "2026-04-08 .. 2026-04-25 condition",
            id="what was paid at that instant is",
        ),
        pytest.param([APRIL, paid("2026-04", "2026-04-08")], "", id="paid at that very instant"),
        pytest.param(
            [APRIL, paid("2026-03", "2026-04-20")], f"2026-04-08 .. {TO_THE_END}", id="another"
        ),
        pytest.param(
            [APRIL, paid("2026-04", "2026-04-20", HALF), missed("2026-04", "2026-05-08")],
            f"2026-04-08 .. {TO_THE_END}",
            id="a reminder says the whole amount once more",
        ),
        pytest.param(
            [
                APRIL,
                paid("2026-04", "2026-04-20", HALF),
                missed("2026-04", "2026-05-08"),
                paid("2026-04", "2026-05-20", HALF),
            ],
            "2026-04-08 .. 2026-05-20 condition",
            id="and what was paid before it counts",
        ),
        pytest.param(
            [APRIL, missed("2026-04", "2026-05-08", 2 * RENT), paid("2026-04", "2026-05-20")],
            f"2026-04-08 .. {TO_THE_END}",
            id="the latest says what is due: more",
        ),
        pytest.param(
            [APRIL, missed("2026-04", "2026-05-08", HALF), paid("2026-04", "2026-05-20", HALF)],
            "2026-04-08 .. 2026-05-20 condition",
            id="the latest says what is due: less",
        ),
        pytest.param(
            [APRIL, paid("2026-04", "2026-04-20", HALF), missed("2026-04", "2026-05-08", HALF)],
            "2026-04-08 .. 2026-05-08 condition",
            id="less than was paid: settled",
        ),
        pytest.param(
            [
                APRIL,
                paid("2026-04", "2026-04-20", HALF),
                missed("2026-04", "2026-05-08", HALF, id="less"),
                missed("2026-04", "2026-05-08", RENT, id="more"),
                paid("2026-04", "2026-05-20", HALF),
            ],
            "2026-04-08 .. 2026-05-20 condition",
            id="of two at one instant only the latest",
        ),
        pytest.param(
            [APRIL, paid("2026-04", "2026-04-20"), missed("2026-04", "2026-05-08")],
            f"2026-04-08 .. 2026-04-20 condition, 2026-05-08 .. {TO_THE_END}",
            id="a later one opens it again (a payment that was reversed)",
        ),
        pytest.param(
            [
                APRIL,
                paid("2026-04", "2026-04-20"),
                missed("2026-04", "2026-05-08"),
                paid("2026-04", "2026-05-20", HALF),
            ],
            f"2026-04-08 .. 2026-04-20 condition, 2026-05-08 .. {TO_THE_END}",
            id="then all of it is due anew",
        ),
        pytest.param([missed("2026-04", "2026-04-08", 0)], "", id="nothing due is not open"),
        pytest.param(
            [missed("2026-02", "2026-02-08")], f"2026-03-01 .. {TO_THE_END}", id="clipped"
        ),
        pytest.param(
            [missed("2026-02", "2026-02-08"), paid("2026-02", "2026-02-20")], "", id="over before"
        ),
        pytest.param(
            [APRIL, moved_out("2026-04-30")], "2026-04-08 .. 2026-05-01 scope-ended", id="moved out"
        ),
        pytest.param(
            [APRIL, MAY, paid("2026-04", "2026-05-20"), paid("2026-05", "2026-06-20")],
            "2026-04-08 .. 2026-06-20 condition",
            id="as long as one of them is open",
        ),
        pytest.param(
            [APRIL, paid("2026-04", "2026-05-08"), MAY, paid("2026-05", "2026-06-20")],
            "2026-04-08 .. 2026-06-20 condition",
            id="one closes at the instant another opens: no gap",
        ),
        pytest.param([APRIL, retracted("2026-04-09", APRIL)], "", id="never missed after all"),
    ],
)
def test_a_rent_period(facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(RENT_OPEN, [L1, *facts])) == spans


ANY_PAYMENT = "when: {open: {opens: rent-missed, closes: rent-paid, key: period}}"
TWO = f"{RENT_OPEN}    atLeast: 2\n"
ONLY_FIRST = f"{RENT_OPEN}    only: first\n"
AFTER = f"{RENT_OPEN}    at: {{without: begeleiding}}\n"
FOR_TWO_WEEKS = f"{RENT_OPEN}  for: 14 d\n"
CARE, CARE_ENDED = begeleiding("2026-03-01"), begeleiding_ended("2026-04-08")


@pytest.mark.parametrize(
    ("rule", "facts", "spans"),
    [
        pytest.param(
            ANY_PAYMENT,
            [APRIL, paid("2026-04", "2026-04-20", 1), paid("2026-04", "2026-04-25", 1)],
            "2026-04-08 .. 2026-04-20 condition",
            id="nothing is said of amounts: the first closer closes",
        ),
        pytest.param(TWO, [APRIL], "", id="one of two"),
        pytest.param(TWO, [APRIL, MAY], f"2026-05-08 .. {TO_THE_END}", id="from the second on"),
        pytest.param(
            TWO,
            [FIRST, APRIL, MAY, paid("2026-03", "2026-05-10"), paid("2026-05", "2026-05-20")],
            "2026-04-08 .. 2026-05-20 condition",
            id="until less than two are left",
        ),
        pytest.param(
            TWO,
            [APRIL, MAY, paid("2026-04", "2026-06-01"), paid("2026-05", "2026-07-01")],
            "2026-05-08 .. 2026-06-01 condition",
            id="and not once more when none is left",
        ),
        pytest.param(
            TWO,
            [FIRST, APRIL, paid("2026-03", "2026-05-08"), MAY],
            f"2026-04-08 .. {TO_THE_END}",
            id="two again at the same instant: no gap",
        ),
        pytest.param(TWO, [APRIL, missed("2026-04", "2026-05-08")], "", id="one key twice is one"),
        pytest.param(ONLY_FIRST, [APRIL], "", id="not the first period"),
        pytest.param(
            ONLY_FIRST, [FIRST, APRIL], f"2026-03-08 .. {TO_THE_END}", id="the first period"
        ),
        pytest.param(AFTER, [CARE, APRIL], "", id="opened in begeleiding"),
        pytest.param(
            AFTER, [CARE, CARE_ENDED, APRIL], f"2026-04-08 .. {TO_THE_END}", id="opened as it ended"
        ),
        pytest.param(
            AFTER,
            [CARE, begeleiding_ended("2026-04-09"), APRIL],
            "",
            id="opened just before its end",
        ),
        pytest.param(AFTER, [APRIL], "", id="there never was begeleiding"),
        pytest.param(
            AFTER,
            [CARE, CARE_ENDED, APRIL, begeleiding("2026-05-01")],
            f"2026-04-08 .. {TO_THE_END}",
            id="asked only at the instant it opened",
        ),
        pytest.param(
            AFTER,
            [begeleiding("2025-01-01"), begeleiding_ended("2025-12-01"), APRIL],
            f"2026-04-08 .. {TO_THE_END}",
            id="asked anywhere, also before the scope",
        ),
        pytest.param(FOR_TWO_WEEKS, [APRIL, paid("2026-04", "2026-04-22")], "", id="for, just not"),
        pytest.param(
            FOR_TWO_WEEKS, [APRIL, MAY], f"2026-04-22 .. {TO_THE_END}", id="for, whichever is open"
        ),
        pytest.param(
            FOR_TWO_WEEKS,
            [missed("2026-02", "2026-02-08")],
            f"2026-03-15 .. {TO_THE_END}",
            id="clipped before `for` counts",
        ),
    ],
)
def test_which_keys_are_open(rule: str, facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(rule, [L1, *facts])) == spans


EARLY = missed("2026-02", "2026-02-08")


@pytest.mark.parametrize(
    ("rule", "facts", "opener", "evidence"),
    [
        pytest.param(RENT_OPEN, [APRIL, MAY], APRIL, [APRIL], id="of one or more: the first"),
        pytest.param(TWO, [APRIL, MAY], MAY, [APRIL, MAY], id="of two or more: the second"),
        pytest.param(
            TWO, [FIRST, APRIL, MAY], APRIL, [FIRST, APRIL], id="evidence is fixed at its start"
        ),
        pytest.param(
            RENT_OPEN, [EARLY], L1, [EARLY, L1], id="clipped: the lease, and what is open"
        ),
        pytest.param(
            RENT_OPEN,
            [APRIL, missed("2026-04", "2026-05-08")],
            APRIL,
            [APRIL],
            id="reminded: what opened it",
        ),
        pytest.param(
            TWO,
            [APRIL, paid("2026-04", "2026-04-20", HALF), missed("2026-04", "2026-05-01"), MAY],
            MAY,
            [APRIL, MAY],
            id="of each key what opened it",
        ),
        pytest.param(
            FOR_TWO_WEEKS,
            [APRIL, missed("2026-05", "2026-04-22")],
            APRIL,
            [APRIL, missed("2026-05", "2026-04-22")],
            id="for: the opener stays, evidence is what is open then",
        ),
    ],
)
def test_the_opener(rule: str, facts: list[Fact], opener: Fact, evidence: list[Fact]) -> None:
    assert openers(rule, [L1, *facts]) == [opener]
    [finding] = found([L1, *facts], TESTED, under=[under(rule)])
    assert list(finding.evidence) == evidence
