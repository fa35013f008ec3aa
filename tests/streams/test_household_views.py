"""Household views as the step writes them: for whom, of what, when, and when they are gone."""

from __future__ import annotations

import pytest

from hub.errors import Tampered
from hub.keys import Keys
from hub.streams.household_views import HOUSEHOLD_VIEWS, MOST_BYTES, MOST_FACTS, opened
from hub.wire.household_views import OfHousehold
from tests.convergence.households import written
from tests.streams.world import (
    ADDRESS,
    BEGELEIDER,
    CORPORATIE,
    DOSSIER,
    GEMEENTE,
    LEASE,
    World,
    event,
    missed,
    quiet_household,
    signed,
)

SOON = "2024-01-20T12:00:00Z"
HUURDERS = "huurders-maas"
VISIT = event("home-visit-made", "visit", "2024-01-15", concern=False)


def views(world: World) -> dict[str, OfHousehold]:
    """The view of each party; of one household."""
    last = {it.key: it.value for it in world.records(HOUSEHOLD_VIEWS)}
    found = {
        key.decode().partition("/")[0]: opened(key, value, world.keys.views)
        for key, value in last.items()
        if value is not None
    }
    assert len(found) == len(written(world)), "more than one household"
    return found


def ids(view: OfHousehold) -> list[str]:
    return [fact.id for fact in view.facts]


def count(world: World) -> int:
    return len(world.records(HOUSEHOLD_VIEWS))


def test_a_party_has_its_own_facts_and_nobody_elses(world: World) -> None:
    world.send(SOON, *quiet_household(), VISIT)
    found = views(world)
    assert ids(found[CORPORATIE]) == ["lease", "information", "visit"]
    assert set(ids(found[GEMEENTE])) == {
        "intake", "inburgering", "aanspreekpunt", "begeleiding", "arranged", "introduction",
    }  # fmt: skip
    assert {fact.party for fact in found[GEMEENTE].facts} == {GEMEENTE}
    assert found.keys() == {
        CORPORATIE,
        GEMEENTE,
    }  # the begeleider said nothing and was told nothing


def test_its_references_are_its_own(world: World) -> None:
    world.send(SOON, *quiet_household())
    found = views(world)
    assert [ref.value for ref in found[CORPORATIE].references] == ["L-1"]
    assert [ref.value for ref in found[GEMEENTE].references] == ["D-1"]


def test_a_reference_that_others_tied_to_it_comes_with_the_first_alert(world: World) -> None:
    """A party learns nothing of what others linked before it is told something."""
    other = {"scheme": "dossier", "issuer": GEMEENTE, "value": "D-2"}
    link = event("reference-linked", "link", "2024-01-10", other, LEASE, party=BEGELEIDER)
    world.send(SOON, *quiet_household(), link)
    assert [ref.value for ref in views(world)[GEMEENTE].references] == ["D-1"]
    world.send(SOON, event("signal-raised", "s", "2024-01-19", category="x", party=CORPORATIE))
    assert [ref.value for ref in views(world)[GEMEENTE].references] == ["D-1", "D-2"]


def test_who_only_knows_of_an_alert_has_a_view_without_facts(world: World) -> None:
    world.send(SOON, signed())
    found = views(world)
    assert found.keys() == {CORPORATIE, GEMEENTE, BEGELEIDER}
    assert found[GEMEENTE].facts == found[BEGELEIDER].facts == []


def test_what_the_gate_holds_gives_nobody_a_view(world: World) -> None:
    world.send(SOON, *quiet_household())
    before = views(world).keys()
    owed = missed("m", "2024-01-16", "2024-01", shared=False)
    world.send(SOON, owed)
    assert world.held()
    assert views(world).keys() == before


def test_an_alert_that_is_taken_back_takes_the_view_along(world: World) -> None:
    world.send(SOON, *quiet_household(), missed("m", "2024-01-16", "2024-01"))
    assert BEGELEIDER in views(world)
    world.send(SOON, missed("n", "2024-01-17", "2024-01", objected=True))
    assert BEGELEIDER not in views(world)
    assert GEMEENTE in views(world)


def test_acts_are_in_the_view_of_who_did_them(world: World) -> None:
    world.send(SOON, signed())
    alert = world.told(GEMEENTE, "intake-missing")
    assert alert is not None
    world.send(SOON, event("alert-acknowledged", "ack", "2024-01-20", alertId=alert["alertId"]))
    found = views(world)
    assert ids(found[GEMEENTE]) == ["ack"]
    assert ids(found[BEGELEIDER]) == []


def test_the_same_again_and_what_is_not_its_own_writes_nothing(world: World) -> None:
    world.send(SOON, *quiet_household())
    before = count(world)
    world.send(SOON, *quiet_household())
    world.reopen()
    world.send(SOON, *quiet_household())
    assert count(world) == before
    world.send(SOON, VISIT)
    assert count(world) == before + 1  # of the corporatie alone


def test_a_backlog_writes_each_view_once(world: World) -> None:
    world.send(SOON, *quiet_household(), VISIT, batch=100)
    assert count(world) == 2


def test_a_dossier_that_gets_a_lease_leaves_its_handle(world: World) -> None:
    intake = event(
        "intake-completed", "intake", "2023-12-19", DOSSIER, familyReunificationExpected=False
    )
    world.send("2023-12-20T00:00:00Z", intake)
    [(_, former)] = written(world)
    world.send(SOON, signed(), event("reference-linked", "link", "2023-12-29"))
    assert (GEMEENTE, former) not in written(world)
    assert ids(views(world)[GEMEENTE]) == ["intake", "link"]


def test_what_is_corrected_and_taken_back_is_not_in_it(world: World) -> None:
    retracts = {"source": VISIT["source"], "id": "visit"}
    taken_back = event(
        "fact-retracted", "r", "2024-01-16", retracts=retracts, reason="x", party=CORPORATIE
    )
    world.send(SOON, *quiet_household(), VISIT)
    world.send(SOON, taken_back)
    assert ids(views(world)[CORPORATIE]) == ["lease", "information"]


def test_a_tenancy_that_never_was_leaves_no_view_behind(world: World) -> None:
    world.send(SOON, signed())
    retracts = {"source": signed()["source"], "id": "lease"}
    world.send(
        SOON,
        event("fact-retracted", "r", "2024-01-16", retracts=retracts, reason="x", party=CORPORATIE),
    )
    assert written(world) == {}


@pytest.mark.parametrize("is_crashed", [False, True])
def test_an_erasure_erases_every_view(world: World, is_crashed: bool) -> None:
    world.send(SOON, *quiet_household(), VISIT)
    if is_crashed:
        world.reopen()
    world.send(SOON, event("household-erased", "x", "2024-01-20", basis="request"))
    assert written(world) == {}
    late = event("damage-repaired", "late", "2024-01-14", cost=1, cause="wear")
    world.send(SOON, late)
    assert written(world) == {}


def test_the_request_that_waits_for_a_lease_is_no_view(world: World) -> None:
    intake = event(
        "intake-completed", "intake", "2023-12-19", DOSSIER, familyReunificationExpected=False
    )
    erased = event("household-erased", "x", "2024-01-02", DOSSIER, basis="request")
    world.send(SOON, intake)
    world.send(SOON, erased)
    assert written(world) == {}


def test_what_is_forgotten_in_time_has_no_view(world: World) -> None:
    world.send(SOON, *quiet_household())
    world.pass_time("2026-06-01T00:00:00Z")
    assert written(world) == {}


def test_who_moves_on_is_another_household_to_the_corporatie_that_is_left(world: World) -> None:
    """The next tenancy, at another corporatie, has another handle, and nothing of it shows."""
    peel = {"scheme": "lease", "issuer": "corporatie-peel", "value": "P-1"}
    elsewhere = {"scheme": "address", "issuer": "bag", "value": "0988200000000002"}
    world.send(SOON, *quiet_household())
    before = {key: view for key, view in written(world).items() if key[0] == CORPORATIE}
    ended = event("lease-ended", "end", "2024-02-01", endDate="2024-02-29", reason="moved")
    world.send("2024-02-02T00:00:00Z", ended)
    own = {"startDate": "2024-03-01", "targetGroup": "vergunninghouder", "temporary": False}
    world.send(
        "2024-03-02T00:00:00Z",
        event(
            "lease-signed", "next", "2024-02-20", peel, elsewhere, party="corporatie-peel", **own
        ),
        event("reference-linked", "link", "2024-02-21", DOSSIER, peel),
        event("begeleiding-contact", "contact", "2024-03-02", DOSSIER, peel),
    )
    after = {key: view for key, view in written(world).items() if key[0] == CORPORATIE}
    assert before.keys() == after.keys()
    [(party, handle)] = after
    [last] = [
        it.value for it in world.records(HOUSEHOLD_VIEWS) if it.key == f"{party}/{handle}".encode()
    ][-1:]
    assert last is not None
    shown = opened(f"{party}/{handle}".encode(), last, world.keys.views)
    assert ids(shown) == ["lease", "information", "end"]
    assert len([it for it in written(world) if it[0] == GEMEENTE]) == 2


def test_all_are_written_anew_where_none_were(world: World) -> None:
    """As after an import, or by the release that first writes them."""
    world.send(SOON, *quiet_household())
    [state] = [it for it in world.shard_states() if it.get("meta", b"views") is not None]
    assert state.get("meta", b"views") == b"\x01"
    before = written(world)
    world.store.tables["correlate", "meta"].put(b"views", None)
    del world.store.streams[HOUSEHOLD_VIEWS]
    world.sleep_until(SOON)
    assert written(world) == before
    assert state.get("meta", b"views") == b"\x01"


def test_what_is_written_is_sealed_for_its_place(world: World) -> None:
    world.send(SOON, *quiet_household(), VISIT)
    first, second, *_ = {it.key: it for it in world.records(HOUSEHOLD_VIEWS)}.values()
    assert first.value is not None
    for secret in (b"A. de Vries", b"L-1", b"D-1", ADDRESS["value"].encode(), b"lease"):
        assert secret not in first.value + (second.value or b"")
    with pytest.raises(Tampered):
        opened(second.key, first.value, world.keys.views)
    with pytest.raises(Tampered):
        opened(first.key, first.value, Keys(b"1" * 32).views)


def test_a_view_holds_the_latest_facts_and_is_never_too_large(world: World) -> None:
    visits = [
        event("home-visit-made", f"v{number:04}", f"2024-01-{number % 20 + 1:02}", concern=False)
        for number in range(MOST_FACTS + 50)
    ]
    world.send(SOON, signed(), *visits, batch=2000)
    found = ids(views(world)[CORPORATIE])
    assert (len(found), found[-1]) == (MOST_FACTS, "v1039")
    wordy = {name: "x" * 200 for name in ("name", "organisation", "phone", "email")}
    told = [
        event("aanspreekpunt-assigned", f"a{number:03}", "2024-01-15", **wordy)
        for number in range(400)
    ]
    world.send(SOON, *told, batch=2000)
    assert max(len(it.value or b"") for it in world.records(HOUSEHOLD_VIEWS)) < MOST_BYTES + 500
    assert ids(views(world)[GEMEENTE])[-1] == "a399"
