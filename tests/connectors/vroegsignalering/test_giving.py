"""Signals at a vroegsignalering system: given once and in their term, corrected, and taken back."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec import structs

from hub.client import Alert
from hub.domain.time import parse_instant
from hub.errors import Misconfigured, Unavailable
from tests.connectors.vroegsignalering.corporatie import Corporatie
from tests.connectors.vroegsignalering.households import (
    ALERT,
    LEASE,
    NOT_YET,
    OBJECTED,
    OTHER,
    TAKEN,
    alert,
    household,
    missed,
    paid,
)

GONE = Alert(alert_id=ALERT, revision=2, status="withdrawn", rule="huur-open", severity="high")


async def given(corporatie: Corporatie) -> None:
    corporatie.show(missed())
    await corporatie.tell(alert())
    assert list(corporatie.system.signals) == [ALERT]
    corporatie.system.calls.clear()


def calls(corporatie: Corporatie) -> list[tuple[str, int]]:
    return [(it.method, it.status) for it in corporatie.system.calls]


async def test_only_when_all_four_steps_were_taken_and_nobody_objected_it_is_given(
    corporatie: Corporatie,
) -> None:
    for taken in product((True, False), repeat=5):
        steps = dict(zip(TAKEN, taken, strict=True))
        corporatie.system.signals.clear()
        for name in corporatie.on_shelf:
            corporatie.kept.shelf.keep(name, None)
        corporatie.show(missed(steps=steps))
        await corporatie.tell(alert())
        await corporatie.come_round("2024-04-01")
        assert bool(corporatie.system.signals) is (steps == TAKEN), steps


async def test_it_is_given_once(corporatie: Corporatie) -> None:
    await given(corporatie)
    await corporatie.deliver(alert())
    await corporatie.tell(alert(revision=2, status="acknowledged"))
    await corporatie.come_round("2024-03-20")
    assert calls(corporatie) == []


async def test_whom_it_is_about_is_an_address(corporatie: Corporatie) -> None:
    await given(corporatie)
    assert corporatie.system.signals[ALERT] == {
        "ID": ALERT,
        "bedrag": 650,
        "ontstaansdatum": "2024-02-01",
        "signaaldatum": "2024-03-02",
        "signaalpartner": {"type": "Huur"},
        "client": {"Postcode": "6001AA", "Huisnummer": "12"},
    }


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"rule": "een-andere"}, id="of a rule that the convenant does not name"),
        pytest.param({"gemeente": "0957"}, id="of another gemeente"),
        pytest.param({"household": None, "gemeente": None, "region": "r"}, id="of a region"),
    ],
)
async def test_what_is_no_business_of_this_system_is_not_given(
    corporatie: Corporatie, changes: dict[str, str | None]
) -> None:
    corporatie.show(missed())
    await corporatie.tell(structs.replace(alert(), **changes))
    assert (calls(corporatie), corporatie.on_shelf) == ([], [])


# -- in its term


async def test_it_waits_for_its_day(corporatie: Corporatie) -> None:
    corporatie.show(missed())
    await corporatie.tell(alert(), "2024-02-03")
    wake = await corporatie.come_round("2024-03-01T22:45:00Z")  # a quarter to midnight
    assert calls(corporatie) == []
    assert wake == parse_instant("2024-03-02")
    await corporatie.come_round("2024-03-02")
    assert calls(corporatie) == [("PUT", 201)]
    assert corporatie.system.signals[ALERT]["signaaldatum"] == "2024-03-02"


@pytest.mark.parametrize(
    ("at", "is_given"),
    [("2024-03-02", False), ("2024-03-17", True), ("2024-05-11", True), ("2024-05-12", False)],
)
async def test_the_term_is_that_of_the_convenant(
    corporatie: Corporatie, at: str, is_given: bool
) -> None:
    corporatie.terms = structs.replace(corporatie.terms, from_days=45, until_days=100)
    corporatie.show(missed())
    await corporatie.tell(alert(), at)
    assert bool(corporatie.system.signals) is is_given


async def test_what_was_objected_to_while_it_waited_is_not_given(corporatie: Corporatie) -> None:
    corporatie.show(missed())
    await corporatie.tell(alert(), "2024-02-03")
    corporatie.show(missed(), missed("2024-02-20", steps=OBJECTED), alerts=[alert()])
    await corporatie.come_round("2024-03-05")
    assert calls(corporatie) == []


async def test_what_was_paid_while_it_waited_is_not_given(corporatie: Corporatie) -> None:
    corporatie.show(missed())
    await corporatie.tell(alert(), "2024-02-03")
    await corporatie.tell(alert(revision=2, status="resolved", resolution="condition"))
    await corporatie.come_round("2024-03-05")
    assert (calls(corporatie), corporatie.on_shelf) == ([], [])


async def test_a_small_amount_is_given_once_it_has_grown(corporatie: Corporatie) -> None:
    corporatie.terms = structs.replace(corporatie.terms, from_euros=700)
    corporatie.show(missed())
    await corporatie.tell(alert())
    assert calls(corporatie) == []
    corporatie.show(missed(), missed("2024-03-05", total=130_000), alerts=[alert()])
    await corporatie.come_round("2024-03-05")
    assert corporatie.system.signals[ALERT]["bedrag"] == 1300


async def test_steps_that_come_later_make_it_go(corporatie: Corporatie) -> None:
    held = alert(held=({"role": "gemeente", "reason": "social-collection-incomplete"},))
    corporatie.show(missed(steps=NOT_YET))
    await corporatie.tell(held)
    assert (calls(corporatie), corporatie.on_shelf) == ([], [])
    corporatie.show(missed(steps=NOT_YET), missed("2024-03-03"))
    await corporatie.tell(alert(revision=2), "2024-03-03")
    assert calls(corporatie) == [("PUT", 201)]


async def test_facts_that_lag_behind_the_hub_are_looked_at_again(corporatie: Corporatie) -> None:
    corporatie.show(missed(steps=NOT_YET))
    await corporatie.tell(alert())
    assert calls(corporatie) == []
    corporatie.show(missed(), alerts=[alert()])
    await corporatie.come_round("2024-03-03")
    assert calls(corporatie) == [("PUT", 201)]


# -- corrected


@pytest.mark.parametrize(
    "then",
    [
        pytest.param(missed("2024-03-04", total=40_000), id="we say less"),
        pytest.param(paid("2024-03-04", 25_000), id="a part was paid"),
    ],
)
async def test_another_amount_is_a_correction_of_the_same_signal(
    corporatie: Corporatie, then: object
) -> None:
    await given(corporatie)
    corporatie.show(missed(), then)  # type: ignore[arg-type]  # an entry each
    await corporatie.tell(alert(revision=2), "2024-03-09")
    signal = corporatie.system.signals[ALERT]
    assert (signal["bedrag"], signal["signaaldatum"]) == (400, "2024-03-02")
    assert calls(corporatie) == [("PUT", 200)]


# -- taken back


async def test_an_objection_takes_it_back(corporatie: Corporatie) -> None:
    await given(corporatie)
    corporatie.show(missed(), missed("2024-03-10", steps=OBJECTED))
    await corporatie.tell(alert(revision=2, held=({"role": "gemeente", "reason": "x"},)))
    assert (corporatie.system.signals, corporatie.on_shelf) == ({}, [])
    assert corporatie.logged == [("a signal was given", ALERT), ("a signal was taken back", ALERT)]


async def test_an_objection_that_only_our_facts_know_takes_it_back(corporatie: Corporatie) -> None:
    await given(corporatie)
    corporatie.show(missed(), missed("2024-03-10", steps=OBJECTED))
    await corporatie.tell(alert(revision=2))
    assert corporatie.system.signals == {}


async def test_a_gate_that_only_the_hub_has_closed_takes_it_back(corporatie: Corporatie) -> None:
    await given(corporatie)
    await corporatie.tell(alert(revision=2, held=({"role": "gemeente", "reason": "x"},)))
    assert corporatie.system.signals == {}


async def test_an_objection_that_is_taken_back_gives_it_again(corporatie: Corporatie) -> None:
    await given(corporatie)
    objection = missed("2024-03-10", steps=OBJECTED)
    corporatie.show(missed(), objection)
    await corporatie.tell(alert(revision=2, held=({"role": "gemeente", "reason": "x"},)))
    corporatie.show(missed(), objection, missed("2024-03-12"))
    await corporatie.tell(alert(revision=3), "2024-03-12")
    assert corporatie.system.signals[ALERT]["signaaldatum"] == "2024-03-12"


async def test_what_was_paid_is_taken_back(corporatie: Corporatie) -> None:
    await given(corporatie)
    await corporatie.tell(alert(revision=2, status="resolved", resolution="condition"))
    assert (corporatie.system.signals, corporatie.on_shelf) == ({}, [])


@pytest.mark.parametrize("status", ["withdrawn", "erased"])
async def test_what_the_hub_takes_back_is_taken_back(corporatie: Corporatie, status: str) -> None:
    await given(corporatie)
    corporatie.page = None if status == "erased" else household()
    await corporatie.deliver(structs.replace(GONE, status=status))
    assert (corporatie.system.signals, corporatie.on_shelf) == ({}, [])


@pytest.mark.parametrize("resolution", ["closed", "approach", "scope-ended"])
async def test_what_ended_otherwise_stays_with_the_gemeente(
    corporatie: Corporatie, resolution: str
) -> None:
    await given(corporatie)
    await corporatie.tell(alert(revision=2, status="closed", resolution=resolution))
    assert (calls(corporatie), list(corporatie.system.signals)) == ([], [ALERT])
    # And it can still be taken back, when it turns out that it never was.
    corporatie.page = household()
    await corporatie.deliver(structs.replace(GONE, revision=3))
    assert corporatie.system.signals == {}


async def test_an_empty_page_takes_nothing_back(corporatie: Corporatie) -> None:
    await given(corporatie)
    for page in (None, household()):
        corporatie.page = page
        await corporatie.deliver(alert(revision=2))
        await corporatie.come_round("2024-03-05")
    assert calls(corporatie) == []
    corporatie.show(missed())
    await corporatie.tell(alert(revision=3, status="resolved", resolution="condition"))
    assert corporatie.system.signals == {}


async def test_what_the_gemeente_works_on_stays_with_it(corporatie: Corporatie) -> None:
    await given(corporatie)
    corporatie.system.pick_up(ALERT)
    corporatie.show(missed(), missed("2024-03-10", steps=OBJECTED))
    for revision in (2, 3):
        await corporatie.tell(alert(revision=revision))
    assert calls(corporatie) == [("DELETE", 409)]


# -- two alerts of one household


async def test_of_one_household_there_is_one_signal_at_a_time(corporatie: Corporatie) -> None:
    await given(corporatie)
    later = alert(OTHER, raised_at="2024-03-01T23:00:00.000Z")
    await corporatie.tell(later)
    assert list(corporatie.system.signals) == [ALERT]
    await corporatie.tell(alert(revision=2, status="resolved", resolution="condition"))
    assert list(corporatie.system.signals) == [OTHER]


async def test_an_alert_that_was_raised_before_gives_no_second_signal(
    corporatie: Corporatie,
) -> None:
    await given(corporatie)
    await corporatie.tell(alert(OTHER, raised_at="2024-01-15T23:00:00.000Z"))
    assert list(corporatie.system.signals) == [ALERT]


async def test_new_arrears_after_one_was_closed_are_a_signal_of_their_own(
    corporatie: Corporatie,
) -> None:
    await given(corporatie)
    await corporatie.tell(alert(revision=2, status="closed", resolution="closed"))
    await corporatie.tell(alert(OTHER))
    assert sorted(corporatie.system.signals) == [ALERT, OTHER]


# -- what goes wrong


async def test_a_lease_without_an_address_is_told_and_goes_once_it_has_one(
    corporatie: Corporatie,
) -> None:
    whole = corporatie.addresses.read_text()
    corporatie.addresses.write_text("lease;Postcode;Huisnummer\n")
    corporatie.show(missed())
    await corporatie.tell(alert())
    (why,) = corporatie.dead_letters
    assert "add a line with the lease" in why
    assert LEASE not in repr(corporatie.kept.dead_letters())
    await corporatie.come_round("2024-03-03")
    assert (calls(corporatie), len(corporatie.dead_letters)) == ([], 1)
    corporatie.addresses.write_text(whole)
    await corporatie.come_round("2024-03-04")
    assert (calls(corporatie), corporatie.dead_letters) == ([("PUT", 201)], [])


async def test_of_a_household_that_moved_nobody_guesses_the_address(
    corporatie: Corporatie,
) -> None:
    both = [{"scheme": "lease", "issuer": "corporatie-maas", "value": it} for it in ("A-1", LEASE)]
    with corporatie.addresses.open("a") as file:
        file.write("A-1;6001AA;10\n")
    corporatie.show(missed(), references=tuple(both))
    await corporatie.tell(alert())
    (why,) = corporatie.dead_letters
    assert (calls(corporatie), "more than one address" in why) == ([], True)
    corporatie.addresses.write_text(f"lease;Postcode;Huisnummer\n{LEASE};6001AA;12\n")
    await corporatie.come_round("2024-03-03")
    assert corporatie.system.signals[ALERT]["client"] == {"Postcode": "6001AA", "Huisnummer": "12"}
    assert corporatie.dead_letters == []


async def test_a_file_of_addresses_that_is_gone_holds_up_nothing_that_is_taken_back(
    corporatie: Corporatie,
) -> None:
    await given(corporatie)
    corporatie.addresses.unlink()
    await corporatie.tell(alert(OTHER))
    await corporatie.tell(alert(revision=2, status="resolved", resolution="condition"))
    assert corporatie.system.signals == {}
    (why,) = corporatie.dead_letters
    assert why.startswith("vroegsignalering.signals.addresses does not work; it cannot be read")


async def test_what_could_not_be_given_is_no_trouble_once_it_is_paid(
    corporatie: Corporatie,
) -> None:
    corporatie.addresses.write_text("lease;Postcode;Huisnummer\n")
    corporatie.show(missed())
    await corporatie.tell(alert())
    assert corporatie.dead_letters
    await corporatie.tell(alert(revision=2, status="resolved", resolution="condition"))
    assert (corporatie.dead_letters, corporatie.on_shelf) == ([], [])


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_while_the_system_is_busy_it_is_tried_again(
    corporatie: Corporatie, status: int
) -> None:
    corporatie.show(missed())
    corporatie.system.fails_with, corporatie.system.retry_after = status, "7"
    with pytest.raises(Unavailable) as caught:
        await corporatie.tell(alert())
    assert caught.value.retry_after == 7
    corporatie.system.fails_with = None
    await corporatie.deliver(alert(), "2024-03-20")
    assert corporatie.system.signals[ALERT]["signaaldatum"] == "2024-03-02"


async def test_a_system_that_is_away_is_waited_for(corporatie: Corporatie) -> None:
    corporatie.show(missed())
    await corporatie.system.go()
    with pytest.raises(Unavailable):
        await corporatie.tell(alert())
    await corporatie.system.come()
    await corporatie.come_round("2024-03-02T10:00:00Z")
    assert list(corporatie.system.signals) == [ALERT]


async def test_a_key_that_does_not_fit_is_a_wrong_setting(corporatie: Corporatie) -> None:
    corporatie.show(missed())
    corporatie.system.fails_with = 401
    with pytest.raises(Misconfigured, match=r"vroegsignalering\.address: it answers 401"):
        await corporatie.tell(alert())


async def test_a_signal_that_is_refused_is_told_and_tried_again_tomorrow(
    corporatie: Corporatie,
) -> None:
    corporatie.show(missed())
    corporatie.system.fails_with = 400
    await corporatie.tell(alert())
    (why,) = corporatie.dead_letters
    assert "answers 400" in why
    corporatie.system.fails_with = None
    await corporatie.come_round("2024-03-02T22:30:00Z")
    assert corporatie.system.signals == {}
    await corporatie.come_round("2024-03-02T23:30:00Z")
    assert (list(corporatie.system.signals), corporatie.dead_letters) == ([ALERT], [])


async def test_one_that_was_perhaps_given_is_taken_back_all_the_same(
    corporatie: Corporatie,
) -> None:
    """It came there, the answer was lost, and then the tenant objected."""
    corporatie.show(missed())

    async def lost() -> None:
        corporatie.system.before_answer = None
        corporatie.system.signals[ALERT] = {}
        corporatie.system.fails_with = 500

    corporatie.system.before_answer = lost
    with pytest.raises(Unavailable):
        await corporatie.tell(alert())
    corporatie.system.fails_with = None
    corporatie.show(missed(), missed("2024-03-10", steps=OBJECTED))
    await corporatie.tell(alert(revision=2))
    assert (corporatie.system.signals, corporatie.on_shelf) == ({}, [])


async def test_one_that_never_came_there_is_taken_back_without_trouble(
    corporatie: Corporatie,
) -> None:
    corporatie.show(missed())
    corporatie.system.fails_with = 503
    with pytest.raises(Unavailable):
        await corporatie.tell(alert())
    corporatie.system.fails_with = None
    corporatie.show(missed(), missed("2024-03-10", steps=OBJECTED))
    await corporatie.tell(alert(revision=2))
    assert calls(corporatie)[-1] == ("DELETE", 404)
    assert (corporatie.dead_letters, corporatie.on_shelf) == ([], [])


async def test_while_the_hub_is_away_nothing_is_said(corporatie: Corporatie) -> None:
    corporatie.is_hub_away = True
    with pytest.raises(Unavailable):
        await corporatie.deliver(alert())
    assert calls(corporatie) == []


async def test_a_page_that_is_behind_is_asked_again(corporatie: Corporatie) -> None:
    await given(corporatie)
    with pytest.raises(Unavailable, match="a moment behind"):
        await corporatie.deliver(alert(revision=2))
    assert calls(corporatie) == []


async def test_an_alert_that_the_page_does_not_show_yet_is_looked_at_the_same_day(
    corporatie: Corporatie,
) -> None:
    await corporatie.deliver(alert())
    corporatie.show(missed(), alerts=[alert()])
    wake = await corporatie.come_round("2024-03-02T10:00:00Z")
    assert calls(corporatie) == [("PUT", 201)]
    assert wake == parse_instant("2024-03-02T11:00:00Z")
