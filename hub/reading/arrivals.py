"""What this process appends is in its own read model at once: receipts can be read when they are
given, and what comes again is known, before either came back from the topics."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from hub.errors import Unavailable
from hub.reading.followed import Followed
from hub.streams.seam import Clock, Emit, FactLog, Position, StreamName

_log = structlog.get_logger("seintje.reading")


class NotedLog:
    """A log whose appends are noted in the read model too."""

    def __init__(self, log: FactLog, followed: Followed, clock: Clock) -> None:
        self._log = log
        self._followed = followed
        self._clock = clock

    async def append(self, stream: StreamName, records: Sequence[Emit]) -> Sequence[Position]:
        positions = await self._log.append(stream, records)
        now = self._clock.now()
        entries = [(it, at, now) for it, at in zip(records, positions, strict=True)]
        try:
            await self._followed.note(entries)
        except Unavailable as full:  # it is durable, and comes from its topic too
            _log.warning("an arrival was not noted", retry_after=full.retry_after)
        return positions
