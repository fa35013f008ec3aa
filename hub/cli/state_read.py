"""What is exported of a read model: what does not follow from the streams alone.

That is what each party has of alerts whose last revision its stream does not hold any more, and of
households, the receipts as they stand, and the API keys.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping

from hub.gateway import api_keys
from hub.keys import Keys
from hub.reading import alerts, households, receipts
from hub.streams.household_views import HOUSEHOLD_VIEWS, resealed
from hub.streams.revisions import OUT
from hub.streams.seam import Position, StreamName
from hub.streams.transfer import Answered, ApiKeyEntry, Lasting


def read_entries(
    connection: sqlite3.Connection, begins: Mapping[StreamName, Position]
) -> Iterator[Lasting | Answered | ApiKeyEntry]:
    """`begins`: after which position the records of each stream are exported."""
    for last in alerts.every(connection):
        stream = OUT + last.party
        if last.position <= begins.get(stream, last.position):
            yield Lasting(stream, last.position, last.alert_id.encode(), last.view, last.at)
    for receipt in receipts.every(connection):
        yield Answered(*receipt)
    for key in api_keys.every(connection):
        yield ApiKeyEntry(*key)


def views_of_households(
    connection: sqlite3.Connection, keys: Keys, onto: Keys | None
) -> Iterator[Lasting]:
    """What parties may see of households, sealed by `onto` if given."""
    for key, view in households.every(connection):
        value = view if onto is None else resealed(key, view, keys.views, onto.views)
        yield Lasting(HOUSEHOLD_VIEWS, 0, key, value, 0)
