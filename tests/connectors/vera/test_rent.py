"""What the bookings of a lease say of its rent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.corporatie.vera_lease import Household
from connectors.corporatie.vera_memory import Remembered
from connectors.corporatie.vera_rent import (
    Payment,
    Period,
    Step,
    is_rent,
    payments_of,
    payments_without_dates,
    periods,
    rent_drafts,
    social_collection,
)
from connectors.corporatie.vera_settings import Rent, Steps
from connectors.corporatie.vera_shapes import Aflettering, Boeking
from connectors.seam import Draft
from tests.systems.vera_tenants import code

HOUSEHOLD = Household("0988", "H-1", "corporatie-maas")
BEGIN = date(2024, 2, 1)
TODAY = (date(2024, 3, 10), 3)


def claim(due: str = "2024-03-01", **fields: Any) -> Boeking:
    usual = {
        "id": f"B-{due}",
        "soort": code("VOR"),
        "detailSoort": code("PRO"),
        "status": code("FIA"),
        "vervaldatum": due,
        "bedrag": 612.5,
    }
    return msgspec.json.decode(msgspec.json.encode(usual | fields), type=Boeking)


def paid(on: str, amount: int = 61250) -> Payment:
    return Payment(date.fromisoformat(on), on, amount)


def said(
    *payments: Payment, due: str = "2024-03-01", today: tuple[date, int] = TODAY
) -> Sequence[Draft]:
    found = periods([claim(due)], {f"B-{due}": payments}, BEGIN, Rent())
    return rent_drafts(found[0], found, HOUSEHOLD, {"reminderSent": True}, today)


@pytest.mark.parametrize(
    ("payments", "today", "expected"),
    [
        pytest.param([], TODAY, ["rent-missed"], id="nothing was paid"),
        pytest.param([paid("2024-02-28")], TODAY, ["rent-paid"], id="paid before"),
        pytest.param([paid("2024-03-01")], TODAY, ["rent-paid"], id="paid on the last day"),
        pytest.param([paid("2024-03-02")], TODAY, ["rent-missed", "rent-paid"], id="a day late"),
        pytest.param(
            [paid("2024-02-28", 30000)], TODAY, ["rent-missed", "rent-paid"], id="a part of it"
        ),
        pytest.param([], (date(2024, 3, 1), 0), [], id="its last day is not over"),
        pytest.param([], (date(2024, 3, 2), 0), ["rent-missed"], id="its last day is over"),
        pytest.param([], (date(2024, 3, 4), 3), [], id="a payment may still be on its way"),
        pytest.param([], (date(2024, 3, 5), 3), ["rent-missed"], id="it would have come"),
        pytest.param([paid("2024-03-20")], TODAY, ["rent-missed"], id="a payment of tomorrow"),
    ],
)
def test_a_period_is_missed_when_less_was_paid_than_was_due(
    payments: list[Payment], today: tuple[date, int], expected: list[str]
) -> None:
    assert [it.type for it in said(*payments, today=today)] == expected


def test_what_was_missed_names_period_dates_and_whole_cents() -> None:
    missed, payment = said(paid("2024-03-08"))
    assert missed.data == {
        "occurredAt": "2024-03-01T23:00:00.000Z",
        "gemeente": "0988",
        "references": [{"scheme": "lease", "issuer": "corporatie-maas", "value": "H-1"}],
        "period": "2024-03",
        "dueDate": "2024-03-01",
        "amountDue": 61250,
        "totalArrears": 61250,
        "socialCollection": {"reminderSent": True},
    }
    assert payment.data["occurredAt"] == "2024-03-07T23:00:00.000Z"
    assert (payment.data["period"], payment.data["amount"]) == ("2024-03", 61250)


def test_what_was_paid_before_is_not_due_any_more_so_that_the_rest_settles_it() -> None:
    missed, _, rest = said(paid("2024-02-28", 30000), paid("2024-03-08", 31250))
    assert missed.data["amountDue"] == rest.data["amount"] == 31250


def test_arrears_are_those_of_the_day_on_which_it_was_missed() -> None:
    claims = [claim("2024-02-01"), claim("2024-03-01"), claim("2024-04-01")]
    payments = {"B-2024-02-01": [paid("2024-03-05")]}
    found = periods(claims, payments, BEGIN, Rent())
    today = (date(2024, 5, 1), 3)
    arrears = [rent_drafts(it, found, HOUSEHOLD, {}, today)[0].data["totalArrears"] for it in found]
    assert arrears == [61250, 122500, 122500]


def test_the_first_bill_is_rent_of_the_first_month_and_adds_to_it() -> None:
    first = claim("2024-01-25", detailSoort=code("EVN"), bedrag=100)
    [period] = periods([first, claim("2024-02-01")], {}, BEGIN, Rent())
    assert (period.name, period.due, period.due_on) == ("2024-02", 71250, date(2024, 2, 1))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, True, id="the monthly rent"),
        pytest.param({"detailSoort": code("FAC")}, False, id="another bill"),
        pytest.param({"soort": code("ONT")}, False, id="a payment"),
        pytest.param({"status": code("VRL")}, False, id="provisional"),
    ],
)
def test_which_bookings_are_rent(fields: dict[str, Any], expected: bool) -> None:
    assert is_rent(claim(**fields), Rent()) is expected


def set_off(against: str | None = None, on: str = "2024-03-09") -> Aflettering:
    other = {"id": against} if against else None
    fields = {"id": "F1", "datum": on, "bedrag": 612.5, "tegenHuurBoeking": other}
    return msgspec.json.decode(msgspec.json.encode(fields), type=Aflettering)


@pytest.mark.parametrize(
    ("other", "finished", "expected"),
    [
        pytest.param({}, {}, "2024-03-09", id="of its own date"),
        pytest.param({"valutadatum": "2024-03-01"}, {}, "2024-03-01", id="that of the payment"),
        pytest.param({"detailSoort": code("BET")}, {}, None, id="into an arrangement: not paid"),
        pytest.param(
            {"detailSoort": code("BET"), "betalingsregelingen": [{"id": "X1"}]},
            {"X1": date(2024, 3, 8)},
            "2024-03-08",
            id="into an arrangement that was fulfilled",
        ),
    ],
)
def test_when_something_was_paid(
    other: dict[str, Any], finished: dict[str, date], expected: str | None
) -> None:
    booking = msgspec.convert({"id": "R1"} | other, Boeking)
    found = payments_of([set_off("R1" if other else None)], {"R1": booking}, finished)
    assert [it.on.isoformat() for it in found] == ([expected] if expected else [])


def test_where_payments_have_no_dates_they_are_paid_when_that_is_seen() -> None:
    remembered = Remembered()

    def seen(saldo: float, today: str) -> list[tuple[str, int]]:
        booking = claim(saldo=saldo)
        found = payments_without_dates(booking, remembered, date.fromisoformat(today))
        return [(it.on.isoformat(), it.cents) for it in found if it.cents]

    assert seen(612.5, "2024-03-05") == []
    assert seen(312.5, "2024-03-10") == [("2024-03-10", 30000)]
    assert seen(312.5, "2024-03-11") == [("2024-03-10", 30000)]
    assert seen(0, "2024-03-20") == [("2024-03-10", 30000), ("2024-03-20", 31250)]
    assert seen(612.5, "2024-03-21") == []  # the bank took it back


def test_what_had_been_paid_when_it_was_first_seen_was_in_time() -> None:
    booking = claim(saldo=0)
    [payment] = payments_without_dates(booking, Remembered(), date(2024, 6, 1))
    assert payment.on == date(2024, 3, 1)


def test_only_codes_of_the_settings_are_steps_and_only_since_the_arrears_began() -> None:
    settings = Steps(
        personal_contact_tried=("CONTACTMOMENTSOORT.HUI",),
        reminder_sent=("BOEKINGDETAILSOORT.AAN",),
        tenant_objected=("BEWAKINGSSTATUS.ONH",),
    )
    steps = [
        Step("CONTACTMOMENTSOORT.HUI", date(2024, 2, 20)),
        Step("BOEKINGDETAILSOORT.AAN", date(2024, 3, 6)),
        Step("CONTACTMOMENTSOORT.XXX", date(2024, 3, 6)),
        Step("BEWAKINGSSTATUS.ONH"),
    ]
    found = social_collection(steps, date(2024, 3, 1), settings)
    assert [name for name, is_so in found.items() if is_so] == ["reminderSent", "tenantObjected"]
    before = [Step("CONTACTMOMENTSOORT.BEZ", date(2023, 1, 1))]
    objected = Steps(tenant_objected=("CONTACTMOMENTSOORT.BEZ",))
    assert social_collection(before, date(2024, 3, 1), objected)["tenantObjected"]
    assert not any(social_collection(steps, date(2024, 3, 1), Steps()).values())


def test_a_period_knows_what_is_left_on_a_day() -> None:
    period = Period("2024-03", date(2024, 3, 1), 61250, (paid("2024-03-02", 100),))
    assert [period.left(date(2024, 3, 1)), period.left(date(2024, 3, 2))] == [61250, 61150]


amounts = st.tuples(st.integers(-40, 60), st.integers(1, 61250))


@given(st.lists(amounts, max_size=6))
def test_payments_settle_what_was_missed_when_the_whole_rent_has_been_paid(
    told: list[tuple[int, int]],
) -> None:
    """As the agreement counts: only what was paid at the instant it was missed or later."""
    due_on = date(2024, 3, 1)
    payments = [
        Payment(due_on + timedelta(days=days), str(n), cents)
        for n, (days, cents) in enumerate(told)
    ]
    found = said(*payments, today=(date(2024, 6, 1), 3))
    missed = [it.data for it in found if it.type == "rent-missed"]
    [period] = periods([claim()], {"B-2024-03-01": payments}, BEGIN, Rent())
    assert bool(missed) == (period.left(due_on) > 0)
    for it in missed:
        after = [
            draft.data["amount"]
            for draft in found
            if draft.type == "rent-paid" and draft.data["occurredAt"] >= it["occurredAt"]
        ]
        assert (sum(after) >= it["amountDue"]) == (period.left(date(2024, 6, 1)) <= 0)
