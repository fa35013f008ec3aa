"""What is known of findings at an instant, and when time alone changes something (agreement
document, Time; Explain)."""

import pytest

from hub.domain.findings import as_of, known_at, next_change
from hub.domain.search import search
from hub.domain.time import NEVER
from tests.building import (
    MAAS,
    acknowledged,
    alert,
    household,
    instant,
    moved_out,
    nuisance,
    parties,
    signed,
    span,
    wall,
)
from tests.domain.ruling import under

# One is raised by a deadline, one by a fact; the tenancy ends on 30 June.
RULES = under(
    "id: by-deadline\nwhen: {missing: {facts: [intake-completed], by: S + 10 d}}",
    "id: by-fact\nwhen: {run: {facts: [nuisance-reported], gap: 60 d}}",
)
FACTS = [signed("2026-03-02"), moved_out("2026-06-30", on="2026-03-02"), nuisance("2026-04-01")]
EVERY = search(household(*FACTS), [RULES], parties(), {})


@pytest.mark.parametrize(
    ("at", "known"),
    [
        pytest.param("2026-03-11 23:59", "", id="not before the deadline"),
        pytest.param("2026-03-12", "2026-03-12", id="from the deadline on"),
        pytest.param("2026-05-30 23:59", "2026-03-12, 2026-04-01", id="an end to come is no end"),
        pytest.param(
            "2026-05-31", "2026-03-12, 2026-04-01 .. 2026-05-31 condition", id="an end that came is"
        ),
        pytest.param(
            "2026-07-01",
            "2026-03-12 .. 2026-07-01 scope-ended, 2026-04-01 .. 2026-05-31 condition",
            id="all of them over",
        ),
    ],
)
def test_what_is_known(at: str, known: str) -> None:
    assert ", ".join(span(it) for it in known_at(EVERY, instant(at))) == known


@pytest.mark.parametrize(
    ("at", "moment"),
    [
        pytest.param("2026-03-02", "2026-03-12", id="the deadline"),
        pytest.param("2026-03-12", "2026-04-01", id="the next start"),
        pytest.param("2026-04-01", "2026-05-31", id="the first end"),
        pytest.param("2026-05-31", "2026-07-01", id="the last end"),
        pytest.param("2026-07-01", "", id="then nothing"),
    ],
)
def test_when_time_alone_changes_something(at: str, moment: str) -> None:
    found = next_change(EVERY, instant(at))
    assert ("" if found == NEVER else wall(found)) == moment


def test_the_finding_over_all_of_time_is_the_origin_of_what_is_known() -> None:
    [first, _] = EVERY
    assert as_of(first, instant("2026-03-12")).origin is first
    assert first.resolved_at == instant("2026-07-01")
    assert as_of(first, instant("2026-03-12")).resolved_at == NEVER


def test_what_is_known_has_the_acts_up_to_then() -> None:
    facts = [signed("2026-03-02"), nuisance("2026-04-01")]
    finding = alert(facts, "nuisance")
    facts.append(acknowledged("2026-04-10", finding, by=MAAS))
    statuses = [
        alert(facts, "nuisance", at=at).status for at in ("2026-04-09", "2026-04-10", "2026-06-01")
    ]
    assert statuses == ["open", "acknowledged", "resolved"]
