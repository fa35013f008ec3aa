"""What parties are told, out of the read model: of each alert the last revision, and waiting for
more."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from hub.domain.time import Instant
from hub.errors import Bug
from hub.reading import alerts
from hub.reading.model import Reading
from hub.streams.bell import Bell
from hub.streams.revisions import OUT
from hub.streams.seam import Cursor, Record, StreamName


class ReadingOutbox:
    """The outbox of a gateway that follows. Only of what parties are told."""

    def __init__(self, reading: Reading, bell: Bell) -> None:
        self._reading = reading
        self._bell = bell

    async def read(
        self, stream: StreamName, after: Cursor | None, limit: int, wait: float
    ) -> Sequence[Record]:
        question = partial(
            alerts.told_after, party=_party_of(stream), after=after or 0, limit=limit
        )

        async def look() -> Sequence[Record]:
            return self._reading.ask(question)

        return await self._bell.first(stream, wait, look)

    async def cursor_at(self, stream: StreamName, since: Instant) -> Cursor:
        return self._reading.ask(partial(alerts.cursor_at, party=_party_of(stream), since=since))


def _party_of(stream: StreamName) -> str:
    if not stream.startswith(OUT):
        raise Bug(f"{stream} is not what a party is told")
    return stream.removeprefix(OUT)
