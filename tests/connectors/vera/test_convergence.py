"""Whatever happened over there between rounds, and wherever a process was stopped: in the end a
connector says what one would that never looked before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as sized
from hypothesis import strategies as st

from connectors.corporatie.vera import build
from connectors.seam import Draft
from hub.domain.time import parse_instant
from tests.connectors.doubles import MemoryShelf
from tests.connectors.vera.stage import records, settings, site
from tests.systems import vera_tenants as tenants
from tests.systems.vera import DOMAINS, VeraSystem
from tests.systems.vera_tenants import code

LEASES: Final = ("1", "2", "3")
Change = Callable[[VeraSystem, str], None]


def pays(system: VeraSystem, n: str) -> None:
    if system.store["boekingen"][f"B{n}-2024-02-01"]["saldo"] > 0:
        tenants.pay(system, "2024-02-01", "2024-02-12", n)


def bank_takes_it_back(system: VeraSystem, n: str) -> None:
    kept = system.store["boekingen"][f"B{n}-2024-02-01"]
    system.put("boekingen", kept["id"], saldo=612.5, afletteringen=[], afletterstatus=code("NIE"))


def owes_another_month(system: VeraSystem, n: str) -> None:
    tenants.rent(system, "2024-03-01", n)


def that_was_a_mistake(system: VeraSystem, n: str) -> None:
    system.store["boekingen"].pop(f"B{n}-2024-03-01", None)


def breaks_something(system: VeraSystem, n: str) -> None:
    tenants.damage(system, f"V{n}", n)


def has_it_repaired(system: VeraSystem, n: str) -> None:
    breaks_something(system, n)
    system.put("onderhoudsorders", f"O{n}", technischGereeddatum="2024-03-07T15:00:00Z")
    parts = {"onderhoudsorders": [{"id": f"O{n}"}]}
    system.put("onderhoudsverzoeken", f"V{n}", status=code("AFG"), **parts)


def is_loud(system: VeraSystem, n: str) -> None:
    tenants.signal(system, f"S{n}", n)


def is_no_longer_said_to_be_loud(system: VeraSystem, n: str) -> None:
    system.store["signaleringen"].pop(f"S{n}", None)


def gives_notice(system: VeraSystem, n: str) -> None:
    end = {"status": code("OPG"), "einddatum": "2024-04-30", "opzegdatum": "2024-03-05"}
    tenants.lease(system, n, **end)


def stays_after_all(system: VeraSystem, n: str) -> None:
    tenants.lease(system, n, status=code("LOP"), einddatum=None, opzegdatum=None)


CHANGES: Final[tuple[Change, ...]] = (
    pays,
    bank_takes_it_back,
    owes_another_month,
    that_was_a_mistake,
    breaks_something,
    has_it_repaired,
    is_loud,
    is_no_longer_said_to_be_loud,
    gives_notice,
    stays_after_all,
)


class Watched:
    """A connector, and what the records that it handed out say together."""

    def __init__(self, system: VeraSystem) -> None:
        self.system, self.shelf = system, MemoryShelf()
        self.cursor: str | None = None
        self.said: dict[str, tuple[Draft, ...]] = {}
        self.now = parse_instant("2024-03-10T12:00:00Z")

    async def read(self, pages: int | None = None) -> None:
        """So many pages by a process of its own; None: to the end, and one round more."""
        addresses = {domain: self.system.url(domain) for domain in DOMAINS}
        transport = httpx.ASGITransport(app=self.system.app())
        connector = build(settings(addresses), site(self.shelf, self, transport))
        left = pages if pages is not None else 1000
        while left:
            page = await connector.sources[0].read(self.cursor, self.now)
            self.cursor, left = page.cursor, left - 1
            self.said |= {it.key: it.drafts for it in records(page.entries)}
            if page.is_last:
                break
        assert connector.close is not None
        await connector.close()

    def in_force(self) -> dict[str, Any]:
        return {key: drafts for key, drafts in self.said.items() if drafts}


async def lived_through(life: list[tuple[Change, str, int]]) -> tuple[Watched, Watched]:
    """One that looked on, with stops, and one that looks for the first time at the end."""
    system = VeraSystem()
    system.per_page = 2
    for n in LEASES:
        tenants.lease(system, n)
        tenants.rent(system, "2024-02-01", n)
    watched = Watched(system)
    for change, n, pages in life:
        change(system, n)
        await watched.read(pages)
    await watched.read()
    fresh = Watched(system)
    await fresh.read()
    return watched, fresh


@pytest.mark.slow
@sized(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(CHANGES), st.sampled_from(LEASES), st.integers(0, 6)), max_size=12
    )
)
def test_who_looked_on_says_the_same_in_the_end(life: list[tuple[Change, str, int]]) -> None:
    watched, fresh = asyncio.run(lived_through(life))
    assert watched.in_force() == fresh.in_force()
