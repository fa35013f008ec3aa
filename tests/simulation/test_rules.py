"""A simulated year makes every rule of the default agreement hold somewhere, as the naive
reference sees it; most households are well all the same."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Final

import pytest
import yaml

from hub.shipped import shipped
from hub.simulation.demo import demo_schedule
from tests.reference.evaluator import evaluate
from tests.simulation.region import Json, events, lines

PARTIES: Final[Json] = json.loads(
    (Path(__file__).parents[1] / "scenarios" / "parties.json").read_text("utf-8")
)
DAY_ONE: Final = "2024-01-01T12:00:00+01:00"


@pytest.fixture(scope="module")
def alerts() -> list[Json]:
    return evaluate(events(lines(500, 12)), "2025-01-01T00:00:00+01:00", PARTIES)


def rules(section: str) -> set[str]:
    file = shipped("agreements") / "duurzame-start.yaml"
    return {rule["id"] for rule in yaml.safe_load(file.read_text("utf-8"))[section]}


@pytest.mark.slow
def test_every_rule_of_a_household_holds_a_few_times(alerts: list[Json]) -> None:
    held = Counter(alert["rule"] for alert in alerts if "references" in alert)
    assert held.keys() == rules("rules")
    assert min(held.values()) >= 3, held


@pytest.mark.slow
def test_every_rule_of_the_region_holds(alerts: list[Json]) -> None:
    held = {alert["rule"] for alert in alerts if "references" not in alert}
    assert held == rules("regionRules")


@pytest.mark.slow
def test_alerts_are_answered_held_back_and_resolved_in_every_way(alerts: list[Json]) -> None:
    statuses = {"open", "acknowledged", "agreed", "resolved", "closed"}
    assert {alert["status"] for alert in alerts} == statuses
    ways = {"condition", "approach", "expired", "scope-ended", "closed", None}
    assert {alert["resolution"] for alert in alerts} == ways
    assert any(alert["heldFor"] for alert in alerts)


@pytest.mark.slow
def test_a_third_has_no_alert_in_a_year_and_few_have_many(alerts: list[Json]) -> None:
    per_household = Counter(json.dumps(alert.get("references")) for alert in alerts)
    assert len(per_household) < 0.7 * 500
    assert sum(number > 3 for number in per_household.values()) < 0.25 * 500


def test_in_the_demo_something_urgent_always_waits_for_an_answer() -> None:
    arrived = [json.loads(arrival.line) for arrival in demo_schedule()]
    for day in ("2024-01-06", "2024-01-20", "2024-04-01", "2024-11-01"):
        found = evaluate(arrived, day, PARTIES)
        waits = [it for it in found if (it["severity"], it["status"]) == ("critical", "open")]
        assert {it["gemeente"] for it in waits} == {"0988", "0957"}, day


def test_the_demo_has_a_joint_alert_before_noon_of_day_one() -> None:
    arrived = [json.loads(arrival.line) for arrival in demo_schedule()]
    found = evaluate(arrived, DAY_ONE, PARTIES)
    assert [alert["severity"] for alert in found if alert["status"] == "open"].count(
        "critical"
    ) == 1
