"""The history checker finds what is wrong, and nothing where all is well."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from hub.streams.backtest import Alert, Reference, Version
from tests.faults.kafka.history import (
    Answer,
    Expected,
    FactName,
    History,
    Letter,
    Told,
    complaints,
)
from tests.kafka.contents import Standing

ALERT = Alert(
    alert_id="al-1", rule="housing-information-missing", status="resolved",
    raised_at="2024-01-01T00:00:00.000Z", resolved_at=None, resolution=None, severity="low",
    gemeente="0988", references=(Reference("lease", "corporatie-maas", "L-1"),),
    evidence=(), absent=(), held_for=(), agreement=Version("duurzame-start", "1"),
)  # fmt: skip
FACT = FactName("0988", "urn:nld:kvknr:90000001:systeem:a", "1")
LETTER = Letter("in/corporatie-maas", 3, "malformed")
ACCEPTED = Answer(is_refused=False, problem=None)
WELL = Standing("correlate-0", 7, 7, 7)


def told(revision: int = 1, status: str = "open", **more: Any) -> Told:
    view = {"status": status, "title": "Iets", "household": "hh-1"} | more
    return Told("corporatie-maas", "al-1", revision, json.dumps(view).encode())


EXPECTED = Expected(
    kept={FACT},
    may_be_kept={FACT},
    findings=[b"{}"],
    alerts={"al-1": ALERT},
    receipts={"rc-1": {ACCEPTED}},
    answerable={"rc-1", "rc-2"},
    letters={LETTER},
)
GOOD = History(
    kept={FACT},
    findings=[b"{}"],
    told=[told(), told(2, "resolved")],
    receipts=[("rc-1", Answer(is_refused=True, problem="x")), ("rc-1", ACCEPTED)],
    disclosed=[("corporatie-maas", "al-1")] * 2,
    held={},
    letters=[LETTER, LETTER],
    standings=[WELL],
)


def test_nothing_is_wrong_where_all_is_well() -> None:
    assert not complaints(GOOD, EXPECTED)


@pytest.mark.parametrize(
    ("changes", "told_of"),
    [
        pytest.param({"kept": set()}, "lost: 0988 urn", id="a fact is lost"),
        pytest.param({"kept": {FACT, FACT._replace(id="2")}}, "should not be", id="made up"),
        pytest.param({"findings": []}, "not found: {}", id="not found"),
        pytest.param({"findings": [b"{}", b"[]"]}, "found, and should not be", id="found"),
        pytest.param({"findings": [b"{}", b"{}"]}, "or twice", id="found twice"),
        pytest.param(
            {"told": [told(), told(1), told(2, "resolved")]}, "revision 1 twice", id="told twice"
        ),
        pytest.param(
            {"told": [told(), told(1, "closed"), told(2, "resolved")]},
            "revision 1 twice, with other content",
            id="told twice, otherwise",
        ),
        pytest.param({"told": [told(), told(3, "resolved")]}, "revision 3, expected 2", id="a gap"),
        pytest.param(
            {"told": [told(2, "resolved"), told()]}, "revision 2, expected 1", id="not in order"
        ),
        pytest.param({"told": [told()]}, "open, it is resolved", id="not told how it ended"),
        pytest.param({"told": []}, "None, it is resolved", id="not told at all"),
        pytest.param({"receipts": []}, "no receipt rc-1", id="no receipt"),
        pytest.param(
            {"receipts": [("rc-1", Answer(is_refused=True, problem="x"))]},
            "receipt rc-1: ",
            id="another receipt",
        ),
        pytest.param(
            {"receipts": [*GOOD.receipts, ("rc-3", ACCEPTED)]}, "of nothing", id="a receipt of what"
        ),
        pytest.param(
            {"disclosed": [("corporatie-maas", "al-1")]},
            "shown 2 times, disclosed 1 times",
            id="shown and not disclosed",
        ),
        pytest.param({"letters": []}, "no dead letter: in/corporatie-maas 3", id="no letter"),
        pytest.param(
            {"letters": [LETTER, LETTER._replace(position=4)]}, "of something else", id="a letter"
        ),
        pytest.param(
            {"standings": [Standing("correlate-0", 6, 7, 7)]},
            "change log at 6, group at 7",
            id="change log and group differ",
        ),
        pytest.param(
            {"standings": [Standing("correlate-0", 7, 7, 9)]}, "input up to 9", id="not at the end"
        ),
    ],
)
def test_what_is_wrong_is_told(changes: dict[str, Any], told_of: str) -> None:
    found = complaints(replace(GOOD, **changes), EXPECTED)
    assert any(told_of in line for line in found), found


def test_what_ends_without_data_needs_no_disclosure() -> None:
    ended = Told("corporatie-maas", "al-1", 2, b'{"status": "resolved", "household": "hh-1"}')
    history = replace(GOOD, told=[told(), ended], disclosed=[("corporatie-maas", "al-1")])
    assert not complaints(history, EXPECTED)


def test_not_more_is_told_than_anybody_reads() -> None:
    history = replace(GOOD, kept={FACT._replace(id=str(number)) for number in range(1, 22)})
    found = complaints(history, EXPECTED)
    assert len(found) == 6
    assert "15 more" in found[-1]
