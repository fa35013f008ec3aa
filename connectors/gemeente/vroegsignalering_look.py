"""One household looked at: its signals in the vroegsignalering system made what they should be now.

Looking once too often does nothing, and a revision that was left out loses nothing. A signal is
taken back when our facts or the hub say that it may not be there, never because a page is empty:
what reads the hub may be filling again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from msgspec import Struct, structs

from connectors.gemeente.vroegsignalering_book import Book, Given
from connectors.gemeente.vroegsignalering_signal import LEASE, Addresses, Client, vroegsignaal
from connectors.gemeente.vroegsignalering_steps import (
    Arrears,
    Fate,
    Why,
    arrears_of,
    fate_of,
    is_living,
)
from connectors.gemeente.vroegsignalering_system import System
from connectors.seam import Say, Undeliverable
from hub.client import Alert, Household
from hub.errors import Misconfigured

A_DAY: Final = timedelta(days=1)
_THEIRS: Final = "the gemeente works on a signal already, and it stays as it is"


class Terms(Struct, frozen=True):
    """What the convenant with this gemeente says: of which rules a signal is given, between which
    days of arrears (`until_days` None: however old), from which amount on."""

    gemeente: str
    rules: frozenset[str]
    from_days: int
    until_days: int | None
    from_euros: int

    def concern(self, alert: Alert) -> bool:
        return alert.gemeente == self.gemeente and alert.rule in self.rules

    def look_at(self, arrears: Arrears, today: date) -> date | None:
        """When arrears may be signalled, or be looked at again; today: now. None: never."""
        if self.until_days is not None and today > arrears.since + timedelta(days=self.until_days):
            return None
        due = arrears.since + timedelta(days=self.from_days)
        if today >= due and arrears.euros < self.from_euros:
            return today + A_DAY  # the same arrears may grow
        return max(today, due)


class Means(Struct, frozen=True, eq=False):
    """What a look needs besides the household."""

    terms: Terms
    addresses: Addresses
    system: System
    book: Book
    say: Say


class Look(Struct, frozen=True, eq=False):
    """`household` as the hub shows it (None: not at all), its alerts by id, and one that we were
    told of even if the page does not show it."""

    means: Means
    handle: str
    household: Household | None
    alerts: Mapping[str, Alert]
    today: date

    async def make_so(self) -> date | None:
        """When to look again. Undeliverable: something of it cannot be; the rest was done, or is
        done by the next look. Unavailable, Misconfigured: the system is away, or not ours."""
        looks = [await self._keep_up(alert_id) for alert_id in self._signals()]
        looks += [await self._give()] if self.household is not None else []
        return min((look for look in looks if look is not None), default=None)

    def _signals(self) -> Mapping[str, Given]:
        return self.means.book.of(self.handle).signals

    async def _keep_up(self, alert_id: str) -> date | None:
        """Take a signal back that may not be there."""
        given, alert = self._signals()[alert_id], self.alerts.get(alert_id)
        if given.is_theirs:
            return None
        if alert is None:
            return self.today + A_DAY
        if not is_living(alert):
            if fate_of(alert) is Fate.TAKEN_BACK:
                await self._take_back(alert_id, given)
            return None
        if self.household is None:
            return self.today + A_DAY
        found = arrears_of(alert, self.household)
        if found is Why.UNKNOWN:
            return self.today + A_DAY
        if isinstance(found, Why):
            await self._take_back(alert_id, given)
        return None

    async def _take_back(self, alert_id: str, given: Given) -> None:
        if await self.means.system.take_back(alert_id):
            self.means.say("a signal was taken back", where=alert_id)
            rest = {id_: it for id_, it in self._signals().items() if id_ != alert_id}
            self._write(rest)
        else:
            self.means.say(_THEIRS, where=alert_id)
            self._note(alert_id, structs.replace(given, is_theirs=True))

    async def _give(self) -> date | None:
        """Give what is due, or correct what was given. One signal at a time: two alerts may rest
        on the same arrears, and the gemeente would hear of them twice."""
        living = sorted(
            (it for it in self.alerts.values() if is_living(it) and self.means.terms.concern(it)),
            key=lambda it: (it.raised_at or "", it.alert_id),
        )
        standing = [it for it in living if it.alert_id in self._signals()]
        looks = []
        for alert in standing or living:
            look = await self._give_one(alert)
            if look is not None:
                looks.append(look)
            if alert.alert_id in self._signals():
                break
        return min(looks, default=None)

    async def _give_one(self, alert: Alert) -> date | None:
        assert self.household is not None
        arrears = arrears_of(alert, self.household)
        if isinstance(arrears, Why):
            # The hub holds nothing back, and our facts do not say so (yet): see tomorrow.
            is_odd = arrears in (Why.UNKNOWN, Why.STEPS) and not alert.held
            return self.today + A_DAY if is_odd else None
        given = self._signals().get(alert.alert_id)
        if given is None:
            look = self.means.terms.look_at(arrears, self.today)
            if look != self.today:
                return look
            given = Given(self.today)
        if not given.is_theirs and given.euros != arrears.euros:
            await self._put(alert.alert_id, given, arrears)
        return None

    async def _put(self, alert_id: str, given: Given, arrears: Arrears) -> None:
        signal = vroegsignaal(alert_id, given.on, arrears, self._client())
        self._note(alert_id, given)
        is_ours = await self.means.system.give(alert_id, signal)
        # What was passed on and when is told; of whom, and how much, is in no log.
        self.means.say("a signal was given" if is_ours else _THEIRS, where=alert_id)
        self._note(alert_id, Given(given.on, arrears.euros, is_theirs=not is_ours))

    def _client(self) -> Client:
        """Where the household lives. One that moved has two leases, and at the address of the first
        somebody else may live by now: where both have one, it is for people to say."""
        assert self.household is not None
        references = self.household.references
        leases = {it["value"] for it in references if it.get("scheme") == LEASE}
        file = self.means.addresses.file.name
        try:
            found = self.means.addresses.of(leases)
        except Misconfigured as error:
            # Not what it is: then a wrong file would also hold up what is to be taken back.
            raise Undeliverable(f"{error.where} does not work; {error.do}") from error
        if not found:
            raise Undeliverable(
                "the address of the lease is not known; add a line with the lease, Postcode and"
                f" Huisnummer to {file}"
            )
        if len(found) > 1:
            raise Undeliverable(
                "the household has more than one address, by its leases or by lines of one lease;"
                f" leave the leases that have ended out of {file}, and of each lease one line"
            )
        return found[0]

    def _note(self, alert_id: str, given: Given) -> None:
        self._write({**self._signals(), alert_id: given})

    def _write(self, signals: Mapping[str, Given]) -> None:
        kept = self.means.book.of(self.handle)
        self.means.book.write(self.handle, structs.replace(kept, signals=signals))
