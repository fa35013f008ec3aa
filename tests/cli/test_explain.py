"""`seintje explain` and `seintje why-not` on files."""

import json
from pathlib import Path

import pytest

from tests.cli.terminal import on_terminal, seintje


@pytest.fixture(scope="module")
def alerts(facts: Path) -> list[dict[str, object]]:
    return seintje("backtest", facts).rows


def test_explains_every_alert_of_a_region(facts: Path, alerts: list[dict[str, object]]) -> None:
    for alert in alerts[::5]:
        ran = seintje("explain", str(alert["alertId"]), "--facts", facts)
        [told] = ran.rows
        assert (ran.code, ran.err) == (0, "")
        assert {name: told[name] for name in ("rule", "status", "raisedAt", "absent")} == {
            name: alert[name] for name in ("rule", "status", "raisedAt", "absent")
        }
        assert [(it["source"], it["id"]) for it in told["evidence"]] == [
            (it["source"], it["id"])
            for it in alert["evidence"]  # type: ignore[attr-defined]  # JSON
        ]


def test_explains_in_words_on_a_terminal(facts: Path, alerts: list[dict[str, object]]) -> None:
    name = str(alerts[0]["alertId"])
    code, dutch = on_terminal("explain", name, "--facts", facts)
    _, english = on_terminal("--lang", "en", "explain", name, "--facts", facts)
    assert code == 0
    assert "Dit berust op:" in dutch
    assert "It rests on:" in english


def test_an_alert_that_is_not_there_is_a_no(facts: Path) -> None:
    ran = seintje("explain", "al-aaaaaaaaaaaaaaaaaaaaaaaaaa", "--facts", facts)
    assert (ran.code, ran.out) == (1, b"")
    assert "al-aaaaaaaaaaaaaaaaaaaaaaaaaa" in ran.err


def test_an_alert_to_come_is_not_there_yet(facts: Path, alerts: list[dict[str, object]]) -> None:
    last = alerts[-1]
    ran = seintje("explain", str(last["alertId"]), "--facts", facts, "--now", "2024-02-01")
    assert ran.code == 1


def lease_in(facts: Path) -> str:
    for line in facts.read_text().splitlines():
        event = json.loads(line)
        if event["type"] == "nl.seintje.lease-signed.v1":
            group = event["data"]["targetGroup"]
            lease = next(r for r in event["data"]["references"] if r["scheme"] == "lease")
            if group == "vergunninghouder":
                return f"lease:{lease['issuer']}:{lease['value']}"
    raise AssertionError("no lease")


def test_says_why_a_rule_found_nothing(facts: Path) -> None:
    words = ("why-not", "--reference", lease_in(facts), "--rule", "nuisance", "--facts", facts)
    [told] = seintje(*words).rows
    assert told["rule"] == "nuisance"
    assert told["unmet"]["reason"]
    code, shown = on_terminal(*words)
    assert (code, "overlast" in shown.lower()) == (0, True)


def test_a_household_that_is_not_known_is_a_no(facts: Path) -> None:
    ran = seintje(
        "why-not", "--reference", "lease:corporatie-maas:X", "--rule", "nuisance", "--facts", facts
    )
    assert (ran.code, ran.out) == (1, b"")


@pytest.mark.parametrize(
    ("reference", "rule", "told"),
    [
        pytest.param("H-1", "nuisance", "lease:PARTY:VALUE", id="no reference"),
        pytest.param("contract:x:1", "nuisance", "lease:PARTY:VALUE", id="no scheme"),
        pytest.param("lease:x:1", "nuisence", "nuisance", id="a rule with a slip"),
        pytest.param("lease:x:1", "consultation-due", "region", id="a rule about the region"),
    ],
)
def test_wrong_use_is_told(facts: Path, reference: str, rule: str, told: str) -> None:
    ran = seintje("why-not", "--reference", reference, "--rule", rule, "--facts", facts)
    assert ran.code == 2
    assert told in ran.err
