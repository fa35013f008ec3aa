"""Zaken as a source of facts: those that a notification named, and now and then all of them.

A notification says that a zaak changed, never what of it counts: the zaak is read, and what it says
now is handed out. So notifications may come twice, late or in another order. They also get lost
(after seven attempts Open Notificaties deletes one), so a sweep reads every zaak of the mapped
zaaktypen from time to time, and looks for those that are gone. The standard has no way to ask which
zaken changed.

Both are one source with one cursor, for a zaak is one record whichever way it was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from msgspec import Struct

from connectors.gemeente.zgw_entries import Entries, unmapped
from connectors.gemeente.zgw_reading import Zaken
from connectors.gemeente.zgw_sweep import AT_ONCE, Place, Sweep, turned
from connectors.seam import INBOX, Draft, Entry, Page, Record, Site
from hub.domain.time import Instant, format_instant, local_date


class SweepPlan(Struct, frozen=True):
    """How often all zaken are read, and those that began how long ago."""

    every_hours: int
    started_days: int


class ZakenSource:
    """See the module. The dossiers are those of the party."""

    def __init__(self, zaken: Zaken, site: Site, plan: SweepPlan) -> None:
        # Whoever only looks reads a sweep from its beginning, and leaves what was brought.
        self.name = "zaken" if site.only_looks else INBOX
        self._zaken = zaken
        self._entries = Entries(zaken, site.shelf, site.party)
        self._inbox = None if site.only_looks else site.inbox
        self._plan = plan
        self._has_begun = False  # the sweep under way; else it goes on where another process was

    async def read(self, cursor: str | None, now: Instant) -> Page:
        """What notifications named goes first, for somebody waits for it."""
        place = Place.read(cursor)
        arrived = self._inbox.after(place.inbox, AT_ONCE) if self._inbox is not None else ()
        if arrived:
            entries = await self._told([body for _, _, body in arrived], now)
            return _page(entries, msgspec.structs.replace(place, inbox=arrived[-1][0]))
        if place.sweep is None and not place.is_due(self._plan.every_hours, now):
            return Page((), place.written, is_last=True)
        sweep = place.sweep or await self._begun(now)
        if sweep.zaaktypen:
            return await self._listed(place, sweep, now)
        return await self._unseen(place, sweep, now)

    async def _told(self, bodies: Sequence[bytes], now: Instant) -> list[Entry]:
        """What the zaken say that some notifications named, each zaak once."""
        entries: list[Entry] = []
        for url in dict.fromkeys(body.decode("utf-8", "replace") for body in bodies):
            path = self._zaken.api.path_of(url)
            if path is None or not path.startswith("zaken/"):
                why = (
                    "a notification names a zaak outside the Zaken API of the settings, and it was"
                    " not fetched; if that is this API under another name, add it to `knownAs`"
                )
                entries.append(unmapped("the callback", why, url))
                continue
            entries += await self._entries.at(path, now)
        return entries

    async def _begun(self, now: Instant) -> Sweep:
        self._entries.begin(self._oldest(now))
        self._has_begun = True
        versions = [
            it
            for name in self._zaken.zaaktypen
            for it in await self._zaken.catalogue.versions(name)
        ]
        return Sweep(now, tuple(it.url for it in versions))

    async def _listed(self, place: Place, sweep: Sweep, now: Instant) -> Page:
        """Some zaken of the first zaaktype that is left."""
        query = {
            "zaaktype": sweep.zaaktypen[0],
            "startdatum__gte": self._oldest(sweep.started),
            **({"page": str(sweep.page)} if sweep.page > 1 else {}),
        }
        found = await self._zaken.api.page("zaken", query)
        entries: list[Entry] = []
        for raw in found.results[sweep.done : sweep.done + AT_ONCE]:
            entries += await self._entries.in_list(bytes(raw), now)
        is_more = sweep.done + AT_ONCE < len(found.results)
        after = turned(sweep, found.count, is_more=is_more, is_next=found.next is not None)
        return _page(entries, place.moved(after))

    async def _unseen(self, place: Place, sweep: Sweep, now: Instant) -> Page:
        """Some of those that stood in no list; after the last of them the sweep is over."""
        if sweep.unseen is None:  # which they are is kept before any of them is forgotten
            found = self._entries.unseen()
            return _page((), place.moved(msgspec.structs.replace(sweep, unseen=found)))
        paths, entries = sweep.unseen, list[Entry]()
        for path in paths[:AT_ONCE]:
            entries += await self._entries.unseen_at(path, now)
        if len(paths) > AT_ONCE:
            after = msgspec.structs.replace(sweep, unseen=paths[AT_ONCE:])
            return _page(entries, place.moved(after))
        ended = place.moved(sweep).ended()
        # Whoever reads all each time is promised what there is now, not when another began.
        is_last = self._has_begun or self._plan.every_hours > 0
        self._has_begun = False
        return Page((*entries, self._complete(sweep.started)), ended.written, is_last)

    def _oldest(self, now: Instant) -> str:
        return (local_date(now) - timedelta(days=self._plan.started_days)).isoformat()

    def _complete(self, started: Instant) -> Record:
        """That all was told which stood in the zaken when a sweep began."""
        upto = format_instant(started)
        data = {"occurredAt": upto, "upTo": upto, "types": list(self._zaken.types)}
        return Record(f"feed {upto}", (Draft("feed-complete", data),), "the sweep")


def _page(entries: Sequence[Entry], place: Place) -> Page:
    return Page(tuple(entries), place.written, is_last=False)
