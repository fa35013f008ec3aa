"""What parties are told, and what is held back: revisions, gate, duties, inhibition, feeds."""

from collections.abc import Callable
from typing import Any

import pytest

from hub.domain.parties import Feed, Parties
from hub.domain.time import Span, parse_instant
from tests.streams.world import (
    BEGELEIDER,
    CORPORATIE,
    GEMEENTE,
    PARTIES,
    World,
    event,
    missed,
    quiet_household,
    signed,
    with_party,
)

MakeWorld = Callable[[Parties], World]


def test_a_missed_intake_is_told_to_gemeente_and_begeleider_and_to_nobody_else(
    world: World,
) -> None:
    world.send("2024-01-09T01:00:00Z", signed())
    for party in (GEMEENTE, BEGELEIDER):
        told = world.told(party, "intake-missing")
        assert told is not None
        assert (told["status"], told["revision"], told["part"]) == ("open", 1, "acts")
    assert world.told(CORPORATIE, "intake-missing") is None


def test_what_ends_is_a_new_revision_without_gaps(world: World) -> None:
    world.send("2024-01-09T01:00:00Z", signed())
    late = event("intake-completed", "i", "2024-01-10", familyReunificationExpected=False)
    world.send("2024-01-10T12:00:00Z", late)
    revisions = [(n["revision"], n["status"]) for n in world.notices(GEMEENTE, "intake-missing")]
    assert revisions == [(1, "open"), (2, "resolved")]


def test_what_turns_out_never_to_have_been_is_withdrawn_without_data(world: World) -> None:
    world.send("2024-01-09T01:00:00Z", signed())
    early = event("intake-completed", "i", "2024-01-05", familyReunificationExpected=False)
    world.send("2024-01-11T12:00:00Z", early)
    last = world.notices(GEMEENTE, "intake-missing")[-1]
    assert (last["revision"], last["status"]) == (2, "withdrawn")
    assert "evidence" not in last
    assert "message" not in last


def test_the_same_facts_again_tell_nobody_anything(world: World) -> None:
    world.send("2024-01-09T01:00:00Z", signed())
    before = len(world.notices(GEMEENTE))
    world.send("2024-01-09T02:00:00Z", signed())
    assert len(world.notices(GEMEENTE)) == before
    receipt = world.receipt(signed())
    assert receipt is not None
    assert receipt["status"] == "duplicate"


def test_other_content_under_the_same_id_is_refused_and_the_first_stays(world: World) -> None:
    world.send("2024-01-08T01:00:00Z", signed())
    world.send("2024-01-09T01:00:00Z", signed("2024-02-08"))
    receipt = world.receipt(signed("2024-02-08"))
    assert receipt is not None
    assert (receipt["status"], receipt["problem"]) == ("refused", "conflicting-duplicate")
    told = world.told(GEMEENTE, "intake-missing")
    assert told is not None
    assert told["status"] == "open"


def test_the_gate_holds_the_gemeente_and_the_corporatie_sees_why(world: World) -> None:
    world.send("2024-01-22T12:00:00Z", *quiet_household())
    world.send(
        "2024-01-23T12:00:00Z", missed("m", "2024-01-22T10:00:00+01:00", "2024-01", shared=False)
    )
    assert world.told(GEMEENTE, "first-rent-missed") is None
    told = world.told(CORPORATIE, "first-rent-missed")
    assert told is not None
    assert {held["role"] for held in told["held"]} == {"gemeente", "begeleider"}
    assert told["others"] == []


def test_a_later_fact_that_fulfils_the_gate_releases_what_was_held(world: World) -> None:
    world.send("2024-01-22T12:00:00Z", *quiet_household())
    world.send(
        "2024-01-23T12:00:00Z", missed("m", "2024-01-22T10:00:00+01:00", "2024-01", shared=False)
    )
    world.send("2024-01-26T12:00:00Z", missed("m2", "2024-01-26T10:00:00+01:00", "2024-01"))
    told = world.told(GEMEENTE, "first-rent-missed")
    assert told is not None
    assert (told["revision"], told["status"]) == (1, "open")
    corporatie = world.told(CORPORATIE, "first-rent-missed")
    assert corporatie is not None
    assert corporatie["held"] == []


def test_an_objection_takes_the_alert_back_once_and_says_nothing_more(world: World) -> None:
    world.send("2024-01-23T12:00:00Z", *quiet_household(), missed("m", "2024-01-22", "2024-01"))
    objection = missed("m2", "2024-01-24", "2024-01", objected=True)
    world.send("2024-01-24T12:00:00Z", objection)
    paid = event("rent-paid", "p", "2024-01-29", period="2024-01", amount=65000)
    world.send("2024-01-29T12:00:00Z", paid)
    told = world.notices(GEMEENTE, "first-rent-missed")
    assert [(n["revision"], n["status"]) for n in told] == [(1, "open"), (2, "withdrawn")]
    assert "evidence" not in told[-1]


def test_views_differ_exactly_as_the_sharing_matrix_says(world: World) -> None:
    world.send("2024-01-23T12:00:00Z", *quiet_household(), missed("m", "2024-01-22", "2024-01"))
    gemeente = world.told(GEMEENTE, "first-rent-missed")
    corporatie = world.told(CORPORATIE, "first-rent-missed")
    assert gemeente is not None
    assert corporatie is not None
    agreed = world.deployment.agreements.all[0].sharing["rent-missed"]["gemeente"].fields
    assert [set(item) for item in gemeente["evidence"]] == [{"type", *agreed}]
    assert "socialCollection" in corporatie["evidence"][0]
    assert corporatie["evidence"][0]["id"] == "m"
    assert {ref["scheme"] for ref in gemeente["references"]} == {"dossier"}
    assert {ref["scheme"] for ref in corporatie["references"]} == {"lease"}
    assert gemeente["household"] != corporatie["household"]
    same = ("alertId", "rule", "status", "severity", "raisedAt", "title", "memo", "agreement")
    assert all(gemeente[name] == corporatie[name] for name in same)


def test_every_view_is_disclosed_in_the_same_breath(world: World) -> None:
    world.send("2024-01-23T12:00:00Z", *quiet_household(), missed("m", "2024-01-22", "2024-01"))
    told = [n for party in PARTIES.by_id for n in world.notices(party)]
    disclosed = world.emitted("disclosures")
    assert len(disclosed) == len(told)
    of_gemeente = next(d for d in disclosed if d["party"] == GEMEENTE)
    assert "rent-missed.amountDue" in of_gemeente["fields"]
    assert of_gemeente["basis"]
    assert "65000" not in str(disclosed)


def test_a_silent_party_is_reminded_half_way_and_escalated_at_its_deadline(world: World) -> None:
    # told Tuesday 9 January 01:00Z with ten working days to answer: until Tuesday the 23rd
    world.send("2024-01-09T01:00:00Z", signed())
    world.pass_time("2024-01-16T01:00:00Z")
    world.pass_time("2024-01-23T01:00:00Z")
    told = world.notices(GEMEENTE, "intake-missing")
    assert [n["notice"] for n in told] == ["new", "reminder", "escalation"]
    assert told[0]["respondBy"] == "2024-01-23T01:00:00.000Z"
    assert told[0]["contact"] is None
    assert told[2]["contact"]
    world.pass_time("2024-02-23T01:00:00Z")
    assert len(world.notices(GEMEENTE, "intake-missing")) == 3


def test_who_acknowledges_is_left_in_peace_and_the_other_is_not(world: World) -> None:
    world.send("2024-01-09T01:00:00Z", signed())
    told = world.told(GEMEENTE, "intake-missing")
    assert told is not None
    act = event("alert-acknowledged", "a", "2024-01-10", alertId=told["alertId"])
    world.send("2024-01-10T01:00:00Z", act)
    world.pass_time("2024-01-24T01:00:00Z")
    assert {n["notice"] for n in world.notices(GEMEENTE, "intake-missing")} == {"new", "changed"}
    assert world.notices(GEMEENTE, "intake-missing")[-1]["status"] == "acknowledged"
    assert "escalation" in {n["notice"] for n in world.notices(BEGELEIDER, "intake-missing")}


def test_after_downtime_nobody_is_escalated_the_moment_they_are_reminded(world: World) -> None:
    world.send("2024-01-09T01:00:00Z", signed())
    world.sleep_until("2024-02-05T01:00:00Z")
    told = world.notices(GEMEENTE, "intake-missing")
    assert [n["notice"] for n in told] == ["new", "reminder"]
    world.pass_time("2024-02-12T02:00:00Z")
    assert [n["notice"] for n in world.notices(GEMEENTE, "intake-missing")][2:] == ["escalation"]


def test_deadlines_fire_on_a_silent_hub_and_after_a_restart_that_slept_through_them(
    world: World,
) -> None:
    world.send("2024-01-05T01:00:00Z", signed())
    assert world.told(GEMEENTE, "intake-missing") is None
    world.pass_time("2024-01-08T23:00:00Z")
    assert world.told(GEMEENTE, "intake-missing") is not None
    world.sleep_until("2024-03-20T00:00:00Z")
    assert world.told(GEMEENTE, "introduction-missing") is not None


def _signals(world: World) -> None:
    world.send(
        "2024-02-20T12:00:00Z",
        *quiet_household(),
        event("home-visit-made", "visit", "2024-02-19", concern=True),
        event("signal-raised", "signal", "2024-02-20T10:00:00+01:00", category="other"),
    )


def test_a_stronger_alert_holds_back_the_weaker_of_the_same_household(world: World) -> None:
    _signals(world)
    assert world.told(CORPORATIE, "concurrent-signals") is not None
    assert world.told(CORPORATIE, "signal") is None


def test_what_was_held_back_follows_when_the_stronger_ends_if_it_still_lasts(world: World) -> None:
    _signals(world)
    stronger = world.told(CORPORATIE, "concurrent-signals")
    assert stronger is not None
    closed = event("alert-closed", "c", "2024-02-22", alertId=stronger["alertId"], outcome="other")
    world.send("2024-02-22T12:00:00Z", closed)
    told = world.told(CORPORATIE, "signal")
    assert told is not None
    assert (told["revision"], told["status"]) == (1, "open")


def test_what_was_held_back_as_long_as_it_lasted_is_never_told(world: World) -> None:
    _signals(world)
    stronger = world.told(CORPORATIE, "concurrent-signals")
    assert stronger is not None
    agreed = event(
        "approach-agreed",
        "ap",
        "2024-02-22",
        alertId=stronger["alertId"],
        action="other",
        reviewOn="2024-03-22",
    )
    world.send("2024-02-22T12:00:00Z", agreed)
    assert world.told(CORPORATIE, "signal") is None


def test_a_weaker_alert_is_told_to_whom_the_gate_keeps_the_stronger_from(world: World) -> None:
    signal = event("signal-raised", "s", "2024-02-20", party=CORPORATIE, category="other")
    late = missed("m", "2024-02-21", "2024-02", shared=False)
    ended = event("begeleiding-ended", "e", "2024-02-21T09:00:00+01:00", reason="other")
    world.send("2024-02-21T12:00:00Z", *quiet_household(), signal, late, ended)
    assert world.told(CORPORATIE, "concurrent-signals") is not None
    assert world.told(GEMEENTE, "concurrent-signals") is None
    assert world.told(GEMEENTE, "signal") is not None


def test_a_silence_waits_for_the_feed_of_the_silent_type(make_world: MakeWorld) -> None:
    feed = Feed(("intake-completed",), Span(7, "d"))
    world = make_world(with_party(GEMEENTE, feeds=(feed,)))
    world.send("2024-01-09T01:00:00Z", signed())
    assert world.told(GEMEENTE, "intake-missing") is None
    assert world.told(GEMEENTE, "aanspreekpunt-missing") is None
    upto = {"upTo": "2024-01-08T22:00:00Z", "types": ["intake-completed"]}
    world.send("2024-01-09T02:00:00Z", _feed("f1", **upto))
    assert world.told(GEMEENTE, "intake-missing") is None
    upto["upTo"] = "2024-01-08T23:00:00Z"
    world.send("2024-01-09T03:00:00Z", _feed("f2", **upto))
    assert world.told(GEMEENTE, "intake-missing") is not None


def test_a_silent_source_is_told_to_ops_and_the_finding_stays_held(make_world: MakeWorld) -> None:
    feed = Feed(("intake-completed",), Span(7, "d"))
    world = make_world(with_party(GEMEENTE, feeds=(feed,)))
    world.send("2024-01-09T01:00:00Z", signed())
    world.pass_time("2024-01-20T00:00:00Z")
    assert [told["kind"] for told in world.emitted("ops")] == ["source-silent"]
    assert world.told(GEMEENTE, "intake-missing") is None


def _feed(id_: str, **own: Any) -> dict[str, Any]:
    told = dict(event("feed-complete", id_, "2024-01-09", **own))
    told["data"] = {k: v for k, v in told["data"].items() if k != "references"}
    return told


def test_what_is_older_than_live_from_is_shown_and_not_announced(make_world: MakeWorld) -> None:
    world = make_world(with_party(GEMEENTE, live_from=parse_instant("2024-02-01")))
    world.send("2024-03-10T01:00:00Z", signed())
    old = world.told(GEMEENTE, "intake-missing")
    new = world.told(GEMEENTE, "housing-information-missing")
    introduction = world.told(GEMEENTE, "introduction-missing")
    assert old is not None
    assert (old["announced"], old["respondBy"]) == (False, None)
    assert new is None
    assert introduction is not None
    assert introduction["announced"]


def test_a_storm_is_held_until_the_next_hour_and_told_to_ops(make_world: MakeWorld) -> None:
    world = make_world(with_party(GEMEENTE, max_new_notices_per_hour=2))
    world.send("2024-03-10T01:10:00Z", signed())
    assert len(world.notices(GEMEENTE)) == 2
    assert "notices-held" in {told["kind"] for told in world.emitted("ops")}
    world.pass_time("2024-03-10T02:00:00Z")
    assert len(world.notices(GEMEENTE)) == 4
    assert len(world.notices(BEGELEIDER)) > 4


@pytest.mark.parametrize("party", [GEMEENTE, CORPORATIE])
def test_what_was_held_is_not_lost_over_a_restart(make_world: MakeWorld, party: str) -> None:
    world = make_world(with_party(party, max_new_notices_per_hour=1))
    world.send("2024-03-10T01:10:00Z", signed())
    world.sleep_until("2024-03-10T02:00:01Z")
    world.pass_time("2024-03-10T09:00:00Z")
    expected = {n["alertId"] for n in World(PARTIES).notices(party)}
    plain = make_world(PARTIES)
    plain.send("2024-03-10T01:10:00Z", signed())
    expected = set(plain.last(party))
    assert set(world.last(party)) == expected


@pytest.mark.parametrize(("party", "stays"), [(GEMEENTE, False), (CORPORATIE, True)])
def test_who_is_only_informed_and_closes_has_it_off_its_list(
    world: World, party: str, stays: bool
) -> None:
    nuisance = event("nuisance-reported", "n", "2024-02-05", category="other")
    world.send("2024-02-06T00:00:00Z", *quiet_household(), nuisance)
    told = world.told(party, "nuisance")
    assert told is not None
    closing = {"alertId": told["alertId"], "outcome": "other"}
    world.send(
        "2024-02-07T00:00:00Z", event("alert-closed", "c", "2024-02-07", party=party, **closing)
    )
    last = world.told(party, "nuisance")
    assert last is not None
    assert (last["listed"], last["status"]) == (stays, "closed" if stays else "open")
