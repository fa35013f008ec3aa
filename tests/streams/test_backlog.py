"""In a backlog a household is looked at when all of it has come, and nothing of it gets lost."""

from __future__ import annotations

import pytest

from hub.domain.time import parse_instant
from tests.streams.world import (
    CORPORATIE,
    GEMEENTE,
    Event,
    World,
    event,
    facts_of,
    quiet_household,
    signed,
)

AT = "2024-01-22T00:00:00Z"
NUISANCE = event("nuisance-reported", "n", "2024-01-19", category="other")


def catch_up(world: World, *events: Event, crash: bool = False) -> None:
    """One by one, the last of them without more behind it; the hub may crash after each."""
    facts = facts_of(events)
    for number, fact in enumerate(facts, 1):
        world.send_facts(parse_instant(AT), [fact], more=number < len(facts))
        if crash:
            world.reopen()
    world.sleep_until(AT)


def test_nobody_is_told_of_a_silence_that_the_rest_breaks(world: World) -> None:
    catch_up(world, *quiet_household(), NUISANCE)
    assert [told["rule"] for told in world.notices(GEMEENTE)] == ["nuisance"]


def test_without_more_behind_it_every_fact_is_looked_at_as_it_comes(world: World) -> None:
    for fact in facts_of([*quiet_household(), NUISANCE]):
        world.send_facts(parse_instant(AT), [fact])
    assert "intake-missing" in {told["rule"] for told in world.notices(GEMEENTE)}
    assert {told["status"] for told in world.last(GEMEENTE).values()} == {"open", "withdrawn"}


@pytest.mark.parametrize("crash", [False, True])
def test_every_fact_is_answered_once(world: World, crash: bool) -> None:
    events = [*quiet_household(), NUISANCE]
    catch_up(world, *events, crash=crash)
    assert [world.answers(it) for it in events] == [["accepted"]] * len(events)


@pytest.mark.parametrize("crash", [False, True])
def test_what_was_answered_before_is_not_answered_again(world: World, crash: bool) -> None:
    world.send(AT, *quiet_household())
    catch_up(
        world, NUISANCE, event("home-visit-made", "v", "2024-01-19", concern=False), crash=crash
    )
    for it in (*quiet_household(), NUISANCE):
        assert world.answers(it) == ["accepted"], it["type"]


@pytest.mark.parametrize("crash", [False, True])
def test_the_same_twice_in_a_backlog_is_a_duplicate(world: World, crash: bool) -> None:
    catch_up(world, *quiet_household(), NUISANCE, NUISANCE, crash=crash)
    assert sorted(world.answers(NUISANCE)) == ["accepted", "duplicate"]


@pytest.mark.parametrize("crash", [False, True])
def test_an_act_in_a_backlog_is_answered(world: World, crash: bool) -> None:
    first = World()
    first.send(AT, *quiet_household(), NUISANCE)
    told = first.told(CORPORATIE, "nuisance")
    first.close()
    assert told is not None
    act = event("alert-acknowledged", "a", "2024-01-20", party=GEMEENTE, alertId=told["alertId"])
    del act["data"]["references"]
    catch_up(world, act, *quiet_household(), NUISANCE, crash=crash)
    assert world.answers(act)[-1] == "accepted"


def test_an_erasure_in_a_backlog_is_carried_out(world: World) -> None:
    erased = event("household-erased", "e", "2024-01-20", basis="request")
    catch_up(world, *quiet_household(), NUISANCE, erased, signed(), crash=True)
    assert world.facts() == []
    assert {told["status"] for told in world.last(GEMEENTE).values()} <= {"erased"}
