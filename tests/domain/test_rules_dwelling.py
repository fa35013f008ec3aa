"""The default rules of the dwelling and of later phases: their edges (agreement document, Default
rules)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    HUURDERS,
    MAAS,
    Terms,
    begeleiding,
    begeleiding_ended,
    contact,
    damage,
    family_came,
    family_expected,
    housing_information,
    interpreter_provided,
    interpreter_requested,
    introduction,
    missed,
    moved_out,
    phase,
    phase_completed,
    repaired,
    signed,
    spans,
    temporary_housing,
    work_placement,
)

L1 = signed("2026-03-02", on="2026-02-16", terms=Terms(max_persons=4, persons=1))
END = "2027-03-02 scope-ended"
D1 = damage("2026-04-01")
EXPIRED = "2026-04-01 .. 2026-06-30 expired"


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([D1], EXPIRED, id="nobody began: until ninety days later"),
        pytest.param([damage("2026-04-01", "unknown")], EXPIRED, id="of a cause nobody knows"),
        pytest.param([damage("2026-04-01", "wear")], "", id="by wear"),
        pytest.param([damage("2026-04-01", "other")], "", id="by something else"),
        pytest.param([begeleiding("2026-04-01"), D1], "", id="begeleiding began just then"),
        pytest.param(
            [begeleiding("2026-03-05"), begeleiding_ended("2026-04-01"), D1],
            EXPIRED,
            id="ended just then",
        ),
        pytest.param([begeleiding("2026-02-18"), D1], EXPIRED, id="no contact for 42 days"),
        pytest.param(
            [begeleiding("2026-02-18"), contact("2026-04-01"), D1], "", id="contact just then"
        ),
        pytest.param([begeleiding("2026-04-02"), D1], EXPIRED, id="begeleiding a day later"),
        pytest.param(
            [D1, repaired("2026-05-01", "wear")],
            "2026-04-01 .. 2026-05-01 condition",
            id="it was wear after all",
        ),
        pytest.param([D1, repaired("2026-05-01", "resident")], EXPIRED, id="it was the resident"),
        pytest.param([D1, repaired("2026-05-01", "unknown")], EXPIRED, id="nobody knows"),
        pytest.param(
            [D1, damage("2026-04-10"), repaired("2026-05-01", "third-party", concerns=D1)],
            "2026-04-01 .. 2026-05-01 condition, 2026-04-10 .. 2026-07-09 expired",
            id="a repair of the first of two",
        ),
        pytest.param(
            [D1, damage("2026-04-10"), repaired("2026-05-01", "third-party")],
            "2026-04-01 .. 2026-05-01 condition, 2026-04-10 .. 2026-05-01 condition",
            id="a repair that names none is of both",
        ),
        pytest.param(
            [D1, moved_out("2026-04-30")], "2026-04-01 .. 2026-05-01 scope-ended", id="moved out"
        ),
    ],
)
def test_damage_without_begeleiding(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, *facts], "damage-without-begeleiding")) == raised


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([D1], "", id="once"),
        pytest.param(
            [D1, damage("2026-09-28")], "2026-09-28 .. 2026-12-27 expired", id="180 days later"
        ),
        pytest.param([D1, damage("2026-09-28 00:01")], "", id="a minute more"),
        pytest.param([D1, damage("2026-05-01", "unknown")], "", id="of a cause nobody knows"),
        pytest.param(
            [damage("2026-02-01"), D1], EXPIRED, id="the first may be from before the start"
        ),
        pytest.param(
            [D1, damage("2026-05-01"), damage("2026-08-01")],
            "2026-05-01 .. 2026-07-30 expired",
            id="one after it expired",
        ),
        pytest.param(
            [D1, damage("2026-05-01"), damage("2026-08-01"), damage("2026-08-02")],
            "2026-05-01 .. 2026-07-30 expired, 2026-08-02 .. 2026-10-31 expired",
            id="two after it expired",
        ),
    ],
)
def test_repeated_damage(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, *facts], "repeated-damage")) == raised


ASKED = interpreter_requested("2026-04-30 16:00")  # a Thursday; 5 May is no working day


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([ASKED], f"2026-05-08 16:00 .. {END}", id="five working days later"),
        pytest.param([ASKED, interpreter_provided("2026-05-08 16:00")], "", id="just in time"),
        pytest.param(
            [ASKED, interpreter_provided("2026-05-11")],
            "2026-05-08 16:00 .. 2026-05-11 condition",
            id="late",
        ),
        pytest.param(
            [ASKED, interpreter_provided("2026-05-01", concerns=missed("2026-04"))],
            f"2026-05-08 16:00 .. {END}",
            id="provided for something else",
        ),
    ],
)
def test_interpreter_not_provided(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, *facts], "interpreter-not-provided")) == raised


@pytest.mark.parametrize(
    ("rule", "facts", "raised"),
    [
        pytest.param(
            "housing-information-missing", [], f"2026-04-01 .. {END}", id="no information"
        ),
        pytest.param(
            "housing-information-missing", [housing_information("2026-04-01")], "", id="just"
        ),
        pytest.param(
            "housing-information-missing",
            [housing_information("2026-02-20", address=1)],
            "",
            id="given at the address before the start",
        ),
        pytest.param("introduction-missing", [], f"2026-05-01 .. {END}", id="no introduction"),
        pytest.param(
            "introduction-missing", [introduction("2026-05-01", by=HUURDERS)], "", id="by huurders"
        ),
        pytest.param(
            "introduction-missing",
            [introduction("2026-05-10", by=MAAS)],
            "2026-05-01 .. 2026-05-10 condition",
            id="late, by the corporatie",
        ),
    ],
)
def test_what_must_be_done_once(rule: str, facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, *facts], rule)) == raised


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([family_expected("2026-04-01", 3)], "", id="just room enough"),
        pytest.param([family_expected("2026-04-01", 4)], f"2026-04-01 .. {END}", id="one too many"),
        pytest.param(
            [family_expected("2026-04-01", 4), temporary_housing("2026-05-01", by=MAAS)],
            "2026-04-01 .. 2026-05-01 condition",
            id="until there is temporary housing",
        ),
        pytest.param(
            [family_expected("2026-04-01", 4), temporary_housing("2026-04-01")],
            "",
            id="which was arranged at once",
        ),
        pytest.param(
            [temporary_housing("2026-03-20"), family_expected("2026-04-01", 4)],
            f"2026-04-01 .. {END}",
            id="what was arranged before is not for this",
        ),
        pytest.param(
            [
                family_expected("2026-04-01", 4),
                temporary_housing("2026-05-01"),
                family_came("2026-06-01", 5),
            ],
            "2026-04-01 .. 2026-05-01 condition",
            id="not again while there are too many",
        ),
    ],
)
def test_no_room_for_family(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, *facts], "no-room-for-family")) == raised


PHASE = "coaching-integratie"
BEGUN = phase("2026-08-31 09:00", PHASE)


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([BEGUN], "2027-02-28 09:00", id="six months on, to the end of February"),
        pytest.param([BEGUN, work_placement("2027-02-28 09:00")], "", id="just in time"),
        pytest.param([BEGUN, work_placement("2026-04-01")], "", id="from before the phase"),
        pytest.param(
            [BEGUN, work_placement("2027-08-01")],
            "2027-02-28 09:00 .. 2027-08-01 condition",
            id="also after the monitoring",
        ),
        pytest.param(
            [BEGUN, phase_completed("2027-02-28 09:00", PHASE)], "", id="completed just then"
        ),
        pytest.param(
            [BEGUN, phase_completed("2027-03-01", PHASE)],
            "2027-02-28 09:00 .. 2027-03-01 scope-ended",
            id="until it is completed",
        ),
        pytest.param(
            [BEGUN, phase_completed("2026-10-01", PHASE), phase("2026-11-15", PHASE)],
            "2027-05-15",
            id="the phase began anew: six months from then",
        ),
        pytest.param(
            [BEGUN, phase_completed("2026-10-01", PHASE), phase("2026-10-01", PHASE)],
            "2027-02-28 09:00",
            id="began anew without a gap: from the first",
        ),
        pytest.param([BEGUN, moved_out("2027-01-31")], "", id="moved out before"),
        pytest.param(
            [phase("2025-08-01", PHASE)], "2026-03-02", id="due before the start: from the start"
        ),
        pytest.param([phase("2026-08-31", "coaching-vestiging")], "", id="another phase"),
    ],
)
def test_work_placement_missing(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans([L1, *facts], "work-placement-missing")) == raised
