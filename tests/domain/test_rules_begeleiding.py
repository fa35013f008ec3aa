"""The default rules of begeleiding and phases: their edges (agreement document, Default rules)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    begeleiding,
    begeleiding_ended,
    contact,
    intake,
    phase,
    phase_completed,
    retracted,
    signed,
    spans,
)

L1 = signed("2026-03-02", on="2026-02-16")  # both Mondays
END = "2027-03-02 scope-ended"


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([], f"2026-03-16 .. {END}", id="two weeks after the start"),
        pytest.param([begeleiding("2026-03-16")], "", id="begun at the instant"),
        pytest.param(
            [begeleiding("2026-03-20")], "2026-03-16 .. 2026-03-20 condition", id="resolves"
        ),
        pytest.param(
            [begeleiding("2026-01-01"), begeleiding_ended("2026-03-02")],
            f"2026-03-16 .. {END}",
            id="over at the start",
        ),
        pytest.param(
            [begeleiding("2026-01-01"), begeleiding_ended("2026-03-02 00:01")],
            "",
            id="in force for a minute",
        ),
    ],
)
def test_begeleiding_missing(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, *facts], "begeleiding-missing")) == raised


CARED = begeleiding("2026-03-05")


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param(
            [begeleiding_ended("2026-06-05 10:00")], f"2026-06-09 10:00 .. {END}", id="a Friday"
        ),
        pytest.param(
            [begeleiding_ended("2026-06-05 10:00"), begeleiding("2026-06-09 10:00")],
            "",
            id="begun again just in time",
        ),
        pytest.param(
            [begeleiding_ended("2026-06-05 10:00"), begeleiding("2026-06-10")],
            "2026-06-09 10:00 .. 2026-06-10 condition",
            id="begun again, late",
        ),
        pytest.param(
            [begeleiding_ended("2026-06-05 10:00"), begeleiding("2026-06-05 10:00")],
            "",
            id="taken over by another at the same instant",
        ),
        pytest.param([begeleiding_ended("2027-02-16")], "", id="a year after signing: as agreed"),
        pytest.param(
            [begeleiding_ended("2027-02-15 23:59")],
            f"2027-02-17 23:59 .. {END}",
            id="a minute before it was a year",
        ),
        pytest.param(
            [
                begeleiding_ended("2026-06-05 10:00"),
                begeleiding("2026-07-01"),
                begeleiding_ended("2026-08-03"),
            ],
            f"2026-06-09 10:00 .. 2026-07-01 condition, 2026-08-05 .. {END}",
            id="twice",
        ),
        pytest.param([], "", id="it goes on"),
    ],
)
def test_begeleiding_ended_early(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, CARED, *facts], "begeleiding-ended-early")) == raised


def test_begeleiding_that_ended_before_the_start_is_missing_not_ended_early() -> None:
    facts = [L1, begeleiding("2026-01-01"), begeleiding_ended("2026-02-20")]
    assert spans(facts, "begeleiding-ended-early") == []
    assert spans(facts, "begeleiding-missing") == [f"2026-03-16 .. {END}"]


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([CARED], f"2026-04-16 .. {END}", id="42 days after it began"),
        pytest.param([CARED, contact("2026-04-16")], f"2026-05-28 .. {END}", id="in time"),
        pytest.param(
            [CARED, contact("2026-04-17")],
            f"2026-04-16 .. 2026-04-17 condition, 2026-05-29 .. {END}",
            id="a day late",
        ),
        pytest.param(
            [CARED, begeleiding_ended("2026-05-01")],
            "2026-04-16 .. 2026-05-01 condition",
            id="until it ends",
        ),
        pytest.param([contact("2026-03-05")], "", id="there is no begeleiding"),
        pytest.param(
            [CARED, begeleiding_ended("2026-04-01"), begeleiding("2026-05-01")],
            f"2026-06-12 .. {END}",
            id="beginning again is contact",
        ),
        pytest.param(
            [begeleiding("2025-12-01")], f"2026-03-02 .. {END}", id="lapsed before the start"
        ),
        pytest.param(
            [begeleiding("2026-02-14 02:30")],
            f"2026-03-28 02:30 .. {END}",
            id="at the same time of day",
        ),
    ],
)
def test_begeleiding_contact_lapsed(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, *facts], "begeleiding-contact-lapsed")) == raised


VESTIGING, INTEGRATIE = "coaching-vestiging", "coaching-integratie"
BEGUN = phase("2026-04-01", VESTIGING)


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param(
            [L1, phase("2026-04-01", VESTIGING), phase("2026-05-01", INTEGRATIE)],
            "2026-05-31",
            id="thirty days in two, as long as it lasts",
        ),
        pytest.param(
            [
                L1,
                phase("2026-04-01", VESTIGING),
                phase("2026-05-01", INTEGRATIE),
                phase_completed("2026-05-31", VESTIGING),
            ],
            "",
            id="completed on the thirtieth day",
        ),
        pytest.param(
            [
                L1,
                phase("2026-04-01", VESTIGING),
                phase("2026-05-01", INTEGRATIE),
                phase_completed("2026-06-10", INTEGRATIE),
            ],
            "2026-05-31 .. 2026-06-10 condition",
            id="resolves by either",
        ),
        pytest.param(
            [
                intake("2026-02-01", dossier="D-1"),
                phase("2026-02-10", VESTIGING, dossier="D-1"),
                phase("2026-03-01", INTEGRATIE, dossier="D-1"),
                phase_completed("2026-03-02", VESTIGING, dossier="D-1"),
            ],
            "2026-03-12",
            id="without a lease: any pair, one after the other, is one overlap",
        ),
        pytest.param(
            [L1, intake("2026-01-01"), phase("2026-01-10", VESTIGING)],
            "2026-02-09 .. 2026-02-16 condition",
            id="pre-vestiging ends at signing",
        ),
        pytest.param(
            [L1, phase("2026-04-01", VESTIGING), phase("2027-06-01", INTEGRATIE)],
            "2027-07-01",
            id="also after the monitoring",
        ),
        pytest.param(
            [L1, BEGUN, phase("2026-05-01", INTEGRATIE), retracted("2026-06-10", BEGUN)],
            "",
            id="one had not begun after all",
        ),
    ],
)
def test_phase_overlap(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans(facts, "phase-overlap")) == raised
