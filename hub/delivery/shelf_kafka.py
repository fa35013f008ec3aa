"""Settings of a hub on Kafka: as a process writes them that answers parties, and as the one who
delivers does.

Who delivers writes in transactions, through a producer that fences the one before it (ADR 0016).
What is asked while one is going on goes into the next together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from hub.delivery.shelf import Changes
from hub.errors import Bug, Fenced, OutcomeUnknown, SeintjeError
from hub.reading.settings import SETTINGS
from hub.streams.kafka.brokers import Brokers, at
from hub.streams.kafka.faults import committing, gently, reaching, wholly
from hub.streams.kafka.names import DELIVER
from hub.streams.kafka.transactions import Ready, Transactions, Written, batched
from hub.streams.seam import Emit, FactLog, StreamName

_TOGETHER: Final = 200  # commits in one transaction


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


class _Asked(Struct, frozen=True, eq=False):
    emits: Sequence[Emit]
    done: asyncio.Future[None]


class DeliveringShelf:
    """The shelf of who delivers. To be started, and closed. After a fault that leaves open what was
    written it takes nothing more: what there is must be read anew."""

    def __init__(self, brokers: Brokers) -> None:
        self._names = brokers.names
        self._producer = brokers.transactional(brokers.names.transactional_id(DELIVER, 0))
        self._writes = Transactions(self._producer, brokers.names.group(DELIVER))
        self._asked: list[_Asked] = []
        self._writing: asyncio.Task[None] | None = None
        self._fault: SeintjeError | None = None

    async def start(self) -> None:
        """Whoever delivered before can write no more. Unavailable: try again."""
        with reaching():
            await wholly(self._producer.start)

    async def close(self) -> None:
        self._fault = self._fault or OutcomeUnknown("it was closed")
        if self._writing is not None:
            await asyncio.wait([self._writing])
        await gently(self._producer.stop)
        # With a transaction of which no answer came it does not stop, and would go on by itself.
        sender = self._producer._sender
        if sender.sender_task is not None and not sender.sender_task.done():
            await gently(sender.close)
            await gently(self._producer.client.close)

    async def commit(self, changes: Changes, emits: Sequence[Emit] = ()) -> None:
        if self._fault is not None:
            raise self._fault
        said = [Emit(SETTINGS, key.encode(), value) for key, value in changes.items()]
        asked = _Asked([*said, *emits], asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await asked.done

    async def _write(self) -> None:
        while self._asked and self._fault is None:
            group, self._asked = self._asked[:_TOGETHER], self._asked[_TOGETHER:]
            try:
                await self._transact([emit for it in group for emit in it.emits])
            except Fenced:
                self._fault = Fenced("another process delivers now; let only one of them run")
            except SeintjeError as fault:
                self._fault = fault
            _tell(group, self._fault)
        _tell(self._asked, self._fault)

    async def _transact(self, emits: Iterable[Emit]) -> None:
        written: dict[StreamName, list[Written]] = {}
        for it in emits:
            record = (it.key, it.value, list(it.headers.items()))
            written.setdefault(it.stream, []).append(record)
        batches = [
            batch
            for stream, records in written.items()
            for batch in batched(self._producer, at(self._names.topic(stream), 0), records)
        ]
        with committing():
            await self._writes.run(Ready(batches, {}))


def _tell(group: Iterable[_Asked], fault: SeintjeError | None) -> None:
    for it in group:
        if it.done.done():
            continue  # cancelled
        if fault is None:
            it.done.set_result(None)
        else:
            it.done.set_exception(fault)
