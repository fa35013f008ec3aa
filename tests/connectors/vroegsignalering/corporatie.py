"""The half of the corporatie, between a page of the hub that a test writes and the real server of a
vroegsignalering system."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from msgspec import structs

from connectors.gemeente.vroegsignalering_book import Book
from connectors.gemeente.vroegsignalering_look import Means, Terms
from connectors.gemeente.vroegsignalering_sending import Sending
from connectors.gemeente.vroegsignalering_signal import Addresses
from connectors.gemeente.vroegsignalering_system import System
from connectors.kept import Kept
from connectors.secret import Token
from hub.client import Alert, Entry, Household
from hub.domain.time import Instant, parse_instant
from hub.errors import Unavailable
from tests.connectors.vroegsignalering.households import HANDLE, LEASE, RULE, household
from tests.systems.vroegsignalering import KEY, VroegsignaleringSystem

TERMS: Final = Terms("0988", frozenset({RULE}), from_days=30, until_days=None, from_euros=0)
DUE: Final = "2024-03-02T09:00:00Z"  # thirty days after 1 February, and a day


class Corporatie:
    """One household as the hub shows it, and the connector that looks at it."""

    def __init__(self, system: VroegsignaleringSystem, folder: Path) -> None:
        self.system = system
        self.addresses = folder / "adressen.csv"
        self.addresses.write_text(f"lease;Postcode;Huisnummer\n{LEASE};6001AA;12\n")
        self.kept = Kept(folder / "state")
        self.page: Household | None = household()
        self.is_hub_away = False
        self.terms = TERMS
        self.logged: list[tuple[str, object]] = []
        self._calls = System(system.address, Token(KEY), None)

    def show(self, *timeline: Entry, alerts: Iterable[Alert] = (), **changes: Any) -> None:
        """From now on the hub shows this."""
        self.page = household(*timeline, alerts=alerts, **changes)

    async def tell(self, alert: Alert, at: str = DUE) -> None:
        """A revision comes, of an alert that the page shows (unless the test wrote another one)."""
        if self.page is not None and alert.status not in ("withdrawn", "erased"):
            rest = [it for it in self.page.alerts if it.alert_id != alert.alert_id]
            self.page = structs.replace(self.page, alerts=(*rest, alert))
        await self.deliver(alert, at)

    async def deliver(self, alert: Alert, at: str = DUE) -> None:
        await self.sending().deliver(alert, parse_instant(at))

    async def come_round(self, at: str) -> Instant | None:
        return await self.sending().run(parse_instant(at))

    def sending(self) -> Sending:
        """Made anew each time: nothing but what is kept leads from one time to the next."""
        book = Book(self.kept.shelf)
        means = Means(self.terms, Addresses(self.addresses), self._calls, book, self._say)
        return Sending(means, self._shown, self.kept, asyncio.Lock())

    @property
    def on_shelf(self) -> list[str]:
        return list(self.kept.shelf.names(""))

    @property
    def dead_letters(self) -> list[str]:
        """Why each is one."""
        return [it.why for it in self.kept.dead_letters()]

    async def close(self) -> None:
        await self._calls.close()
        self.kept.close()

    def _say(self, event: str, **told: object) -> None:
        assert told.keys() == {"where"}
        self.logged.append((event, told["where"]))

    async def _shown(self, handle: str) -> Household | None:
        assert handle == HANDLE
        if self.is_hub_away:
            raise Unavailable("hub: away")
        return self.page


@asynccontextmanager
async def a_corporatie(system: VroegsignaleringSystem, folder: Path) -> AsyncIterator[Corporatie]:
    found = Corporatie(system, folder)
    try:
        yield found
    finally:
        await found.close()
