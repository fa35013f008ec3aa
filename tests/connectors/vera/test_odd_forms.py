"""Whatever form one field takes, a round ends, and what is said is taken by the hub."""

from __future__ import annotations

import asyncio
import copy
from typing import Any, Final

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as sized
from hypothesis import strategies as st

from connectors.corporatie.vera import build
from hub.client import event
from hub.domain.time import parse_instant
from hub.errors import Misconfigured
from tests.connectors.doubles import MemoryShelf
from tests.connectors.vera.stage import records, settings, site
from tests.streams.world import facts_of
from tests.systems import vera_tenants as tenants
from tests.systems.vera import DOMAINS, Thing, VeraSystem
from tests.systems.vera_tenants import code

SOURCE: Final = "urn:nld:kvknr:90000001:systeem:vera"
STEPS: Final = {"personalContactTried": ["CONTACTMOMENTSOORT.HUI"]}
ODD: Final[tuple[Any, ...]] = (
    None,
    "",
    "x",
    "9999-12-31",
    "0001-01-01T00:00:00",
    "111222333",
    -1,
    1e300,
    True,
    [],
    [None],
    [{}],
    ["https://[/x"],
    {},
    {"id": None},
    {"code": 7},
    {"code": "XXX"},
)


def household() -> VeraSystem:
    """Somebody of whom everything there is has come."""
    system = VeraSystem()
    tenants.lease(system, contactmomenten=[system.uri("contactmomenten", "C1")])
    lease = system.uri("huurovereenkomsten", "L1")
    system.put("contactmomenten", "C1", soort=code("HUI"), datum="2024-02-20T10:00:00Z")
    tenants.rent(system, "2024-02-01")
    tenants.rent(system, "2024-03-01")
    tenants.pay(system, "2024-02-01", "2024-02-12")
    tenants.damage(system, "V1")
    system.put("onderhoudsorders", "O1", technischGereeddatum="2024-03-07T15:00:00Z")
    system.put("onderhoudsverzoekverrekeningen", "K1", bedrag=85.25)
    parts = {"onderhoudsorders": [{"id": "O1"}], "verrekeningen": [{"id": "K1"}]}
    system.put("onderhoudsverzoeken", "V1", status=code("AFG"), **parts)
    tenants.signal(system, "S1")
    dates = {"afspraakdatum": "2024-03-08", "einddatum": "2024-06-30"}
    system.put("betalingsregelingen", "X1", status=code("ACT"), overeenkomst=lease, **dates)
    return system


WHOLE: Final = household()
FIELDS: Final = [
    (resource, id_, field)
    for resource, things in WHOLE.store.items()
    for id_, thing in things.items()
    for field in thing
]


async def a_round(system: VeraSystem) -> list[Any]:
    """What a round says of it, all that is no error of the settings."""
    addresses = {domain: system.url(domain) for domain in DOMAINS}

    class Clock:
        now = parse_instant("2024-03-10T12:00:00Z")

    transport = httpx.ASGITransport(app=system.app())
    own = settings(addresses, rent={"steps": STEPS}, leases={"pattern": "H-[0-9]+"})
    connector = build(own, site(MemoryShelf(), Clock, transport))
    found: list[Any] = []
    cursor = None
    try:
        while True:
            page = await connector.sources[0].read(cursor, Clock.now)
            found.extend(page.entries)
            cursor = page.cursor
            if page.is_last:
                return found
    except Misconfigured:
        return found  # a list that does not say whose its things are is not read on
    finally:
        assert connector.close is not None
        await connector.close()


@pytest.mark.slow
@sized(deadline=None, max_examples=60)
@given(st.sampled_from(FIELDS), st.sampled_from(ODD))
def test_a_round_outlasts_any_form_of_any_field(place: tuple[str, str, str], odd: Any) -> None:
    resource, id_, field = place
    system = VeraSystem()
    system.store = copy.deepcopy(WHOLE.store)
    thing: Thing = system.store[resource][id_]
    thing[field] = odd
    drafts = [it for record in records(asyncio.run(a_round(system))) for it in record.drafts]
    facts_of(event(SOURCE, f"f{n}", it.type, it.data) for n, it in enumerate(drafts))
    assert all(it.data["occurredAt"] <= "2024-03-10T12:00:00.000Z" for it in drafts)
    assert not any("111222333" in str(it.data) for it in drafts)
