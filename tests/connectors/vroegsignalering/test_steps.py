"""Whether arrears may be signalled: only when the law says so, whatever the hub says."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest
from msgspec import structs

from connectors.gemeente.vroegsignalering_steps import (
    Arrears,
    Fate,
    Why,
    arrears_of,
    fate_of,
)
from hub.client import Entry
from tests.connectors.vroegsignalering.households import (
    NOT_YET,
    OBJECTED,
    TAKEN,
    alert,
    household,
    missed,
    paid,
)

STEPS = list(TAKEN)[:4]
OPEN = Arrears(650, date(2024, 2, 1))


def _table() -> list[Any]:
    rows = []
    for taken in product((True, False), repeat=4):
        for objected in (False, True):
            lacking = [name for name, done in zip(STEPS, taken, strict=True) if not done]
            told = ", ".join(lacking) or "nothing"
            id_ = f"{'objected' if objected else 'no objection'}, lacking {told}"
            may = all(taken) and not objected
            rows.append(pytest.param(taken, objected, may, id=id_))
    return rows


@pytest.mark.parametrize(("taken", "objected", "may"), _table())
def test_in_one_case_of_thirty_two_there_is_a_signal(
    taken: tuple[bool, ...], objected: bool, may: bool
) -> None:
    steps = {**dict(zip(STEPS, taken, strict=True)), "tenantObjected": objected}
    found = arrears_of(alert(), household(missed(steps=steps)))
    assert isinstance(found, Arrears) is may
    assert may or found is (Why.OBJECTED if objected else Why.STEPS)


@pytest.mark.parametrize(
    ("timeline", "expected"),
    [
        pytest.param([], Why.UNKNOWN, id="we said nothing of this month"),
        pytest.param(
            [missed(steps=NOT_YET), missed("2024-03-04")],
            OPEN,
            id="the newest of the month decides",
        ),
        pytest.param(
            [missed(), missed("2024-03-04", steps=NOT_YET)], Why.STEPS, id="the other way round too"
        ),
        pytest.param(
            [missed(), missed("2024-03-04", steps=OBJECTED)], Why.OBJECTED, id="an objection later"
        ),
        pytest.param(
            [missed(), missed("2024-03-04", steps=OBJECTED), missed("2024-03-05")],
            OPEN,
            id="an objection that was taken back",
        ),
        pytest.param(
            [missed(), missed("2024-03-04", "2024-03", OBJECTED)],
            Why.OBJECTED,
            id="an objection at the next month",
        ),
        pytest.param(
            [missed("2023-12-02", "2023-12", OBJECTED), missed()],
            OPEN,
            id="an objection of long ago, about other arrears",
        ),
        pytest.param(
            [missed(), missed("2024-03-04", "2024-03", NOT_YET, 130_000)],
            OPEN,
            id="of a month without the steps nothing is passed on",
        ),
        pytest.param([missed(steps=OBJECTED), missed()], Why.OBJECTED, id="two of one moment"),
        pytest.param([missed(steps=NOT_YET), missed()], Why.STEPS, id="two, one without steps"),
        pytest.param(
            [missed(), missed("2024-03-04", "2024-03", OBJECTED), missed("2024-03-04", "2024-04")],
            Why.OBJECTED,
            id="two months said last, one of them with an objection",
        ),
        pytest.param([missed(socialCollection=None)], Why.UNKNOWN, id="steps of another form"),
        pytest.param(
            [missed(socialCollection={**TAKEN, "reminderSent": "true"})],
            Why.UNKNOWN,
            id="a text is not a yes",
        ),
        pytest.param(
            [missed(socialCollection={"tenantObjected": False})], Why.UNKNOWN, id="steps left out"
        ),
    ],
)
def test_the_newest_of_our_own_facts_decides(
    timeline: list[Entry], expected: Arrears | Why
) -> None:
    assert arrears_of(alert(), household(*timeline)) == expected


def test_what_others_said_is_nothing_that_we_know() -> None:
    theirs = Entry(False, "rent-missed", missed().occurred_at, fields=missed().fields)
    assert arrears_of(alert(), household(theirs)) is Why.UNKNOWN


@pytest.mark.parametrize("id_", ["a", "z"])
def test_a_fact_that_was_corrected_since_decides_nothing(id_: str) -> None:
    now = missed(steps=OBJECTED)
    before = structs.replace(missed(), id=id_, told_only=True, alerts=("al-1",))
    assert arrears_of(alert(), household(before, now)) is Why.OBJECTED
    assert arrears_of(alert(), household(now, before)) is Why.OBJECTED


def test_every_month_of_the_alert_must_have_its_steps() -> None:
    both = alert(periods=("2024-01", "2024-02"))
    january = missed("2024-01-02", "2024-01")
    assert arrears_of(both, household(january)) is Why.UNKNOWN
    assert arrears_of(both, household(january, missed(steps=NOT_YET))) is Why.STEPS
    found = arrears_of(both, household(january, missed(total=130_000)))
    assert found == Arrears(1300, date(2024, 1, 1))


def test_an_alert_that_rests_on_no_rent_is_no_signal() -> None:
    assert arrears_of(alert(periods=()), household(missed())) is Why.UNKNOWN


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        pytest.param("gemeente", Why.HELD, id="the hub says no where our facts say yes"),
        pytest.param("huurders", OPEN, id="of others it is not asked"),
    ],
)
def test_the_hub_must_say_yes_as_well(role: str, expected: Arrears | Why) -> None:
    held = alert(held=({"role": role, "reason": "social-collection-incomplete"},))
    assert arrears_of(held, household(missed())) == expected


@pytest.mark.parametrize(
    ("timeline", "euros"),
    [
        pytest.param([missed(total=65_049)], 650, id="whole euros"),
        pytest.param([missed(total=65_050)], 651, id="rounded"),
        pytest.param([missed(), missed("2024-03-04", total=40_000)], 400, id="the newest total"),
        pytest.param([missed(), paid("2024-02-20", 25_000)], 400, id="less what was paid since"),
        pytest.param(
            [paid("2024-02-01", 25_000), missed()], 650, id="and not what was paid before"
        ),
        pytest.param(
            [missed(), paid("2024-03-01", 65_000, "2024-03")], 650, id="nor for another month"
        ),
    ],
)
def test_the_amount_is_what_is_open_now(timeline: list[Entry], euros: int) -> None:
    found = arrears_of(alert(), household(*timeline))
    assert isinstance(found, Arrears)
    assert found.euros == euros


def test_what_was_paid_is_no_signal() -> None:
    assert arrears_of(alert(), household(missed(), paid("2024-02-20", 65_000))) is Why.PAID


@pytest.mark.parametrize(
    ("status", "resolution", "fate"),
    [
        pytest.param("resolved", "condition", Fate.TAKEN_BACK, id="paid"),
        pytest.param("withdrawn", None, Fate.TAKEN_BACK, id="there never was any"),
        pytest.param("erased", None, Fate.TAKEN_BACK, id="to be forgotten"),
        pytest.param("closed", "closed", Fate.LEFT, id="closed"),
        pytest.param("resolved", "approach", Fate.LEFT, id="agreed"),
        pytest.param("resolved", "expired", Fate.LEFT, id="too long ago"),
        pytest.param("resolved", "scope-ended", Fate.LEFT, id="the first year is over"),
    ],
)
def test_what_becomes_of_a_signal_whose_alert_ended(
    status: str, resolution: str | None, fate: Fate
) -> None:
    assert fate_of(alert(status=status, resolution=resolution)) is fate
