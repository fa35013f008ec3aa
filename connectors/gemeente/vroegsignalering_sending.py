"""Signals out, by the corporatie: whose household is looked at, and when (`vroegsignalering_look`).

A new revision of an alert is an occasion, and so is a day that was waited for: most arrears are not
old enough yet when their alert comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import TypeAlias

from msgspec import Struct, structs

from connectors.gemeente.vroegsignalering_book import Book, Kept
from connectors.gemeente.vroegsignalering_look import A_DAY, Look, Means
from connectors.gemeente.vroegsignalering_steps import is_living
from connectors.seam import Graves, Undeliverable, Unmapped
from hub.client import Alert, Household
from hub.domain.time import HOUR_MS, Instant, local_date, start_of_day
from hub.errors import Unavailable

Households: TypeAlias = Callable[[str], Awaitable[Household | None]]
"""What the hub shows our party of a household, by handle; None: nothing (any more)."""


class Sending(Struct, frozen=True, eq=False):
    """The sink and the errand that give signals."""

    means: Means
    households: Households
    graves: Graves
    alone: asyncio.Lock
    """Sink and errand run beside each other; what one has read must not undo what the other did."""

    @property
    def name(self) -> str:
        return "signals"

    @property
    def _book(self) -> Book:
        return self.means.book

    async def deliver(self, alert: Alert, now: Instant) -> None:
        """Look at the household of the alert, if it concerns us. See `connectors.seam.Sink`."""
        handle = alert.household or self._book.household_of(alert.alert_id)
        if handle is None:
            return
        if self.means.terms.concern(alert) or self._book.of(handle) != Kept():
            await self._look(handle, now, alert)

    async def run(self, now: Instant) -> Instant | None:
        """Look at the households whose day has come."""
        today = local_date(now)
        for day, handle in list(self._book.looks()):
            if day <= today:
                await self._look(handle, now)
        coming = [start_of_day(day) for day, _ in self._book.looks() if day > today]
        return min([now + HOUR_MS, *coming])  # an alert may set an earlier day meanwhile

    async def _look(self, handle: str, now: Instant, told: Alert | None = None) -> None:
        async with self.alone:
            household, today = await self.households(handle), local_date(now)
            shown = {} if household is None else {it.alert_id: it for it in household.alerts}
            _judge_step(told, shown)
            known = {told.alert_id: told, **shown} if told is not None else shown
            # Until all is done it is to be done anew, however this ends.
            self._look_on(handle, today)
            look = Look(self.means, handle, household, known, today)
            day = await self._made_so(look, now)
            is_early = told is not None and is_living(told) and told.alert_id not in shown
            self._look_on(handle, today if is_early else day)

    async def _made_so(self, look: Look, now: Instant) -> date | None:
        """When to look again. What cannot be given is a dead letter until it can."""
        where = f"household {look.handle}"
        try:
            day = await look.make_so()
        except Undeliverable as why:
            self.graves.bury(self.name, Unmapped(where, str(why), b""), now)
            return look.today + A_DAY
        self.graves.unbury(self.name, where)
        return day

    def _look_on(self, handle: str, day: date | None) -> None:
        self._book.write(handle, structs.replace(self._book.of(handle), look=day))


def _judge_step(told: Alert | None, shown: Mapping[str, Alert]) -> None:
    """On Kafka a page may be a moment behind the revision that we were told of."""
    seen = None if told is None else shown.get(told.alert_id)
    if told is not None and seen is not None and seen.revision < told.revision:
        raise Unavailable("hub: the page of the household is a moment behind")
