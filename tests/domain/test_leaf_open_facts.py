"""The leaf `open` where every opener is a key of its own (agreement document, The rule language;
facts document, `concerns`)."""

import pytest

from hub.domain.facts import Fact
from tests.building import damage, repaired, signed
from tests.domain.ruling import held

L1 = signed("2026-03-01")
TO_THE_END = "2027-03-01 scope-ended"
DAMAGE_OPEN = "when: {open: {opens: damage-reported, closes: damage-repaired}}"
WEAR_OPEN = """
when:
  open:
    opens: {fact: damage-reported, where: {cause: resident}}
    closes: {fact: damage-repaired, where: {cause: resident}}
"""
D, D_LATER = damage("2026-04-01"), damage("2026-04-10")


@pytest.mark.parametrize(
    ("rule", "facts", "spans"),
    [
        pytest.param(
            DAMAGE_OPEN,
            [D, D_LATER, repaired("2026-05-01")],
            "2026-04-01 .. 2026-05-01 condition",
            id="a closer that names none closes all",
        ),
        pytest.param(
            DAMAGE_OPEN,
            [D, D_LATER, repaired("2026-05-01", concerns=D_LATER)],
            f"2026-04-01 .. {TO_THE_END}",
            id="one that names one closes that one",
        ),
        pytest.param(
            DAMAGE_OPEN,
            [D, damage("2026-04-05", replaces=D), repaired("2026-05-01", concerns=D)],
            "2026-04-05 .. 2026-05-01 condition",
            id="named before it was corrected",
        ),
        pytest.param(
            DAMAGE_OPEN,
            [D, repaired("2026-03-31")],
            f"2026-04-01 .. {TO_THE_END}",
            id="from before",
        ),
        pytest.param(DAMAGE_OPEN, [D, repaired("2026-04-01")], "", id="at the same instant"),
        pytest.param(
            DAMAGE_OPEN, [D, repaired("2026-04-01", concerns=D)], "", id="at it, and naming it"
        ),
        pytest.param(
            WEAR_OPEN,
            [D, repaired("2026-05-01", "wear"), repaired("2026-06-01")],
            f"2026-04-01 .. {TO_THE_END}",
            id="what closed it was no such closer, and the next is not for it",
        ),
        pytest.param(
            WEAR_OPEN,
            [D, repaired("2026-05-01", "wear"), repaired("2026-06-01", concerns=D)],
            "2026-04-01 .. 2026-06-01 condition",
            id="unless it says that it is",
        ),
        pytest.param(WEAR_OPEN, [damage("2026-04-01", "wear")], "", id="no such opener"),
    ],
)
def test_keys_that_are_facts(rule: str, facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(rule, [L1, *facts])) == spans
