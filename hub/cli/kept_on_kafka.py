"""Looking into a hub on Kafka: through a read model that is filled for the occasion and thrown
away, or through that of a gateway (`--data`). Changes nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from hub.agreement_files import load as load_agreements
from hub.cli.kept import Kept, kept_in
from hub.cli.options import PARTIES_FILE
from hub.compose.gateway import fill_once
from hub.compose.key_source import key_of
from hub.domain.facts import Reference
from hub.reading.followed import READING
from hub.settings import Settings, load
from hub.shipped import shipped
from hub.streams.kafka.brokers import brokers_of
from hub.streams.kafka.look_ups import HandlesAsked, Workers
from hub.streams.kafka.streams import KafkaOutbox
from hub.streams.seam import Position, Record, StreamName
from hub.streams.sqlite.faults import our_words

Answer = TypeVar("Answer")


class KeptOnKafka:
    """What a hub on Kafka keeps, as it is now."""

    def __init__(self, settings: Settings, folder: Path | None) -> None:
        default = shipped("agreements")
        found = load_agreements(settings.agreements or default, else_parties=default / PARTIES_FILE)
        self.parties = found[1]
        self._settings = settings
        self._connection = self._filled() if folder is None else _opened(folder / READING)

    def ask(self, question: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """An answer of the read model."""
        with our_words():
            return question(self._connection)

    def _filled(self) -> sqlite3.Connection:
        """A read model in memory. It is made in a folder that is closed to others (0700) and gone
        at once, for views stand readable in it."""
        made = sqlite3.connect(":memory:")
        with tempfile.TemporaryDirectory(prefix="seintje-") as name:
            asyncio.run(fill_once(self._settings, self.parties, Path(name)))
            with closing(_opened(Path(name) / READING)) as found:
                found.backup(made)
        return made

    def record(self, stream: StreamName, position: Position) -> Record | None:
        """One record whole, of a stream with one partition."""
        outbox = KafkaOutbox(brokers_of(self._settings))
        found = asyncio.run(outbox.read(stream, position - 1, 1, 0.0))
        return found[0] if found and found[0].at == position else None

    def handles_of(self, reference: Reference) -> tuple[str, ...]:
        """What the deployment itself calls the households of this name; the workers know."""
        keys = key_of(self._settings).keys()
        workers = Workers(brokers_of(self._settings), keys)
        return tuple(asyncio.run(workers.handles(HandlesAsked(reference))))


def _opened(database: Path) -> sqlite3.Connection:
    with our_words():
        return sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)


def looked_into(data: Path | None, environ: Mapping[str, str]) -> Kept | KeptOnKafka:
    """What the settings of this process, or `data`, point to: Kafka, where that is set and the
    folder is not that of a hub in one process."""
    settings = load(environ)
    is_gateways = data is not None and (data / READING).exists()
    if settings.kafka_brokers is not None and (data is None or is_gateways):
        return KeptOnKafka(settings, data)
    return kept_in(data, environ)
