"""Duties: acknowledge in time, one reminder, then escalation (agreement document, Duties)."""

import pytest

from hub.domain.alerts import Told
from hub.domain.duties import Duty, due, half_way, next_due
from hub.domain.time import NEVER
from tests.building import instant, wall

TOLD_AT, BY = "2026-04-06 10:00", "2026-04-10 10:00"
HALF_WAY = "2026-04-08 10:00"


def told(reminded: str = "", escalated: str = "", *, by: str = BY, status: str = "open") -> Told:
    return Told(
        revision=1,
        status=status,
        told_at=instant(TOLD_AT),
        respond_by=instant(by) if by else None,
        reminded_at=instant(reminded) if reminded else None,
        escalated_at=instant(escalated) if escalated else None,
    )


@pytest.mark.parametrize(
    ("duty", "now", "is_due"),
    [
        pytest.param(told(), TOLD_AT, Duty.NOTHING, id="just told"),
        pytest.param(told(), "2026-04-08 09:59", Duty.NOTHING, id="a minute before half-way"),
        pytest.param(told(), HALF_WAY, Duty.REMIND, id="half-way"),
        pytest.param(told(HALF_WAY), HALF_WAY, Duty.NOTHING, id="reminded once"),
        pytest.param(told(HALF_WAY), "2026-04-10 09:59", Duty.NOTHING, id="until the deadline"),
        pytest.param(told(HALF_WAY), BY, Duty.ESCALATE, id="the deadline"),
        pytest.param(told(HALF_WAY, BY), "2026-05-01", Duty.NOTHING, id="escalated once"),
        pytest.param(
            told(),
            "2026-04-20",
            Duty.REMIND,
            id="after downtime past the deadline: a reminder first",
        ),
        pytest.param(
            told("2026-04-20"),
            "2026-04-20",
            Duty.NOTHING,
            id="no escalation the moment they are asked",
        ),
        pytest.param(
            told("2026-04-20"),
            "2026-04-21 23:59",
            Duty.NOTHING,
            id="but as long after the reminder as the reminder came after the notice",
        ),
        pytest.param(told("2026-04-20"), "2026-04-22", Duty.ESCALATE, id="then an escalation"),
        pytest.param(
            told("2026-04-09"), BY, Duty.NOTHING, id="a late reminder moves the escalation too"
        ),
        pytest.param(told("2026-04-09"), "2026-04-11", Duty.ESCALATE, id="by so much"),
        pytest.param(told(by=""), "2026-06-01", Duty.NOTHING, id="there is no deadline"),
        pytest.param(told(status="withdrawn"), BY, Duty.NOTHING, id="it was taken back"),
        pytest.param(Told(), BY, Duty.NOTHING, id="nothing was told"),
    ],
)
def test_what_is_due(duty: Told, now: str, is_due: Duty) -> None:
    assert due(duty, instant(now), answered=False, ended=False) is is_due


@pytest.mark.parametrize("duty", [told(), told(HALF_WAY)], ids=["not reminded", "reminded"])
@pytest.mark.parametrize(("answered", "ended"), [(True, False), (False, True), (True, True)])
def test_nothing_is_due_once_answered_or_ended(duty: Told, answered: bool, ended: bool) -> None:
    assert due(duty, instant("2027-01-01"), answered=answered, ended=ended) is Duty.NOTHING
    assert next_due(duty, answered=answered, ended=ended) == NEVER


@pytest.mark.parametrize(
    ("duty", "at"),
    [
        pytest.param(told(), HALF_WAY, id="the reminder"),
        pytest.param(told(HALF_WAY), BY, id="then the escalation"),
        pytest.param(told("2026-04-20"), "2026-04-22", id="after downtime, later"),
        pytest.param(told(HALF_WAY, BY), "", id="then nothing"),
        pytest.param(told(by=""), "", id="nothing without a deadline"),
        pytest.param(told(status="erased"), "", id="nothing of what is erased"),
        pytest.param(Told(), "", id="nothing of what was not told"),
    ],
)
def test_when_something_will_be_due(duty: Told, at: str) -> None:
    found = next_due(duty, answered=False, ended=False)
    assert ("" if found == NEVER else wall(found)) == at


@pytest.mark.parametrize("duty", [told(), told(HALF_WAY), told("2026-04-20"), told("2026-04-09")])
def test_what_will_be_due_is_due_then_and_not_before(duty: Told) -> None:
    at = next_due(duty, answered=False, ended=False)
    assert due(duty, at - 1, answered=False, ended=False) is Duty.NOTHING
    assert due(duty, at, answered=False, ended=False) is not Duty.NOTHING


def test_half_way_is_counted_from_the_notice() -> None:
    assert wall(half_way(instant(TOLD_AT), instant(BY))) == HALF_WAY
    assert half_way(0, 3) == 1, "whole milliseconds"
