"""Shorter rules are the same rules."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from tests.prometheus.rules import FOLDER, alerts
from tests.watching.shortened import (
    RULES,
    alertmanager,
    shorter,
    shorter_expression,
    shorter_rules,
)

_NEVER = 1 << 20  # what is shorter would break its lines elsewhere
_ANY_DURATION = re.compile(r"\b\d+[smhdwy]\b")


def test_a_duration_is_a_sixtieth_and_never_nothing() -> None:
    assert [shorter(it) for it in ("2m", "6h", "1d", "30s")] == ["2s", "360s", "1440s", "1s"]


def test_windows_and_looks_back_and_ahead_are_shorter_and_bounds_are_not() -> None:
    assert shorter_expression("rate(a[5m]) > 2 * 3600") == "rate(a[5s]) > 2 * 3600"
    assert shorter_expression("a > a offset 1d") == "a > a offset 1440s"
    assert shorter_expression("predict_linear(a[6h], 3 * 86400) < 0") == (
        "predict_linear(a[360s], 4320) < 0"
    )


def test_nothing_but_durations_differs_from_what_is_shipped() -> None:
    for name in RULES:
        shipped = yaml.safe_load((FOLDER / name).read_text("utf-8"))
        for group in shipped["groups"]:
            group.pop("interval", None)
            for rule in group["rules"]:
                assert [*_ANY_DURATION.findall(rule.get("for", "1m"))] != []
        ours = yaml.safe_dump(shorter_rules(shipped), width=_NEVER)
        theirs = yaml.safe_dump(shipped, width=_NEVER)
        assert _without_durations(ours) == _without_durations(theirs)


def test_every_alert_waits_for_less_than_a_minute() -> None:
    assert all(int(shorter(it["for"])[:-1]) <= 60 for it in alerts() if "for" in it)


def test_routes_stay_and_receivers_are_ours(tmp_path: Path) -> None:
    file = alertmanager(tmp_path, "http://127.0.0.1:1")
    told = yaml.safe_load(file.read_text("utf-8"))
    assert {it["name"] for it in told["receivers"]} == {"page", "ticket"}
    assert "example" not in file.read_text("utf-8")
    assert told["route"]["group_interval"] == "5s"


def _without_durations(text: str) -> str:
    words = re.sub(r"\s+", " ", text)  # block texts have lines of their own
    words = re.sub(r", (3 \* 86400|4320)\)", ", AHEAD)", words)
    return re.sub(r"(?<!ratio_rate)(?<!ratio_time)(?<!increase)\b\d+[smhdwy]\b", "D", words)
