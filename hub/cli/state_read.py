"""What is exported of a read model: what does not follow from the streams alone.

That is what each party has of alerts whose last revision its stream does not hold any more, the
receipts as they stand, and the API keys.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping

from hub.gateway import api_keys
from hub.reading import alerts, receipts
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
