"""The default rules of the first weeks: their edges (agreement document, Default
rules)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    aanspreekpunt,
    aanspreekpunt_withdrawn,
    inburgering,
    inburgering_completed,
    intake,
    linked,
    moved_out,
    signed,
    spans,
)

L1 = signed("2026-03-02", on="2026-02-16")  # both Mondays
END = "2027-03-02 scope-ended"
MISSED_BY = "00:00:00.001"


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([], f"2026-03-03 .. {END}", id="a day after the start"),
        pytest.param([intake("2026-03-03")], "", id="met at the instant"),
        pytest.param(
            [intake(f"2026-03-03 {MISSED_BY}")],
            f"2026-03-03 .. 2026-03-03 {MISSED_BY} condition",
            id="a millisecond late",
        ),
        pytest.param([intake("2025-11-01")], "", id="held long before"),
        pytest.param(
            [intake("2026-02-20", dossier="D-1"), linked("2026-09-01", lease="L-1", dossier="D-1")],
            "",
            id="held for the dossier, linked much later",
        ),
        pytest.param([intake("2026-02-20", address=1)], "", id="held at the address"),
        pytest.param([moved_out("2026-03-02")], "", id="the tenancy ends at the deadline"),
    ],
)
def test_intake_missing(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, *facts], "intake-missing")) == raised


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([], f"2026-05-11 .. {END}", id="seventy days after the start, over spring"),
        pytest.param([inburgering("2026-05-11")], "", id="started at the instant"),
        pytest.param([inburgering_completed("2019-01-01")], "", id="completed years ago"),
        pytest.param(
            [inburgering_completed("2026-06-01")],
            "2026-05-11 .. 2026-06-01 condition",
            id="resolves",
        ),
    ],
)
def test_inburgering_not_started(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, *facts], "inburgering-not-started")) == raised


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([], f"2026-03-09 .. {END}", id="five working days after the start"),
        pytest.param([aanspreekpunt("2026-03-09")], "", id="one at the instant"),
        pytest.param([aanspreekpunt("2026-02-01")], "", id="one from before"),
        pytest.param(
            [aanspreekpunt("2026-03-09 00:01")],
            "2026-03-09 .. 2026-03-09 00:01 condition",
            id="a minute late",
        ),
        pytest.param(
            [aanspreekpunt("2026-02-01"), aanspreekpunt_withdrawn("2026-02-20")],
            f"2026-03-09 .. {END}",
            id="withdrawn before the start: counted from that",
        ),
        pytest.param(
            [aanspreekpunt("2026-03-03"), aanspreekpunt_withdrawn("2026-04-02 10:00")],
            f"2026-04-13 10:00 .. {END}",
            id="withdrawn before Easter: five working days on",
        ),
        pytest.param(
            [
                aanspreekpunt("2026-03-03"),
                aanspreekpunt_withdrawn("2026-04-02 10:00"),
                aanspreekpunt("2026-04-02 10:00", "B. Smit"),
            ],
            "",
            id="taken over at the same instant",
        ),
        pytest.param(
            [aanspreekpunt("2026-03-03"), aanspreekpunt("2026-04-01", "B. Smit")],
            "",
            id="a second while the first is in force",
        ),
        pytest.param(
            [aanspreekpunt("2026-03-03"), aanspreekpunt_withdrawn("2027-02-26")], "", id="over"
        ),
    ],
)
def test_aanspreekpunt_missing(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, *facts], "aanspreekpunt-missing")) == raised
