"""The yearly consultation and the targets (agreement document, Region rules)."""

from datetime import date

import pytest
from hypothesis import given as having
from hypothesis import strategies as st

from hub.domain.facts import Fact
from tests.building import (
    MAAS,
    ROERMOND,
    alert,
    allocated,
    closed,
    consultation,
    found,
    instant,
    released,
    retracted,
    spans,
    target,
    wall,
)

DUE = "consultation-due"
HELD = consultation("2024-02-29 10:00")


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([HELD], "2025-02-28 10:00", id="a year after the last, clamped"),
        pytest.param(
            [HELD, consultation("2025-02-28 10:00")], "2026-02-28 10:00", id="held in time"
        ),
        pytest.param(
            [HELD, consultation("2025-03-01")],
            "2025-02-28 10:00 .. 2025-03-01 condition, 2026-03-01",
            id="held late",
        ),
        pytest.param(
            [released("2024-01-10", "u-1")], "2025-01-10", id="never held: from the first fact"
        ),
        pytest.param(
            [released("2024-01-10", "u-1"), consultation("2025-01-05")],
            "2026-01-05",
            id="the first one in time",
        ),
        pytest.param(
            [released("2024-01-10", "u-1"), consultation("2025-02-05")],
            "2025-01-10 .. 2025-02-05 condition, 2026-02-05",
            id="the first one late",
        ),
        pytest.param(
            [HELD, released("2024-06-01", "u-1")], "2025-02-28 10:00", id="other facts after it"
        ),
        pytest.param(
            [released("2024-01-10", "u-1"), HELD, retracted("2024-03-01", HELD)],
            "2025-01-10",
            id="it was not held after all",
        ),
        pytest.param(
            [consultation("2024-01-01", id="a"), consultation("2024-01-01", id="b")],
            "2025-01-01",
            id="two at one instant",
        ),
    ],
)
def test_consultation_due(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans(facts, DUE)) == raised


def test_the_opener_of_a_consultation_that_is_due() -> None:
    first = released("2024-01-10", "u-1")
    assert alert([first], DUE).opener == first
    assert alert([first, HELD], DUE).opener == HELD


PRESSURE = "taakstelling-pressure"


def exceeded(at: str) -> list[Fact]:
    """From `at` on the share is exceeded, by three homes with one person each, in Roermond."""
    homes = [released(at, f"u-{n}") for n in range(20)]
    return homes + [allocated(at, f"u-{n}", persons=1, gemeente="0957") for n in range(3)]


def moved_in(at: str, persons: int | None, unit: str = "w-1") -> Fact:
    return allocated(at, unit, persons=persons, by=MAAS)


SHARE = exceeded("2026-01-05")
# 31 of 181 days on 1 February, 59 on 1 March, 90 on 1 April, 120 on 1 May, 151 on 1 June
TARGET = target("2026-01-02", "2026-1", 181)
TO_JULY = "2026-07-01 condition"


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([*SHARE, TARGET], f"2026-02-01 .. {TO_JULY}", id="behind to the end"),
        pytest.param([TARGET], "", id="not while there is room on the market"),
        pytest.param(SHARE, "", id="not without a target"),
        pytest.param(
            [*SHARE, TARGET, moved_in("2026-01-20", 31)],
            f"2026-03-01 .. {TO_JULY}",
            id="31 of 31 persons after 31 days: just not",
        ),
        pytest.param(
            [*SHARE, TARGET, moved_in("2026-01-20", 30)], f"2026-02-01 .. {TO_JULY}", id="30 of 31"
        ),
        pytest.param(
            [*SHARE, TARGET, moved_in("2026-02-10", 59)],
            "2026-02-01 .. 2026-03-01 condition",
            id="until a month shows otherwise; not raised again",
        ),
        pytest.param(
            [*SHARE, TARGET, moved_in("2026-03-01", 59)],
            "2026-02-01 .. 2026-03-01 condition",
            id="at the instant of the month itself",
        ),
        pytest.param(
            [*SHARE, TARGET, moved_in("2026-03-01 00:01", 59)],
            f"2026-02-01 .. {TO_JULY}",
            id="a minute later is for the next, where more is wanted",
        ),
        pytest.param(
            [*SHARE, TARGET, moved_in("2025-12-31", 181)],
            f"2026-02-01 .. {TO_JULY}",
            id="moved in before the half year",
        ),
        pytest.param(
            [*SHARE, TARGET, moved_in("2026-01-01", 31)],
            f"2026-03-01 .. {TO_JULY}",
            id="as it began",
        ),
        pytest.param(
            [*SHARE, TARGET, allocated("2026-01-20", "w-1", persons=181, group="regular")],
            f"2026-02-01 .. {TO_JULY}",
            id="other tenants",
        ),
        pytest.param(
            [*SHARE, TARGET, allocated("2026-01-20", "w-1", persons=181, gemeente="0957")],
            f"2026-02-01 .. {TO_JULY}",
            id="in another gemeente",
        ),
        pytest.param(
            [*SHARE, target("2026-01-02", "2026-1", 5), moved_in("2026-01-20", None)],
            f"2026-03-01 .. {TO_JULY}",
            id="a number that is not said is one person, enough for a month",
        ),
        pytest.param(
            [*SHARE, target("2026-01-02", "2026-1", 0)], "", id="nobody is wanted: never behind"
        ),
        pytest.param(
            [*SHARE, target("2026-03-15", "2026-1", 181)],
            f"2026-04-01 .. {TO_JULY}",
            id="set later",
        ),
        pytest.param(
            [*SHARE, target("2026-04-01", "2026-1", 181)],
            f"2026-04-01 .. {TO_JULY}",
            id="on a first",
        ),
        pytest.param([*SHARE, target("2026-06-02", "2026-1", 181)], "", id="set too late"),
        pytest.param(
            [*exceeded("2026-04-10"), TARGET], f"2026-05-01 .. {TO_JULY}", id="exceeded later"
        ),
        pytest.param(
            [*exceeded("2026-04-01"), TARGET], f"2026-04-01 .. {TO_JULY}", id="exceeded on a first"
        ),
        pytest.param([*exceeded("2025-11-01"), TARGET], "", id="exceeded last year, which is over"),
        pytest.param(
            [*SHARE, target("2026-06-01", "2026-2", 184)],
            "2026-08-01 .. 2027-01-01 condition",
            id="the second half year, of which 1 July is no first to look at",
        ),
        pytest.param(
            [*SHARE, TARGET, target("2026-01-03", "2026-1", 181, gemeente="0957", by=ROERMOND)],
            f"2026-02-01 .. {TO_JULY}, 2026-02-01 .. {TO_JULY}",
            id="each gemeente its own",
        ),
        pytest.param(
            [*SHARE, TARGET, target("2026-01-03", "2026-1", 20)],
            f"2026-02-01 .. {TO_JULY}, 2026-02-01 .. {TO_JULY}",
            id="each target its own",
        ),
        pytest.param(
            [*SHARE, TARGET, target("2026-02-10", "2026-1", 0, replaces=TARGET)],
            "",
            id="a target that was corrected",
        ),
    ],
)
def test_taakstelling_pressure(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans(facts, PRESSURE)) == raised


@having(st.integers(0, 400), st.integers(1, 400))
def test_behind_is_less_than_the_part_of_the_days_that_are_gone(persons: int, wanted: int) -> None:
    facts = [*SHARE, target("2026-01-02", "2026-1", wanted), moved_in("2026-01-20", persons)]
    begin, whole = date(2026, 1, 1), 181
    shown = [m for m in range(2, 7) if persons * whole < wanted * (date(2026, m, 1) - begin).days]
    raised = [wall(it.raised_at) for it in found(facts, PRESSURE)]
    assert raised == [f"2026-0{m}-01" for m in shown[:1]]


def test_the_opener_is_the_target_and_the_alert_has_its_gemeente() -> None:
    finding = alert([*SHARE, TARGET], PRESSURE)
    assert (finding.opener, finding.gemeente, finding.region) == (TARGET, "0988", "limburg-midden")


def test_closing_the_alert_of_the_share_takes_no_pressure_off() -> None:
    facts = [*SHARE, TARGET]
    facts.append(closed("2026-01-10", alert(facts, "allocation-share-exceeded")))
    assert spans(facts, PRESSURE) == [f"2026-02-01 .. {TO_JULY}"]


def test_nothing_is_seen_before_the_first_of_the_month() -> None:
    assert found([*SHARE, TARGET], PRESSURE, at="2026-01-31 23:59") == []
    assert alert([*SHARE, TARGET], PRESSURE, at="2026-02-01").raised_at == instant("2026-02-01")
