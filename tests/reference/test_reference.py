"""The naive reference gives what every scenario expects, in whatever order and how often."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reference.evaluator import evaluate

SCENARIOS = Path(__file__).parents[1] / "scenarios"
PARTIES = json.loads((SCENARIOS / "parties.json").read_text())
NAMES = [path.stem for path in sorted(SCENARIOS.glob("[0-9]*.json"))]
KEYS = [
    "alertId",
    "rule",
    "status",
    "raisedAt",
    "resolvedAt",
    "resolution",
    "severity",
    "gemeente",
    "references",
    "evidence",
    "absent",
    "heldFor",
    "agreement",
]
Json = dict[str, Any]


def scenario(name: str) -> Json:
    case: Json = json.loads((SCENARIOS / f"{name}.json").read_text())
    return case


def findings_of(case: Json, facts: list[Json]) -> list[Json]:
    return evaluate(facts, case["now"], PARTIES)


def as_expected(alert: Json, expected: Json) -> Json:
    """The fields of an alert that an expectation has, under the names it has them."""
    seen = {
        **alert,
        "evidenceIds": [fact["id"] for fact in alert["evidence"]],
        "absentTypes": sorted(fact["type"] for fact in alert["absent"]),
    }
    return {field: seen[field] for field in expected}


def check(alerts: list[Json], expected: list[Json]) -> None:
    assert [alert["alertId"] for alert in alerts] == [one["alertId"] for one in expected]
    assert [as_expected(*pair) for pair in zip(alerts, expected, strict=True)] == expected


@pytest.mark.parametrize("name", NAMES)
def test_finds_exactly_what_is_expected(name: str) -> None:
    case = scenario(name)
    check(findings_of(case, case["facts"]), case["expect"])


@pytest.mark.parametrize("name", [name for name in NAMES if "expectBefore" in scenario(name)])
def test_finds_what_is_expected_before_the_late_facts(name: str) -> None:
    case = scenario(name)
    early = [fact for fact in case["facts"] if fact["id"] not in case["lateIds"]]
    check(findings_of(case, early), case["expectBefore"])


@pytest.mark.parametrize("name", NAMES)
def test_order_and_repetition_change_nothing(name: str) -> None:
    case = scenario(name)
    facts = case["facts"]
    once = json.dumps(findings_of(case, facts))
    assert json.dumps(findings_of(case, facts[::-1])) == once
    assert json.dumps(findings_of(case, [*facts, *facts[::-1]])) == once


def test_every_scenario_is_there() -> None:
    assert [name[:2] for name in NAMES] == [f"{number:02d}" for number in range(1, 95)]


def test_prints_the_keys_of_the_document_in_its_order() -> None:
    case = scenario("01-intake-missing-holds")
    assert [list(alert) for alert in findings_of(case, case["facts"])] == [KEYS]
