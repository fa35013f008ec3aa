"""A household put together of what a party said and what alerts told it."""

from __future__ import annotations

from typing import Any

import msgspec

from hub.domain.facts import Reference
from hub.reading.household_view import Seen, household_view, told_by
from hub.wire.household_views import OfHousehold, pack, unpack
from tests.streams.world import AGREEMENTS, CORPORATIE, PARTIES, Event, event, facts_of, signed

[AGREEMENT] = AGREEMENTS.all
LEASE = Reference("lease", CORPORATIE, "L-1")
NOTHING = OfHousehold("0988", (), ())


def alert(name: str, *evidence: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = {"alertId": f"al-{name}", "status": "open", "gemeente": "0988", "evidence": evidence}
    return told | more


def said(*events: Event) -> OfHousehold:
    return OfHousehold("0988", (LEASE,), sorted(facts_of(events), key=lambda it: it.key))


def shown(view: OfHousehold, *alerts: dict[str, Any]) -> dict[str, Any]:
    told = told_by(msgspec.json.encode(it) for it in alerts)
    found: dict[str, Any] = msgspec.json.decode(
        household_view(Seen("hh-x", view, told), AGREEMENT, PARTIES.roles)
    )
    return found


def timeline(*alerts: dict[str, Any]) -> list[tuple[str, Any, list[str]]]:
    entries = shown(NOTHING, *alerts)["timeline"]
    return [(it["type"], it["occurredAt"], it["alerts"]) for it in entries]


RENT = {"type": "rent-missed", "period": "2024-01"}
DAMAGE = {"type": "damage-reported", "occurredAt": "2024-02-01T00:00:00.000Z", "cause": "wear"}


def test_what_two_alerts_say_alike_is_one_entry_that_both_rest_on() -> None:
    found = timeline(alert("a", DAMAGE), alert("b", DAMAGE))
    assert found == [("damage-reported", DAMAGE["occurredAt"], ["al-a", "al-b"])]


def test_what_one_alert_says_twice_is_two_entries() -> None:
    signal = {"type": "signal-raised"}
    assert len(timeline(alert("a", signal, signal), alert("b", signal))) == 2


def test_what_has_no_instant_that_may_be_known_comes_last() -> None:
    found = timeline(alert("a", RENT, DAMAGE))
    assert [it[:2] for it in found] == [
        ("damage-reported", DAMAGE["occurredAt"]),
        ("rent-missed", None),
    ]


def test_the_order_of_alerts_changes_nothing_but_their_own_order() -> None:
    one, other = alert("a", RENT, DAMAGE), alert("b", DAMAGE)
    assert [it[:2] for it in timeline(one, other)] == [it[:2] for it in timeline(other, one)]


def test_an_own_fact_stands_there_once_however_many_alerts_rest_on_it() -> None:
    sent = event("damage-reported", "d", "2024-02-01", category="kitchen", cause="wear")
    evidence = {"type": "damage-reported", "source": sent["source"], "id": "d", "cause": "wear"}
    [entry] = shown(said(sent), alert("a", evidence), alert("b", evidence))["timeline"]
    assert (entry["own"], entry["id"], entry["alerts"]) == (True, "d", ["al-a", "al-b"])
    assert entry["fields"] == {"category": "kitchen", "cause": "wear"}


def test_an_own_fact_that_only_an_alert_names_as_yet_is_told_as_own() -> None:
    evidence = {"type": "damage-reported", "source": "urn:x", "id": "d", "cause": "wear"}
    [entry] = shown(NOTHING, alert("a", evidence))["timeline"]
    assert (entry["own"], entry["source"], entry["fields"]) == (True, "urn:x", {"cause": "wear"})
    assert entry["toldOnly"]


def test_a_fact_in_force_is_told_apart_from_the_one_that_an_alert_still_names() -> None:
    sent = event("damage-reported", "d2", "2024-02-01", category="kitchen", cause="resident")
    evidence = {"type": "damage-reported", "source": sent["source"], "id": "d", "cause": "wear"}
    timeline = shown(said(sent), alert("a", evidence))["timeline"]
    found = {it["id"]: (it["own"], it["toldOnly"]) for it in timeline}
    assert found == {"d2": (True, False), "d": (True, True)}


def test_an_alert_without_data_shows_nothing() -> None:
    reduced = {"alertId": "al-a", "status": "resolved", "household": "hh-x"}
    assert told_by([msgspec.json.encode(reduced)]) == []


def test_references_of_alerts_and_those_it_said_itself_are_one_list() -> None:
    other = {"scheme": "lease", "issuer": CORPORATIE, "value": "L-2"}
    same = {"scheme": "lease", "issuer": CORPORATIE, "value": "L-1"}
    view = shown(said(signed()), alert("a", references=[other, same]))
    assert view["references"] == [same, other]


def test_only_what_living_alerts_miss_is_expected_the_soonest_first() -> None:
    late, soon = (
        {"type": "intake-completed", "expectedBy": f"2024-0{month}-01T00:00:00.000Z"}
        for month in (3, 2)
    )
    view = shown(
        NOTHING, alert("a", absent=[late]), alert("b", absent=[soon]),
        alert("c", absent=[soon], status="resolved"),
    )  # fmt: skip
    assert [it["alertId"] for it in view["expected"]] == ["al-b", "al-a"]


def test_who_does_not_know_of_a_lease_has_no_state_that_it_ends() -> None:
    """`pre-vestiging` lasts until the lease is signed: to who did not sign it, for ever."""
    intake = event("intake-completed", "i", "2023-12-01", familyReunificationExpected=False)
    assert shown(said(intake))["states"] == []
    assert "tenancy" in [it["state"] for it in shown(said(signed()))["states"]]


def test_the_last_of_several_signatures_counts() -> None:
    again = signed("2024-02-01", id_="again")
    again["data"]["occurredAt"] = "2024-01-02"
    [tenancy] = [it for it in shown(said(signed(), again))["states"] if it["state"] == "tenancy"]
    assert tenancy["from"] == "2024-01-31T23:00:00.000Z"


def test_its_own_aanspreekpunt_stands_where_no_alert_says_otherwise() -> None:
    fields = {"name": "A", "organisation": "O", "phone": "1", "email": "a@example.nl"}
    assigned = event("aanspreekpunt-assigned", "a", "2024-01-01", **fields)
    gone = event("aanspreekpunt-withdrawn", "w", "2024-01-02")
    assert shown(said(assigned))["aanspreekpunt"] == fields
    assert shown(said(assigned, gone))["aanspreekpunt"] is None
    assert shown(said(assigned), alert("a", aanspreekpunt=None))["aanspreekpunt"] is None


def test_what_is_packed_is_what_was_said() -> None:
    view = said(signed(), event("rent-paid", "p", "2024-01-29", period="2024-01", amount=650))
    found = unpack(pack(view), CORPORATIE, "0988")
    assert found.references == view.references
    assert [(it.type, it.at, it.own) for it in found.facts] == [
        (it.type, it.at, it.own) for it in view.facts
    ]
