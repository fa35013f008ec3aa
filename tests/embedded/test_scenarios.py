"""Every scenario through the embedded hub: facts in over HTTP, each party's alerts out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hub.agreement_files import load
from hub.domain.time import parse_instant
from hub.shipped import shipped
from hub.streams.backtest import Alert, Backtest
from tests.convergence.regions import inhibited_in
from tests.embedded.hubs import running

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("[0-9]*.json"))
AGREEMENTS, PARTIES = load(shipped("agreements"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
async def test_parties_read_what_the_scenario_expects(path: Path, tmp_path: Path) -> None:
    scenario = json.loads(path.read_text())
    now = parse_instant(scenario["now"])
    async with running(tmp_path / "data", now) as client:
        # what occurs after now is refused: it is in the future
        await client.send(scenario["facts"])
        read: dict[str, set[str]] = {}
        for party in PARTIES.by_id:
            for view in await client.alerts(party):
                if view["status"] != "withdrawn":
                    read.setdefault(view["alertId"], set()).add(view["status"])
    expected = {alert["alertId"]: {alert["status"]} for alert in scenario["expect"]}
    hidden = hidden_alerts(scenario, now)
    assert {name: read.get(name) for name in expected.keys() - hidden} == {
        name: status for name, status in expected.items() if name not in hidden
    }
    assert read.keys() <= expected.keys()


def hidden_alerts(scenario: dict[str, Any], now: int) -> set[str]:
    """What a stronger alert of the household may hold back at `now`, or held back on the way."""
    test = Backtest(AGREEMENTS, PARTIES)
    for fact in scenario["facts"]:
        test.put(json.dumps(fact).encode())
    alerts = {alert.alert_id: alert for alert in test.alerts(now)}
    held = {name for name, alert in alerts.items() if alert.held_for and _is_held_for_all(alert)}
    return held | inhibited_in(alerts)


def _is_held_for_all(alert: Alert) -> bool:
    rule = AGREEMENTS.all[0].by_id[alert.rule]
    return {PARTIES.by_id[name].role for name in alert.held_for} >= rule.tells.keys()
