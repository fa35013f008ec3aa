"""What somebody of a party reads of a household, logged before it is shown (agreement, Sharing).

The one way to what alerts told, for the page of a household and for the console. Each reading is a
record: that of the view that is shown, once more, with how it is read and when. So it says the same
fields, basis and version, and no values (ADR 0021). Own facts are no disclosure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from sqlite3 import Connection
from typing import Final

from msgspec import Struct

from hub.errors import Unavailable
from hub.reading import alerts, disclosures
from hub.reading.household_view import Told, told_by
from hub.reading.households import Households
from hub.reading.model import Reading
from hub.streams.bell import Bell
from hub.streams.revisions import DISCLOSURES, Disclosure, Way, reading
from hub.streams.seam import Clock, FactLog

# On Kafka views and their records come by topics of their own, a tenth of a second apart.
_PATIENCE_SECONDS: Final = 2.0
_RETRY_AFTER_SECONDS: Final = 1.0


class Readings(Struct, frozen=True, eq=False):
    """Reads and logs. `log` appends to the stream of disclosures; `bell` rings when there is more
    of them in the read model, for which `patience` seconds are waited. All raise `Unavailable`:
    then nothing may be shown."""

    reading: Reading
    households: Households
    log: FactLog
    bell: Bell
    clock: Clock
    patience: float = _PATIENCE_SECONDS

    async def household(self, party: str, handle: str, way: Way) -> bytes | None:
        """The household of a party's handle as JSON; None if there is none for this party."""
        now = self.clock.now()
        show = partial(self.households.show, party=party, handle=handle, now=now)
        shown = self.reading.ask(show)
        if shown is None:
            return None
        await self._log(party, shown.told, way)
        return shown.view

    async def alert(self, party: str, alert_id: str, way: Way) -> bytes | None:
        """The view that a party has of an alert; None if it was never told of it."""
        view = self.reading.ask(partial(alerts.find, party=party, alert_id=alert_id))
        if view is not None:
            await self.views(party, [view], way)
        return view

    async def views(self, party: str, views: Iterable[bytes], way: Way) -> None:
        """Views of alerts of a party are about to be shown. Those without data of a household
        leave no record: of regions, and of what was withdrawn or erased."""
        await self._log(party, told_by(views), way)

    async def _log(self, party: str, told: Sequence[Told], way: Way) -> None:
        if told:
            written, now = await self._written(party, told), self.clock.now()
            await self.log.append(DISCLOSURES, [reading(it, way, now) for it in written])

    async def _written(self, party: str, told: Sequence[Told]) -> Sequence[Disclosure]:
        """The record of each view, as soon as all are there."""

        async def look() -> Sequence[Disclosure]:
            found = self.reading.ask(partial(_records_of, party=party, told=told))
            return found if len(found) == len(told) else ()

        found = await self.bell.first(DISCLOSURES, self.patience, look)
        if not found:
            says = "it is not known yet on which basis a party was told what it asks for"
            raise Unavailable(says, _RETRY_AFTER_SECONDS)
        return found


def _records_of(connection: Connection, party: str, told: Sequence[Told]) -> Sequence[Disclosure]:
    found = [disclosures.of_view(connection, party, it.alert_id, it.revision) for it in told]
    return [it for it in found if it is not None]
