"""A log that is opened when Kafka answers, and opened anew when its producer has broken.

For a process that accepts facts and must come through an outage by itself: until it is open, every
append is `Unavailable`, and nobody has waited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from hub.errors import Fenced, Misconfigured, Unavailable
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.streams import KafkaLog
from hub.streams.seam import Emit, Position, StreamName

_AGAIN_SECONDS: Final = 1.0
_RETRY_AFTER_SECONDS: Final = 2.0

_log = structlog.get_logger("seintje.kafka")


class LastingLog:
    """Appends as long as `keep_open` runs. `is_reached`: whether Kafka answers; while it does not,
    it is not tried."""

    def __init__(self, brokers: Brokers, is_reached: Callable[[], bool]) -> None:
        self._brokers = brokers
        self._is_reached = is_reached
        self._log: KafkaLog | None = None
        self.opened = asyncio.Event()
        self.trouble = ""  # what to put right before anything can be appended
        self._broken = asyncio.Event()

    async def keep_open(self) -> None:
        """Until cancelled. Misconfigured: it will not help to wait."""
        while True:
            log = KafkaLog(self._brokers)
            self._broken.clear()
            try:
                await log.start()
            except Unavailable:
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            try:
                self._log = log
                self.opened.set()
                await self._broken.wait()
                _log.warning("the way into Kafka is opened anew")
            finally:
                self._log = None
                self.opened.clear()
                await log.close()

    async def append(self, stream: StreamName, records: Sequence[Emit]) -> Sequence[Position]:
        """`Unavailable`: try again. Some may be there already, or come to be."""
        if self._log is None or not self._is_reached():
            raise Unavailable("Kafka (SEINTJE_KAFKA_BROKERS) does not answer", _RETRY_AFTER_SECONDS)
        try:
            positions = await self._log.append(stream, records)
        except Misconfigured as wrong:
            self.trouble = str(wrong)
            raise Unavailable(self.trouble, _RETRY_AFTER_SECONDS) from None
        except Fenced:
            self._broken.set()
            raise Unavailable("the way into Kafka broke", _RETRY_AFTER_SECONDS) from None
        except Unavailable:
            if self._is_reached():  # others are answered: it is the producer that broke
                self._broken.set()
            raise
        self.trouble = ""
        return positions
