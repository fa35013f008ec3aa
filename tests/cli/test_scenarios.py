"""Every scenario through `backtest`: exactly the alerts that were worked out by hand.

What is compared, and how, stands in tests/scenarios/README.md.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from msgspec.json import encode

from hub.agreement_files import load
from hub.domain.time import parse_instant
from hub.shipped import shipped
from hub.streams.backtest import Backtest
from tests.cli.terminal import seintje

SCENARIOS = Path(__file__).parents[1] / "scenarios"
NAMES = [path.stem for path in sorted(SCENARIOS.glob("[0-9]*.json"))]
Json = dict[str, Any]


@lru_cache(maxsize=1)
def shipped_agreements() -> Any:
    return load(shipped("agreements"))


def scenario(name: str) -> Json:
    case: Json = json.loads((SCENARIOS / f"{name}.json").read_text())
    return case


def evaluated(facts: list[Json], now: str) -> tuple[list[Json], list[str]]:
    """The alerts as printed, and the slugs of what was refused."""
    backtest = Backtest(*shipped_agreements())
    answers = [backtest.put(json.dumps(fact).encode()) for fact in facts]
    alerts = [json.loads(encode(alert)) for alert in backtest.alerts(parse_instant(now))]
    return alerts, sorted({answer.slug.value for answer in answers if answer is not None})


def check(alerts: list[Json], expected: list[Json]) -> None:
    assert [alert["alertId"] for alert in alerts] == [one["alertId"] for one in expected]
    assert [as_expected(*pair) for pair in zip(alerts, expected, strict=True)] == expected


def as_expected(alert: Json, expected: Json) -> Json:
    """The fields of an alert that an expectation has, under the names it has them."""
    seen = {
        **alert,
        "evidenceIds": [fact["id"] for fact in alert["evidence"]],
        "absentTypes": sorted(fact["type"] for fact in alert["absent"]),
    }
    return {field: seen[field] for field in expected}


@pytest.mark.parametrize("name", NAMES)
def test_finds_exactly_what_is_expected(name: str) -> None:
    case = scenario(name)
    alerts, slugs = evaluated(case["facts"], case["now"])
    check(alerts, case["expect"])
    assert slugs == sorted(case.get("refused", []))


@pytest.mark.parametrize("name", [name for name in NAMES if "expectBefore" in scenario(name)])
def test_finds_what_is_expected_before_the_late_facts(name: str) -> None:
    case = scenario(name)
    early = [fact for fact in case["facts"] if fact["id"] not in case["lateIds"]]
    check(evaluated(early, case["now"])[0], case["expectBefore"])


@pytest.mark.parametrize("name", NAMES)
def test_order_and_repetition_change_nothing(name: str) -> None:
    case = scenario(name)
    facts = case["facts"]
    once = evaluated(facts, case["now"])[0]
    assert evaluated(facts[::-1] + facts, case["now"])[0] == once


@pytest.mark.parametrize("name", NAMES[::16])
def test_the_command_prints_what_is_expected(name: str, tmp_path: Path) -> None:
    case = scenario(name)
    file = tmp_path / "facts.jsonl"
    file.write_text("\n".join(map(json.dumps, case["facts"])))
    ran = seintje("backtest", file, "--now", case["now"])
    assert ran.code == 0
    check(ran.rows, case["expect"])
