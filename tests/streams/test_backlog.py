"""In a backlog a household is looked at when all of it has come, and nothing of it gets lost."""

from __future__ import annotations

import pytest

from hub.domain.time import parse_instant
from tests.streams.world import (
    BEGELEIDER,
    CORPORATIE,
    GEMEENTE,
    LEASE,
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


@pytest.mark.parametrize("batch", [1, 1000])
def test_what_is_corrected_before_it_was_looked_at_is_answered_too(
    world: World, batch: int
) -> None:
    wrong = event("damage-reported", "wrong", "2024-01-19", category="kitchen", cause="resident")
    right = event(
        "damage-reported",
        "right",
        "2024-01-19",
        category="other",
        cause="resident",
        replaces={"source": wrong["source"], "id": "wrong"},
    )
    world.send(AT, *quiet_household(), right, wrong, batch=batch)
    assert world.answers(wrong) == ["accepted"]
    assert world.answers(right) == ["accepted"]


def test_what_waited_and_was_corrected_waits_no_more(world: World) -> None:
    wrong = event("damage-reported", "wrong", "2024-01-19", category="kitchen", cause="resident")
    world.send(AT, wrong)
    assert world.answers(wrong) == ["waiting"]
    replaces = {"source": wrong["source"], "id": "wrong"}
    world.send(AT, {**wrong, "id": "right", "data": {**wrong["data"], "replaces": replaces}})
    assert world.answers(wrong) == ["waiting", "accepted"]


def test_what_is_forgotten_in_the_look_that_sees_it_is_answered(world: World) -> None:
    wrong = event("damage-reported", "wrong", "2024-01-19", category="kitchen", cause="resident")
    replaces = {"source": wrong["source"], "id": "wrong"}
    right = {**wrong, "id": "right", "data": {**wrong["data"], "replaces": replaces}}
    erased = event("household-erased", "e", "2024-01-20", basis="request")
    world.send(AT, *quiet_household(), wrong, right, erased)
    assert world.answers(wrong) == ["refused"]
    assert world.answers(right) == ["refused"]


def test_what_was_answered_is_not_answered_again_when_households_become_one(world: World) -> None:
    before = event("home-visit-made", "v", "2024-01-10", LEASE, concern=False)
    world.send(AT, *quiet_household(), before)
    other = {"scheme": "dossier", "issuer": BEGELEIDER, "value": "C-1"}
    contact = event("begeleiding-contact", "c", "2024-01-11", other, party=BEGELEIDER)
    world.send(AT, contact)
    world.send(AT, event("reference-linked", "l", "2024-01-12", LEASE, other, party=GEMEENTE))
    for it in (*quiet_household(), before):
        assert world.answers(it) == ["accepted"], it["type"]


def test_what_was_accepted_is_not_refused_when_it_is_erased_as_it_joins(world: World) -> None:
    other = {"scheme": "dossier", "issuer": BEGELEIDER, "value": "C-1"}
    contact = event("begeleiding-contact", "c", "2024-01-11", other, party=BEGELEIDER)
    world.send(AT, *quiet_household())
    world.send(AT, contact)
    link = event("reference-linked", "l", "2024-01-12", LEASE, other, party=GEMEENTE)
    erased = event("household-erased", "e", "2024-01-20", LEASE, basis="request", party=GEMEENTE)
    assert world.answers(contact)[-1] in ("accepted", "waiting")
    answered = world.answers(contact)
    world.send(AT, link, erased)
    assert world.answers(contact) == answered


def test_the_end_of_a_lease_that_waited_is_answered_when_its_tenant_is_a_regular_one(
    world: World,
) -> None:
    ended = event("lease-ended", "end", "2024-01-18", LEASE, endDate="2024-01-17", reason="other")
    world.send(AT, ended)
    assert world.answers(ended) == ["waiting"]
    world.send(AT, signed(targetGroup="regular"))
    assert world.answers(ended) == ["waiting", "accepted"]
