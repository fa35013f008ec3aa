"""Settings of a hub on Kafka, as a process writes them that does not deliver."""

from __future__ import annotations

from collections.abc import Sequence

from hub.delivery.shelf import Changes
from hub.errors import Bug
from hub.reading.settings import SETTINGS
from hub.streams.seam import Emit, FactLog


class KafkaShelf:
    """Appends to a log that notes in the read model what it appended. A call is not whole on
    Kafka: what it writes must make sense in any part, in the order given."""

    def __init__(self, log: FactLog) -> None:
        self._log = log

    async def commit(self, changes: Changes, emits: Sequence[Emit] = ()) -> None:
        if emits:
            raise Bug("only who delivers puts revisions aside")
        said = [Emit(SETTINGS, key.encode(), value) for key, value in changes.items()]
        await self._log.append(SETTINGS, said)
