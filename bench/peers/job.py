"""The job that every peer does: three rules over the facts of one household, in order of arrival.

Imports nothing beyond the standard library, for each peer has an environment of its own; in Java it
is written once more (`ThreeRules.java`). Simpler than the agreement on purpose: what came late is
not looked at again, and nothing is ever withdrawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

DAY_MS: Final = 86_400_000

Household: TypeAlias = dict[str, Any]


def fresh() -> Household:
    """What is known of a household before its first fact."""
    return {"latest": 0, "lease": 0, "started": 0, "missed": [], "damage": [], "holds": []}


def take(household: Household, fact: Mapping[str, Any]) -> list[str]:
    """Take a fact into the household; the rules that hold now and did not before."""
    at = fact["at"]
    household["latest"] = max(household["latest"], at)
    match fact["type"]:
        case "lease-signed":
            household["lease"] = at
        case "begeleiding-started":
            household["started"] = at
        case "rent-missed":
            if fact["period"] not in household["missed"]:
                household["missed"].append(fact["period"])
        case "rent-paid":
            household["missed"] = [it for it in household["missed"] if it != fact["period"]]
        case "damage-reported" if fact["cause"] == "resident":
            household["damage"].append(at)
    holding = holds(household)
    begun = [rule for rule in holding if rule not in household["holds"]]
    household["holds"] = holding
    return begun


def holds(household: Household) -> list[str]:
    """The rules that hold at the time of the latest fact."""
    lease, started, latest = household["lease"], household["started"], household["latest"]
    found = []
    if lease and latest > lease + 14 * DAY_MS and not lease <= started <= lease + 14 * DAY_MS:
        found.append("begeleiding-missing")
    if len(household["missed"]) >= 2:
        found.append("rent-missed-twice")
    since = latest - 180 * DAY_MS
    household["damage"] = [it for it in household["damage"] if it > since]
    if len(household["damage"]) >= 2:
        found.append("damage-twice")
    return found


def alert(household: str, rule: str, fact: Mapping[str, Any]) -> dict[str, Any]:
    """What is told: which rule began to hold, and at which fact."""
    return {"household": household, "rule": rule, "fact": fact["id"], "at": fact["at"]}
