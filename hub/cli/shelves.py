"""Where subscriptions stand, for commands: in a data directory, also while a hub runs on it, or in
Kafka where that is set. What is given is written at the end of the block, all of it or nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from hub.delivery.shelf import Changes
from hub.gateway import all_settings, settings_on_kafka
from hub.reading import settings as of_reading
from hub.reading.settings import SETTINGS
from hub.settings import Settings, load
from hub.streams.kafka.brokers import Brokers, brokers_of
from hub.streams.seam import Emit
from hub.streams.sqlite.editing import transaction_in

Answer = TypeVar("Answer")


class OpenShelf:
    """What is set, to ask and to change."""

    def __init__(
        self, settings: Settings, connection: sqlite3.Connection, *, is_on_kafka: bool
    ) -> None:
        self.settings = settings
        self.is_on_kafka = is_on_kafka
        self.given: dict[str, bytes | None] = {}
        self._connection = connection

    def ask(self, question: Callable[[sqlite3.Connection], Answer]) -> Answer:
        return question(self._connection)

    def give(self, changes: Changes) -> None:
        """Write these when the block ends, in this order."""
        self.given.update(changes)


@contextmanager
def shelf_of(environ: Mapping[str, str], data: Path | None) -> Iterator[OpenShelf]:
    """The settings that this process, or `data`, points to.

    Misconfigured: no hub ever ran there, or the topic is closed to this user. Unavailable: it is
    busy, or Kafka is away.
    """
    settings = load(environ, {"data": None if data is None else str(data)})
    if settings.kafka_brokers is not None and data is None:
        with _on_kafka(settings, brokers_of(settings)) as opened:
            yield opened
        return
    with transaction_in(settings.data) as connection:
        all_settings.prepare(connection)
        opened = OpenShelf(settings, connection, is_on_kafka=False)
        yield opened
        for key, value in opened.given.items():
            of_reading.change(connection, key, value)


@contextmanager
def _on_kafka(settings: Settings, brokers: Brokers) -> Iterator[OpenShelf]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        all_settings.prepare(connection)
        found = asyncio.run(settings_on_kafka.records(brokers))
        all_settings.put(connection, [(Emit(SETTINGS, it.key, it.value), it.at, 0) for it in found])
        opened = OpenShelf(settings, connection, is_on_kafka=True)
        yield opened
    if opened.given:
        said = [Emit(SETTINGS, key.encode(), value) for key, value in opened.given.items()]
        asyncio.run(settings_on_kafka.append(brokers, said))
