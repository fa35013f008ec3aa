"""What is kept, for how long, and what is forgotten: waiting, ambiguity, erasure, retention."""

import pytest
from msgspec.structs import replace

from hub.domain.agreement import Agreements
from hub.domain.time import Span
from hub.streams.nodes import MARK_SIZE
from tests.streams.world import (
    ADDRESS,
    BEGELEIDER,
    CORPORATIE,
    DOSSIER,
    GEMEENTE,
    World,
    event,
    quiet_household,
    signed,
)

OTHER_CORPORATIE = "corporatie-peel"


def _status(world: World, sent: object) -> str:
    receipt = world.receipt(sent)  # type: ignore[arg-type]
    assert receipt is not None
    return str(receipt["status"])


def test_a_fact_about_an_unknown_lease_waits_and_is_bound_when_the_lease_comes(
    world: World,
) -> None:
    nuisance = event("nuisance-reported", "n", "2024-02-05", category="other")
    world.send("2024-02-06T00:00:00Z", nuisance)
    assert _status(world, nuisance) == "waiting"
    world.send("2024-02-07T00:00:00Z", *quiet_household())
    receipt = world.receipt(nuisance)
    assert receipt is not None
    assert receipt["status"] == "accepted"
    told = world.told(CORPORATIE, "nuisance")
    assert told is not None
    assert told["household"] == receipt["household"]


def test_without_standing_the_receipt_is_the_same_as_for_an_unknown_reference(
    world: World,
) -> None:
    world.send("2024-02-01T00:00:00Z", *quiet_household())
    meddling = event(
        "nuisance-reported", "n", "2024-02-05", party=OTHER_CORPORATIE, category="other"
    )
    meddling["data"]["references"] = [signed()["data"]["references"][0]]
    world.send("2024-02-06T00:00:00Z", meddling)
    receipt = world.receipt(meddling)
    assert receipt is not None
    assert (receipt["status"], receipt["household"]) == ("waiting", None)
    assert world.told(CORPORATIE, "nuisance") is None


def test_what_finds_no_household_within_the_waiting_limit_expires_with_a_receipt(
    world: World,
) -> None:
    nuisance = event("nuisance-reported", "n", "2024-02-05", category="other")
    world.send("2024-02-06T00:00:00Z", nuisance)
    world.pass_time("2024-05-05T00:00:00Z")
    assert _status(world, nuisance) == "waiting"
    world.pass_time("2024-05-07T00:00:00Z")
    assert _status(world, nuisance) == "expired-unbound"
    world.send("2024-05-08T00:00:00Z", signed())
    assert world.told(CORPORATIE, "nuisance") is None


def test_an_address_with_two_tenants_at_once_goes_back_to_its_publisher(world: World) -> None:
    other = signed(id_="lease-2")
    other["data"]["references"][0] = {**other["data"]["references"][0], "value": "L-2"}
    by_address = event("nuisance-reported", "n", "2024-02-05", ADDRESS, category="other")
    world.send("2024-02-06T00:00:00Z", signed(), other, by_address)
    receipt = world.receipt(by_address)
    assert receipt is not None
    assert (receipt["status"], receipt["problem"]) == ("refused", "ambiguous-address")
    assert world.told(CORPORATIE, "nuisance") is None


def test_what_went_back_may_be_said_better_under_the_same_id(world: World) -> None:
    other = signed(id_="lease-2")
    other["data"]["references"][0] = {**other["data"]["references"][0], "value": "L-2"}
    by_address = event("nuisance-reported", "n", "2024-02-05", ADDRESS, category="other")
    world.send("2024-02-06T00:00:00Z", signed(), other, by_address)
    better = event("nuisance-reported", "n", "2024-02-05", category="other")
    world.send("2024-02-07T00:00:00Z", better)
    assert _status(world, better) == "accepted"
    assert world.told(CORPORATIE, "nuisance") is not None


def test_what_names_the_lease_of_a_regular_tenant_is_forgotten_whole(world: World) -> None:
    regular = signed(targetGroup="regular")
    nuisance = event("nuisance-reported", "marked-nuisance", "2024-02-05", category="other")
    world.send("2024-02-06T00:00:00Z", nuisance)
    assert _status(world, nuisance) == "waiting"
    world.send("2024-02-07T00:00:00Z", regular)
    assert _status(world, nuisance) == "accepted"
    assert not any(world.last(party) for party in (CORPORATIE, GEMEENTE))
    facts = world.store.tables["correlate", "fact"].values
    assert len(facts) == 1


def test_no_reference_stands_readable_in_state(world: World) -> None:
    world.send("2024-03-20T00:00:00Z", *quiet_household())
    stored = world.stored()
    for secret in (b"L-1", b"D-1", b"0988200000000001", b"A. de Vries", b"+31495000000"):
        assert secret not in stored


def _erased(id_: str = "erase", at: str = "2024-03-01") -> dict[str, object]:
    return dict(event("household-erased", id_, at, basis="other"))


def test_an_erasure_ends_every_alert_without_data_and_leaves_nothing(world: World) -> None:
    world.send("2024-02-20T00:00:00Z", signed())
    told = {party: world.last(party) for party in (GEMEENTE, BEGELEIDER, CORPORATIE)}
    assert all(told.values())
    world.send("2024-03-02T00:00:00Z", _erased())
    for party, before in told.items():
        after = world.last(party)
        assert after.keys() == before.keys()
        assert {notice["status"] for notice in after.values()} == {"erased"}
        assert all("evidence" not in notice for notice in after.values())
    assert not world.store.tables["correlate", "fact"].values
    assert not world.store.tables["correlate", "alert"].values
    assert not world.store.tables["correlate", "cluster"].values
    nodes = world.store.tables["correlate", "node"].values
    assert all(len(value) == MARK_SIZE for value in nodes.values())  # none leads to a cluster


def test_an_erasure_takes_what_was_corrected_taken_back_and_done_along(world: World) -> None:
    wrong = event("nuisance-reported", "n1", "2024-02-05", category="other")
    right = event("nuisance-reported", "n2", "2024-02-06", category="other")
    right["data"]["replaces"] = {"source": wrong["source"], "id": "n1"}
    damage = event("damage-reported", "d", "2024-02-07", category="other", cause="wear")
    retracted = {"source": damage["source"], "id": "d"}
    back = event(
        "fact-retracted", "r", "2024-02-08", party=CORPORATIE, retracts=retracted, reason="other"
    )
    del back["data"]["references"]
    world.send("2024-02-20T00:00:00Z", *quiet_household(), wrong, right, damage, back)
    told = world.told(CORPORATIE, "nuisance")
    assert told is not None
    act = event("alert-acknowledged", "a", "2024-02-10", party=CORPORATIE, alertId=told["alertId"])
    del act["data"]["references"]
    world.send("2024-02-21T00:00:00Z", act)
    world.send("2024-03-02T00:00:00Z", _erased())
    assert not world.store.tables["correlate", "fact"].values
    assert not world.store.tables["correlate", "cluster"].values


def test_an_erasure_leaves_the_neighbours_in_the_dwelling_alone(world: World) -> None:
    later = signed("2024-03-04", id_="lease-2")
    later["data"]["references"][0] = {**later["data"]["references"][0], "value": "L-2"}
    ended = event("lease-ended", "end", "2024-02-01", endDate="2024-02-25", reason="other")
    world.send("2024-03-20T00:00:00Z", *quiet_household(), ended, later)
    world.send("2024-03-21T00:00:00Z", _erased(at="2024-03-20"))
    open_alerts = {n["rule"] for n in world.last(GEMEENTE).values() if n["status"] == "open"}
    assert "intake-missing" in open_alerts
    assert len(world.store.tables["correlate", "fact"].values) == 1
    world.reopen()
    world.send("2024-03-22T00:00:00Z", later)
    receipt = world.receipt(later)
    assert receipt is not None
    assert receipt["status"] == "duplicate"


def test_late_facts_do_not_bring_an_erased_household_back(world: World) -> None:
    world.send("2024-02-20T00:00:00Z", signed())
    world.send("2024-03-02T00:00:00Z", _erased())
    late = event("nuisance-reported", "n", "2024-02-15", category="other")
    again = signed(id_="lease-again")
    world.send("2024-03-03T00:00:00Z", late, again)
    receipts = [world.receipt(late), world.receipt(again)]
    assert [r and (r["status"], r["problem"]) for r in receipts] == [
        ("refused", "household-forgotten")
    ] * 2
    assert not world.store.tables["correlate", "fact"].values


def test_an_erasure_that_comes_before_its_facts_erases_them_all_the_same(world: World) -> None:
    world.send("2024-03-02T00:00:00Z", _erased())
    world.send("2024-03-03T00:00:00Z", *quiet_household())
    assert not any(world.last(party) for party in (GEMEENTE, BEGELEIDER, CORPORATIE))
    assert not world.store.tables["correlate", "fact"].values


def test_a_household_is_forgotten_when_its_retention_is_over(world: World) -> None:
    # monitoring ends on 8 January 2025, a year later the household is forgotten
    world.send("2024-02-20T00:00:00Z", signed())
    world.pass_time("2026-01-07T22:00:00Z")
    assert world.store.tables["correlate", "fact"].values
    world.pass_time("2026-01-07T23:00:00Z")
    assert not world.store.tables["correlate", "fact"].values
    late = event("nuisance-reported", "n", "2024-03-01", category="other")
    world.send("2026-01-09T00:00:00Z", late)
    receipt = world.receipt(late)
    assert receipt is not None
    assert receipt["problem"] == "household-forgotten"


def test_a_household_that_is_monitored_longer_is_remembered_longer(world: World) -> None:
    [agreement] = world.deployment.agreements.all
    monitoring = replace(agreement.states["monitoring"], lasts=Span(3, "y"))
    states = {**agreement.states, "monitoring": monitoring}
    world.reopen(Agreements([replace(agreement, states=states)]))
    world.send("2024-02-20T00:00:00Z", signed())
    world.pass_time("2028-01-07T22:00:00Z")
    assert world.facts()
    world.pass_time("2028-01-07T23:00:00Z")
    assert not world.facts()


def test_history_that_is_loaded_late_is_not_forgotten_before_it_can_have_met(
    world: World,
) -> None:
    intake = event("intake-completed", "i", "2024-01-02", DOSSIER, familyReunificationExpected=True)
    world.send("2026-06-01T00:00:00Z", intake)
    link = event("reference-linked", "l", "2024-01-10")
    world.send("2026-06-02T00:00:00Z", signed(), link)
    assert world.told(GEMEENTE, "intake-missing") is None
    assert world.told(GEMEENTE, "aanspreekpunt-missing") is not None
    world.pass_time("2026-09-01T00:00:00Z")
    assert not world.store.tables["correlate", "fact"].values


def test_an_act_that_comes_before_its_alert_waits_for_it(world: World) -> None:
    alert_id = "al-ubqj7blfygmwwzaddf4vniclu2"
    act = event("alert-acknowledged", "a", "2024-02-01", alertId=alert_id)
    del act["data"]["references"]
    world.send("2024-02-02T00:00:00Z", act)
    assert _status(world, act) == "waiting"
    world.send("2024-02-03T00:00:00Z", signed())
    told = world.told(GEMEENTE, "intake-missing")
    assert told is not None
    later = event("alert-acknowledged", "a2", "2024-02-03", alertId=told["alertId"])
    del later["data"]["references"]
    world.send("2024-02-04T00:00:00Z", later)
    assert _status(world, later) == "accepted"
    told = world.told(GEMEENTE, "intake-missing")
    assert told is not None
    assert told["status"] == "acknowledged"


@pytest.mark.parametrize("first", ["act", "lease"])
def test_the_order_of_an_act_and_its_alert_does_not_matter(first: str, world: World) -> None:
    probe = World()
    probe.send("2024-02-03T00:00:00Z", signed())
    told = probe.told(GEMEENTE, "intake-missing")
    probe.close()
    assert told is not None
    act = event("alert-acknowledged", "a", "2024-02-01", alertId=told["alertId"])
    del act["data"]["references"]
    sent = [act, signed()] if first == "act" else [signed(), act]
    for one in sent:
        world.send("2024-02-03T00:00:00Z", one)
    last = world.told(GEMEENTE, "intake-missing")
    assert last is not None
    assert last["status"] == "acknowledged"
    assert _status(world, act) == "accepted"


def test_of_a_regular_tenant_the_end_is_kept_and_why_it_ended_is_not(world: World) -> None:
    regular = signed(targetGroup="regular")
    ended = event(
        "lease-ended", "end", "2024-06-01", endDate="2024-06-30", reason="arrears", handoverCosts=7
    )
    world.send("2024-06-02T00:00:00Z", regular, ended)
    kept = {fact.type: fact for fact in world.facts()}
    assert kept["lease-ended"].own.reason == "unknown"  # type: ignore[attr-defined]
    assert kept["lease-ended"].own.handover_costs is None  # type: ignore[attr-defined]
    world.send("2024-06-03T00:00:00Z", ended)
    assert _status(world, ended) == "duplicate"


def test_a_regular_tenant_is_forgotten_a_retention_after_the_end(world: World) -> None:
    ended = event("lease-ended", "end", "2024-06-01", endDate="2024-06-30", reason="other")
    world.send("2024-06-02T00:00:00Z", signed(targetGroup="regular"), ended)
    world.pass_time("2025-06-29T00:00:00Z")
    assert len(world.facts()) == 2
    world.pass_time("2025-07-02T00:00:00Z")
    assert not world.facts()


def _replacing(sent: dict[str, object], id_: str, at: str) -> dict[str, object]:
    assert isinstance(sent["data"], dict)
    replaced = {"source": sent["source"], "id": sent["id"]}
    return {**sent, "id": id_, "data": {**sent["data"], "occurredAt": at, "replaces": replaced}}


def test_what_was_corrected_twice_and_names_only_an_address_goes_with_its_household(
    world: World,
) -> None:
    first = dict(event("nuisance-reported", "n1", "2024-02-05", ADDRESS, category="other"))
    second = _replacing(first, "n2", "2024-02-06")
    third = _replacing(second, "n3", "2024-02-07")
    world.send("2024-02-20T00:00:00Z", signed(), first, second, third)
    world.send("2024-03-02T00:00:00Z", _erased())
    assert not world.store.tables["correlate", "fact"].values


def test_a_correction_that_finds_no_household_expires_with_what_it_corrected(
    world: World,
) -> None:
    damage = event("damage-reported", "d", "2024-02-07", category="other", cause="resident")
    retracted = {"source": damage["source"], "id": "d"}
    back = event(
        "fact-retracted", "r", "2024-02-08", party=CORPORATIE, retracts=retracted, reason="other"
    )
    del back["data"]["references"]
    world.send("2024-02-20T00:00:00Z", signed(), damage, back)
    world.pass_time("2024-06-01T00:00:00Z")
    assert _status(world, back) == "expired-unbound"
    assert world.told(CORPORATIE, "damage-without-begeleiding") is None
    assert [fact.id for fact in world.facts()] == ["lease"]


def test_corrections_that_wait_expire_one_by_one_and_bring_nothing_back(world: World) -> None:
    first = dict(event("nuisance-reported", "n1", "2024-02-05", category="other"))
    second = _replacing(first, "n2", "2024-02-05")
    third, fourth = (
        event(
            "fact-retracted",
            id_,
            "2024-02-08",
            party=CORPORATIE,
            retracts={"source": first["source"], "id": target},
            reason="other",
        )
        for id_, target in (("n3", "n2"), ("n4", "n3"))
    )
    for day, sent in enumerate((fourth, first, second, third)):
        world.send(f"2024-02-2{day}T00:00:00Z", sent)
    world.pass_time("2024-07-01T00:00:00Z")
    assert not world.facts()


def test_a_retraction_that_expires_does_not_change_the_name_of_an_alert(world: World) -> None:
    first = dict(event("nuisance-reported", "n1", "2024-02-05", category="other"))
    second = _replacing(first, "n2", "2024-02-06")
    third = _replacing(second, "n3", "2024-02-07")
    back = event(
        "fact-retracted",
        "r",
        "2024-02-08",
        party=CORPORATIE,
        retracts={"source": first["source"], "id": "n2"},
        reason="other",
    )
    del back["data"]["references"]
    world.send("2024-02-20T00:00:00Z", *quiet_household(), first, second, third, back)
    told = world.told(CORPORATIE, "nuisance")
    assert told is not None
    world.pass_time("2024-06-01T00:00:00Z")
    assert _status(world, back) == "expired-unbound"
    again = world.told(CORPORATIE, "nuisance")
    assert again is not None
    assert again["alertId"] == told["alertId"]


def test_an_erasure_of_a_dossier_waits_for_its_lease_and_not_for_ever(world: World) -> None:
    contact = event("begeleiding-contact", "c", "2024-02-15", DOSSIER, party=BEGELEIDER)
    erasure = event("household-erased", "erase", "2024-03-01", DOSSIER, basis="other")
    world.send("2024-03-02T00:00:00Z", contact, erasure)
    assert [fact.id for fact in world.facts()] == ["erase"]
    world.pass_time("2024-05-31T00:00:00Z")
    assert not world.facts()
    late = event("begeleiding-contact", "c2", "2024-02-16", DOSSIER, party=BEGELEIDER)
    world.send("2024-06-02T00:00:00Z", late)
    receipt = world.receipt(late)
    assert receipt is not None
    assert (receipt["status"], receipt["problem"]) == ("refused", "household-forgotten")


def test_what_comes_after_its_erasure_hears_that_it_was_refused(world: World) -> None:
    erasure = event("household-erased", "erase", "2024-03-01", DOSSIER, basis="other")
    late = event("begeleiding-contact", "c", "2024-02-15", DOSSIER, party=BEGELEIDER)
    world.send("2024-03-02T00:00:00Z", erasure)
    world.send("2024-03-03T00:00:00Z", late)
    receipt = world.receipt(late)
    assert receipt is not None
    assert (receipt["status"], receipt["problem"]) == ("refused", "household-forgotten")


def test_marks_are_kept_400_days_and_then_removed(world: World) -> None:
    world.send("2024-02-20T00:00:00Z", signed())
    world.send("2024-03-02T00:00:00Z", _erased())
    assert world.store.tables["correlate", "mark"].values
    other = signed(id_="other")
    other["data"]["references"][0] = {**other["data"]["references"][0], "value": "L-9"}
    other["data"]["references"][1] = {**ADDRESS, "value": "0988200000000009"}
    world.send("2025-03-01T00:00:00Z", other)
    assert world.store.tables["correlate", "mark"].values
    world.send("2025-04-10T00:00:00Z", event("signal-raised", "s", "2025-04-09", category="other"))
    assert not world.store.tables["correlate", "mark"].values
