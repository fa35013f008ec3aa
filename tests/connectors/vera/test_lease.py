"""What a lease says."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from connectors.corporatie.vera_lease import (
    Extras,
    Home,
    Household,
    Tenancy,
    lease_drafts,
    number,
)
from connectors.corporatie.vera_memory import Remembered
from connectors.corporatie.vera_settings import Leases
from connectors.corporatie.vera_shapes import Huurovereenkomst
from connectors.corporatie.vera_values import Unreadable
from connectors.seam import Draft
from hub.domain.time import parse_instant
from tests.systems.vera_tenants import code

NOW = parse_instant("2024-03-10T12:00:00Z")
LATER = parse_instant("2024-03-11T12:00:00Z")
HOME = Home("0988", "0988010000000001", 4)
HOUSEHOLD = Household("0988", "H-1", "corporatie-maas")


def lease(**fields: Any) -> Huurovereenkomst:
    usual = {"id": "L1", "code": "H-1", "status": code("LOP"), "begindatum": "2024-02-01"}
    return msgspec.convert(usual | fields, Huurovereenkomst)


def drafts(
    it: Huurovereenkomst,
    remembered: Remembered | None = None,
    now: int = NOW,
    extras: Extras = Extras(),  # noqa: B008  # frozen
    settings: Leases = Leases(),  # noqa: B008  # frozen
) -> tuple[Draft, ...]:
    tenancy = Tenancy(HOUSEHOLD, HOME, extras)
    return lease_drafts(it, tenancy, settings, remembered or Remembered(), now)


def test_a_signed_lease_names_lease_and_address() -> None:
    [signed] = drafts(lease(), extras=Extras(3, date(2024, 2, 1)))
    assert signed.type == "lease-signed"
    assert signed.data == {
        "occurredAt": "2024-01-31T23:00:00.000Z",
        "gemeente": "0988",
        "references": [
            {"scheme": "lease", "issuer": "corporatie-maas", "value": "H-1"},
            {"scheme": "address", "issuer": "bag", "value": "0988010000000001"},
        ],
        "startDate": "2024-02-01",
        "targetGroup": "vergunninghouder",
        "temporary": False,
        "firstRentDue": "2024-02-01",
        "maxPersons": 4,
        "persons": 3,
    }


@pytest.mark.parametrize("status", ["VOO", "GOE", "GEA"])
def test_what_was_not_signed_says_nothing(status: str) -> None:
    assert drafts(lease(status=code(status))) == ()


def test_it_was_signed_when_the_change_was_seen() -> None:
    remembered = Remembered()
    assert drafts(lease(status=code("GOE")), remembered, NOW) == ()
    [signed] = drafts(lease(begindatum="2024-04-01"), remembered, LATER)
    assert signed.data["occurredAt"] == "2024-03-11T12:00:00.000Z"
    [again] = drafts(lease(begindatum="2024-04-01"), remembered, LATER + 86_400_000)
    assert again == signed


@pytest.mark.parametrize(
    ("begin", "expected"),
    [
        pytest.param("2024-02-01", "2024-01-31T23:00:00.000Z", id="it runs: its begin"),
        pytest.param("2024-04-01", "2024-03-10T12:00:00.000Z", id="it is to come: now"),
    ],
)
def test_what_was_signed_before_anybody_looked(begin: str, expected: str) -> None:
    [signed] = drafts(lease(begindatum=begin))
    assert signed.data["occurredAt"] == expected


def test_the_date_of_signing_may_be_an_extra_attribute() -> None:
    extra = {"extra-attributen": [{"naam": "tekendatum", "waarde": "2024-01-20"}]}
    [signed] = drafts(lease(**extra), settings=Leases(signed_on="tekendatum"))
    assert signed.data["occurredAt"] == "2024-01-19T23:00:00.000Z"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"bepaaldeTijd": True}, True, id="it says so"),
        pytest.param({"bepaaldeTijd": False, "detailSoort": code("TIJ")}, False, id="it says not"),
        pytest.param({"detailSoort": code("TIJ")}, True, id="by its detailSoort"),
        pytest.param({}, False, id="it does not say"),
    ],
)
def test_whether_it_is_temporary(fields: dict[str, Any], expected: bool) -> None:
    [signed] = drafts(lease(**fields))
    assert signed.data["temporary"] is expected


@pytest.mark.parametrize(
    ("fields", "at", "reason"),
    [
        pytest.param(
            {"opzegdatum": "2024-03-05", "redenOpzegging": code("OPZ")},
            "2024-03-04T23:00:00.000Z",
            "notice-by-tenant",
            id="the tenant gave notice",
        ),
        pytest.param(
            {"eindeDetailReden": code("ONT")},
            "2024-03-10T12:00:00.000Z",
            "court-order",
            id="evicted, no date of notice: when it was seen",
        ),
        pytest.param(
            {"eindeDetailReden": code("XYZ")}, "2024-03-10T12:00:00.000Z", "other", id="a new code"
        ),
        pytest.param({}, "2024-03-10T12:00:00.000Z", "unknown", id="no reason"),
    ],
)
def test_a_lease_that_was_ended(fields: dict[str, Any], at: str, reason: str) -> None:
    _, ended = drafts(lease(status=code("OPG"), einddatum="2024-04-30", **fields))
    assert ended.type == "lease-ended"
    assert ended.data["endDate"] == "2024-04-30"
    assert (ended.data["occurredAt"], ended.data["reason"]) == (at, reason)


@pytest.mark.parametrize("status", ["LOP", "VOP"])
def test_an_end_that_is_not_certain_is_not_said(status: str) -> None:
    found = drafts(lease(status=code(status), einddatum="2024-04-30"))
    assert [it.type for it in found] == ["lease-signed"]


def test_who_left_the_target_group_is_a_regular_tenant_of_whom_nothing_more_is_said() -> None:
    [signed] = drafts(lease(), extras=Extras(3, date(2024, 2, 1), is_target_group=False))
    assert signed.data["targetGroup"] == "regular"
    assert not {"persons", "maxPersons", "firstRentDue"} & set(signed.data)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        pytest.param({"status": code("XXX")}, "status", id="an unknown status"),
        pytest.param({"status": None}, "status", id="no status"),
        pytest.param({"begindatum": None}, "begindatum", id="no begin"),
        pytest.param({"status": code("BEE")}, "einddatum", id="ended without a date"),
    ],
)
def test_what_cannot_be_read_is_told(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        drafts(lease(**fields))


def test_a_number_that_may_be_a_bsn_is_kept_out_unless_leases_have_such_numbers() -> None:
    with pytest.raises(Unreadable, match="burgerservicenummer") as error:
        number(lease(code="111222333"), Leases())
    assert "111222333" not in str(error.value)
    assert number(lease(code="111222333"), Leases(pattern="[0-9]{9}")) == "111222333"
    with pytest.raises(Unreadable, match=r"leases\.pattern"):
        number(lease(code="H-1"), Leases(pattern="[0-9]{9}"))
