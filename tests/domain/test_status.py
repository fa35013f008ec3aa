"""The status of an alert (agreement document, Status)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    HUURDERS,
    MAAS,
    ONDERDAK,
    PEEL,
    RENT,
    WEERT,
    acknowledged,
    alert,
    approach,
    closed,
    missed,
    nuisance,
    paid,
    retracted,
    signed,
    span,
)

# A run of nuisance: gemeente and begeleider are informed, the corporatie acts; ends by approach.
L1 = signed("2026-03-02")
N1 = nuisance("2026-04-01")
RUN = alert([L1, N1], "nuisance")
WHOLE = "2026-04-01 .. 2026-05-31 condition"
# Two open periods: all of them act; no approach ends it.
ARREARS = [L1, missed("2026-03", "2026-04-01"), missed("2026-04", "2026-04-01")]
OPEN = alert(ARREARS, "rent-arrears")
SEEN = acknowledged("2026-04-10", RUN, by=MAAS)
CLOSED = closed("2026-04-20", RUN, by=MAAS)


@pytest.mark.parametrize(
    ("acts", "at", "status", "when"),
    [
        pytest.param([], "2026-04-15", "open", "2026-04-01", id="nobody did anything"),
        pytest.param([SEEN], "2026-04-15", "acknowledged", "2026-04-01", id="one party saw it"),
        pytest.param([SEEN], "2026-04-09", "open", "2026-04-01", id="not before it did"),
        pytest.param([SEEN], "2026-04-10", "acknowledged", "2026-04-01", id="from that instant on"),
        pytest.param(
            [acknowledged("2026-04-10", RUN, by=WEERT)],
            "2026-04-15",
            "acknowledged",
            "2026-04-01",
            id="one that is only informed",
        ),
        pytest.param(
            [acknowledged("2026-03-10", RUN, by=MAAS)],
            "2026-04-01",
            "acknowledged",
            "2026-04-01",
            id="before it was raised: counts from when it was",
        ),
        pytest.param(
            [acknowledged("2026-04-10", RUN, by=PEEL)],
            "2026-04-15",
            "open",
            "2026-04-01",
            id="a party that it does not tell",
        ),
        pytest.param(
            [acknowledged("2026-04-10", RUN, by=HUURDERS)],
            "2026-04-15",
            "open",
            "2026-04-01",
            id="a role that it does not tell",
        ),
        pytest.param([SEEN], "2026-06-01", "resolved", WHOLE, id="resolved hides acknowledged"),
        pytest.param(
            [CLOSED], "2026-04-15", "open", "2026-04-01", id="it is not closed before it is"
        ),
        pytest.param(
            [SEEN, CLOSED], "2026-04-20", "closed", "2026-04-01 .. 2026-04-20 closed", id="closed"
        ),
        pytest.param(
            [CLOSED, closed("2026-04-15", RUN, by=MAAS)],
            "2026-05-01",
            "closed",
            "2026-04-01 .. 2026-04-15 closed",
            id="by the first that does",
        ),
        pytest.param(
            [closed("2026-04-20", RUN, by=WEERT)],
            "2026-05-01",
            "open",
            "2026-04-01",
            id="not by one that is only informed",
        ),
        pytest.param(
            [closed("2026-04-20", RUN, by=PEEL)],
            "2026-05-01",
            "open",
            "2026-04-01",
            id="not by one that it does not tell",
        ),
        pytest.param(
            [closed("2026-03-10", RUN, by=MAAS)],
            "2026-04-01",
            "closed",
            "2026-04-01 .. 2026-04-01 closed",
            id="closed before it was raised: as it was raised, not empty",
        ),
        pytest.param(
            [closed("2026-05-31", RUN, by=MAAS)],
            "2026-06-01",
            "resolved",
            WHOLE,
            id="closed at the end changes nothing",
        ),
        pytest.param(
            [closed("2026-06-10", RUN, by=MAAS)], "2026-07-01", "resolved", WHOLE, id="nor after it"
        ),
        pytest.param(
            [approach("2026-04-20", RUN, by=WEERT)],
            "2026-05-01",
            "resolved",
            "2026-04-01 .. 2026-04-20 approach",
            id="an approach, where the rule lists it, by any that it tells",
        ),
        pytest.param(
            [approach("2026-03-10", RUN, by=MAAS)],
            "2026-04-01",
            "resolved",
            "2026-04-01 .. 2026-04-01 approach",
            id="an approach before it was raised: as it was raised",
        ),
        pytest.param(
            [CLOSED, approach("2026-04-20", RUN, by=MAAS)],
            "2026-05-01",
            "resolved",
            "2026-04-01 .. 2026-04-20 approach",
            id="closed and approach at one instant: the approach",
        ),
        pytest.param(
            [CLOSED, approach("2026-04-25", RUN, by=MAAS)],
            "2026-05-01",
            "closed",
            "2026-04-01 .. 2026-04-20 closed",
            id="an approach after it was closed",
        ),
        pytest.param(
            [CLOSED, retracted("2026-04-21", CLOSED)],
            "2026-05-01",
            "open",
            "2026-04-01",
            id="closed by mistake",
        ),
        pytest.param(
            [CLOSED, acknowledged("2026-04-12", RUN, by=MAAS, replaces=CLOSED)],
            "2026-05-01",
            "acknowledged",
            "2026-04-01",
            id="closed where it should have been acknowledged",
        ),
    ],
)
def test_a_run_of_nuisance(acts: list[Fact], at: str, status: str, when: str) -> None:
    finding = alert([L1, N1, *acts], "nuisance", at=at)
    assert (finding.status, span(finding)) == (status, when)


AGREED = approach("2026-04-20", OPEN, by=MAAS)


@pytest.mark.parametrize(
    ("acts", "at", "status"),
    [
        pytest.param([AGREED], "2026-05-01", "agreed", id="an approach leaves it open"),
        pytest.param(
            [AGREED, acknowledged("2026-04-25", OPEN, by=WEERT)],
            "2026-05-01",
            "agreed",
            id="agreed hides acknowledged, whichever is later",
        ),
        pytest.param([AGREED], "2026-04-19", "open", id="not before it was agreed"),
        pytest.param(
            [AGREED, closed("2026-04-30", OPEN, by=ONDERDAK)], "2026-05-01", "closed", id="closed"
        ),
        pytest.param(
            [AGREED, paid("2026-03", "2026-04-30", RENT)], "2026-05-01", "resolved", id="paid"
        ),
    ],
)
def test_a_rule_without_approach(acts: list[Fact], at: str, status: str) -> None:
    assert alert([*ARREARS, *acts], "rent-arrears", at=at).status == status
