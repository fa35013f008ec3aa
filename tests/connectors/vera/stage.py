"""A VERA connector on a real server, with a clock that a test sets, and what it said so far."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from connectors.corporatie.vera import VeraSettings, build
from connectors.seam import Connector, Draft, Entry, Page, Record, Shelf, Site, Unmapped
from connectors.secret import Secret
from hub.domain.time import parse_instant
from hub.outbound import Transport
from tests.connectors.doubles import MemoryShelf, NoGraves, NoInbox, no_household
from tests.systems.serving import Place
from tests.systems.vera import DOMAINS, KEY, VeraSystem, serving

PARTY: Final = "corporatie-maas"
NOW: Final = parse_instant("2024-03-10T12:00:00Z")


def settings(addresses: dict[str, str], **own: Any) -> VeraSettings:
    """As the settings file would give them."""

    def made(kind: type, value: Any) -> Any:
        return kind(value) if issubclass(kind, Secret) else Path(value)

    plain = addresses | {"access": {"apiKeyFile": KEY}, "roundMinutes": 0} | own
    return msgspec.convert(plain, VeraSettings, dec_hook=made)


class Stage:
    """The connector and its system. `now` is what its clock shows."""

    def __init__(self, system: VeraSystem, place: Place) -> None:
        self.system, self.place = system, place
        self.shelf = MemoryShelf()
        self.now = NOW
        self.cursor: str | None = None
        self.entries: list[Entry] = []
        self.connector: Connector | None = None

    async def build(self, transport: Transport | None = None, **own: Any) -> None:
        """A new process, with what the one before left on its shelf."""
        await self.close()
        addresses = {domain: self.system.url(domain) for domain in DOMAINS}
        self.connector = build(settings(addresses, **own), site(self.shelf, self, transport))

    async def close(self) -> None:
        if self.connector is not None and self.connector.close is not None:
            await self.connector.close()

    async def page(self) -> Page:
        """The next page."""
        assert self.connector is not None
        page = await self.connector.sources[0].read(self.cursor, self.now)
        self.cursor = page.cursor
        self.entries.extend(page.entries)
        return page

    async def round(self, at: str | None = None) -> list[Entry]:
        """What a whole round gave."""
        self.now = parse_instant(at) if at else self.now + 60_000
        before = len(self.entries)
        while not (await self.page()).is_last:
            pass
        return self.entries[before:]

    async def facts(self, at: str | None = None) -> dict[str, list[Draft]]:
        """What a round says, by type, without how far it has come."""
        found: dict[str, list[Draft]] = {}
        for record in records(await self.round(at)):
            for draft in record.drafts:
                if draft.type != "feed-complete":
                    found.setdefault(draft.type, []).append(draft)
        return found


def records(entries: Sequence[Entry]) -> list[Record]:
    """Without those that only say that a place is in order."""
    found = [it for it in entries if isinstance(it, Record)]
    return [it for it in found if not it.key.startswith("read/")]


def unmapped(entries: Sequence[Entry]) -> list[Unmapped]:
    return [it for it in entries if isinstance(it, Unmapped)]


def feed(entries: Sequence[Entry]) -> list[Any]:
    """What was said to be complete."""
    drafts = [draft for record in records(entries) for draft in record.drafts]
    return [draft.data for draft in drafts if draft.type == "feed-complete"]


def site(shelf: Shelf, clock: Any, transport: Transport | None = None) -> Site:
    return Site(
        party=PARTY,
        source="urn:nld:kvknr:90000001:systeem:vera",
        shelf=shelf,
        inbox=NoInbox(),
        graves=NoGraves(),
        say=lambda event, **told: None,
        now=lambda: int(clock.now),
        household=no_household,
        transport=transport,
    )


@asynccontextmanager
async def staged(**own: Any) -> AsyncIterator[Stage]:
    async with serving() as (system, place):
        stage = Stage(system, place)
        await stage.build(**own)
        try:
            yield stage
        finally:
            await stage.close()
