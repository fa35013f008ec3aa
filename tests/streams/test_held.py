"""What operators see of what is held: with its reason, for as long as it waits."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from hub.domain.acts import Status
from hub.domain.agreement import Agreements
from hub.domain.alerts import Tell, Told, is_held
from hub.domain.parties import Feed, Parties
from hub.domain.time import Span
from hub.streams.held import REASONS
from tests.streams.world import (
    BEGELEIDER,
    CORPORATIE,
    DOSSIER,
    GEMEENTE,
    Event,
    World,
    event,
    missed,
    quiet_household,
    signed,
    with_party,
)

MakeWorld = Callable[[Parties], World]
RULE = "first-rent-missed"


def _hold_by_gate(world: World) -> None:
    late = missed("m", "2024-01-22", "2024-01", shared=False)
    world.send("2024-01-23T12:00:00Z", *quiet_household(), late)


def test_what_the_gate_holds_is_seen_with_its_reason_and_nothing_of_the_household(
    world: World,
) -> None:
    _hold_by_gate(world)
    told = world.told(CORPORATIE, RULE)
    assert told is not None
    waits = {"reason": "legal-gate", "rule": RULE, "since": "2024-01-23T12:00:00.000Z"}
    assert world.held() == {(party, told["alertId"]): waits for party in (BEGELEIDER, GEMEENTE)}


def test_what_the_gate_releases_is_not_held_any_more(world: World) -> None:
    _hold_by_gate(world)
    world.send("2024-01-26T12:00:00Z", missed("m2", "2024-01-26", "2024-01"))
    assert world.told(GEMEENTE, RULE) is not None
    assert world.held() == {}


def test_what_an_objection_takes_back_is_held_from_then(world: World) -> None:
    world.send("2024-01-23T12:00:00Z", *quiet_household(), missed("m", "2024-01-22", "2024-01"))
    assert world.held() == {}
    world.send("2024-01-24T12:00:00Z", missed("m2", "2024-01-24", "2024-01", objected=True))
    assert world.waits(GEMEENTE) == {RULE: "legal-gate"}
    assert {told["since"] for told in world.held().values()} == {"2024-01-24T12:00:00.000Z"}
    world.send("2024-01-26T12:00:00Z", missed("m3", "2024-01-26", "2024-01"))
    assert world.held() == {}


def test_what_ended_while_it_was_held_waits_for_nothing(world: World) -> None:
    _hold_by_gate(world)
    paid = event("rent-paid", "p", "2024-01-29", period="2024-01", amount=65000)
    world.send("2024-01-29T12:00:00Z", paid)
    assert world.held() == {}


def test_what_turns_out_never_to_have_been_is_not_held(world: World) -> None:
    _hold_by_gate(world)
    taken_back = event("fact-retracted", "r", "2024-01-24", **_retracts("m"))
    world.send("2024-01-24T12:00:00Z", taken_back)
    assert world.told(CORPORATIE, RULE) is not None
    assert world.held() == {}


def test_also_where_others_were_told_and_this_party_once_was(world: World) -> None:
    world.send("2024-01-23T12:00:00Z", *quiet_household(), missed("m", "2024-01-22", "2024-01"))
    world.send("2024-01-24T12:00:00Z", missed("m2", "2024-01-24", "2024-01", objected=True))
    assert world.waits(GEMEENTE) == {RULE: "legal-gate"}
    for name in ("m", "m2"):
        taken_back = event("fact-retracted", f"r-{name}", "2024-01-25", **_retracts(name))
        world.send("2024-01-25T12:00:00Z", taken_back)
    assert world.held() == {}


def _retracts(name: str) -> dict[str, Any]:
    source = missed("m", "2024-01-22", "2024-01")["source"]
    return {"party": CORPORATIE, "retracts": {"source": source, "id": name}, "reason": "error"}


def test_of_a_household_that_is_erased_nothing_is_held(world: World) -> None:
    _hold_by_gate(world)
    erased = event("household-erased", "er", "2024-02-01", DOSSIER, basis="withdrawn-consent")
    world.send("2024-02-01T12:00:00Z", erased)
    assert world.held() == {}


def test_of_a_household_that_is_forgotten_nothing_is_held(world: World) -> None:
    _hold_by_gate(world)
    world.pass_time("2024-12-31T00:00:00Z")
    assert world.held()
    world.pass_time("2026-01-09T00:00:00Z")
    assert not world.facts()
    assert world.held() == {}


def test_what_waits_for_a_feed_is_held_until_the_feed_comes(make_world: MakeWorld) -> None:
    feed = Feed(("intake-completed",), Span(7, "d"))
    world = make_world(with_party(GEMEENTE, feeds=(feed,)))
    world.send("2024-01-09T01:00:00Z", signed())
    assert world.waits(GEMEENTE) == {"intake-missing": "feed"}
    assert world.waits(BEGELEIDER) == {"intake-missing": "feed"}
    world.pass_time("2024-01-20T00:00:00Z")
    assert world.waits(GEMEENTE)["intake-missing"] == "feed"
    assert {told["since"] for told in world.held().values()} >= {"2024-01-09T01:00:00.000Z"}
    done = dict(event("feed-complete", "f", "2024-01-09", types=["intake-completed"]))
    done["data"] = {**done["data"], "upTo": "2024-01-08T23:00:00Z"}
    del done["data"]["references"]
    world.send("2024-01-20T01:00:00Z", done)
    assert world.held() == {}


def _signals(world: World) -> str:
    """A stronger alert holds back a weaker; the id of the stronger."""
    visit = event("home-visit-made", "visit", "2024-02-19", concern=True)
    signal = event("signal-raised", "signal", "2024-02-20", category="other")
    world.send("2024-02-20T12:00:00Z", *quiet_household(), visit, signal)
    stronger = world.told(CORPORATIE, "concurrent-signals")
    assert stronger is not None
    return str(stronger["alertId"])


def test_what_a_stronger_alert_holds_back_is_seen_until_that_ends(world: World) -> None:
    name = _signals(world)
    assert world.waits(CORPORATIE) == {"signal": "inhibition"}
    closed = event("alert-closed", "c", "2024-02-22", alertId=name, outcome="other")
    world.send("2024-02-22T12:00:00Z", closed)
    assert world.held() == {}


def test_a_change_that_is_held_back_from_who_was_told_is_seen_too(world: World) -> None:
    signal = event("signal-raised", "signal", "2024-02-20", category="other")
    world.send("2024-02-20T12:00:00Z", *quiet_household(), signal)
    assert world.told(CORPORATIE, "signal") is not None
    visit = event("home-visit-made", "visit", "2024-02-21", concern=True)
    world.send("2024-02-21T12:00:00Z", visit)
    assert world.waits(CORPORATIE) == {}
    told = world.told(CORPORATIE, "signal")
    assert told is not None
    seen = event("alert-acknowledged", "a", "2024-02-22", party=CORPORATIE, alertId=told["alertId"])
    world.send("2024-02-22T12:00:00Z", seen)
    assert world.waits(CORPORATIE) == {"signal": "inhibition"}
    retracted = event("fact-retracted", "r", "2024-02-23", **_retracts("visit"))
    world.send("2024-02-23T12:00:00Z", retracted)
    assert world.held() == {}
    again = world.told(CORPORATIE, "signal")
    assert again is not None
    assert again["status"] == "acknowledged"


def test_a_storm_is_seen_until_it_is_over(make_world: MakeWorld) -> None:
    world = make_world(with_party(GEMEENTE, max_new_notices_per_hour=2))
    world.send("2024-03-10T01:10:00Z", signed())
    waiting = world.waits(GEMEENTE)
    assert len(waiting) > 2
    assert set(waiting.values()) == {"storm"}
    world.pass_time("2024-03-10T02:00:00Z")
    assert len(world.waits(GEMEENTE)) == len(waiting) - 2
    world.pass_time("2024-03-10T09:00:00Z")
    assert world.held() == {}


def test_what_nobody_tells_of_any_more_is_not_held(world: World) -> None:
    _hold_by_gate(world)
    [agreement] = world.deployment.agreements.all
    rules = tuple(
        replace(rule, tells={"corporatie": rule.tells["corporatie"]}) if rule.id == RULE else rule
        for rule in agreement.rules
    )
    changed = replace(agreement, rules=rules, digest="another")
    world.reopen(Agreements([changed]))
    world.pass_time("2024-01-24T12:00:00Z")
    assert world.held() == {}


def test_what_is_seen_survives_a_crash_and_a_start_with_another_agreement(world: World) -> None:
    _hold_by_gate(world)
    before = world.held()
    [agreement] = world.deployment.agreements.all
    world.reopen(Agreements([replace(agreement, digest="another")]))
    world.pass_time("2024-01-24T12:00:00Z")
    assert world.held() == before
    assert len(world.store.streams["held"].after(0, 100)) == len(before)


@pytest.mark.parametrize("why", [why for why in Tell if why not in REASONS])
def test_only_what_waits_is_held(why: Tell) -> None:
    assert not is_held(why, Status.OPEN, None, b"", Told())


def test_every_reason_has_a_name_of_its_own() -> None:
    assert len(set(REASONS.values())) == len(REASONS)


def test_of_a_region_too_nothing_is_held_that_does_not_exist(make_world: MakeWorld) -> None:
    world = make_world(with_party(GEMEENTE, max_new_notices_per_hour=1))
    [agreement] = world.deployment.agreements.all
    due = next(rule for rule in agreement.region_rules if rule.id == "consultation-due")
    rules = (due, replace(due, id="consultation-due-too"))
    world.reopen(Agreements([replace(agreement, region_rules=rules)]))
    world.send("2024-02-01T00:00:00Z", _consultation("c1", "2023-01-10"))
    assert list(world.waits(GEMEENTE).values()) == ["storm"]
    world.send("2024-02-01T00:10:00Z", _consultation("c2", "2023-06-10"))
    assert world.held() == {}


def _consultation(id_: str, at: str) -> Event:
    sent = event(
        "consultation-held",
        id_,
        at,
        party=CORPORATIE,
        region="limburg-midden",
        parties=[GEMEENTE],
        gemeente=None,
    )
    del sent["data"]["references"]
    return sent
