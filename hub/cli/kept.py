"""Looking into a data directory, also while a hub runs on it. Changes nothing.

Reads through connections of its own that cannot write. What a household is and what is found in it
comes from the same functions as everywhere, over the facts that the hub has kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from hub.agreement_files import load as load_agreements
from hub.cli.options import PARTIES_FILE
from hub.compose.embedded import SHARDS
from hub.compose.key_source import own_key_of
from hub.domain.facts import Reference
from hub.domain.time import Instant
from hub.errors import Misconfigured
from hub.keys import Keys
from hub.reading.model import Reading
from hub.settings import Settings, load
from hub.shipped import shipped
from hub.streams.backtest import Backtest
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.looking import Looking, latest
from hub.streams.seam import Position, Record, State, StreamName
from hub.streams.sqlite.directory import DATABASE
from hub.streams.sqlite.opening import connect_to_read
from hub.streams.sqlite.records import read_after
from hub.streams.sqlite.state import SqliteState

Answer = TypeVar("Answer")


class Kept:
    """The data directory of a hub, with the agreement, the parties and the key that go with it."""

    def __init__(self, settings: Settings) -> None:
        self._database = database_in(settings.data)
        default = shipped("agreements")
        found = load_agreements(settings.agreements or default, else_parties=default / PARTIES_FILE)
        self.agreements, self.parties = found
        self._key = own_key_of(settings)

    def ask(self, question: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """An answer of the read model or of the streams."""
        reading = Reading(self._database)
        try:
            return reading.ask(question)
        finally:
            reading.close()

    def record(self, stream: StreamName, position: Position) -> Record | None:
        """One record whole."""
        found = self.ask(partial(read_after, name=stream, position=position - 1, limit=1))
        return found[0] if found and found[0].at == position else None

    def latest(self) -> Instant | None:
        """The latest instant that the hub has worked at: the one that what it told is true of."""
        return latest_in(self._database)

    def about_alert(self, alert_id: str) -> Backtest:
        """The kept facts that have to do with an alert, and those of every region."""
        with self._states() as states:
            return self._looking.about_alert(alert_id, [states[FACTS]], [states[REGION_FACTS]])

    def about_household(self, reference: Reference) -> Backtest:
        """The kept facts that have to do with a household of this name."""
        with self._states() as states:
            return self._looking.about_household(reference, [states[FACTS]], [states[REGION_FACTS]])

    def handles_of(self, reference: Reference) -> tuple[str, ...]:
        """What the deployment itself calls the households of this name, also those that it has
        forgotten: a handle follows from the name and the key alone."""
        with self._states() as states:
            return self._looking.handles_of(reference, [states[FACTS]])

    @property
    def _keys(self) -> Keys:
        return self._key.keys()

    @property
    def _looking(self) -> Looking:
        return Looking(self.agreements, self.parties, self._keys)

    @contextmanager
    def _states(self) -> Iterator[Mapping[StreamName, State]]:
        """The state of each shard, all of it as it is at one moment."""
        connection = connect_to_read(self._database)
        try:
            connection.execute("BEGIN")
            yield {stream: SqliteState(connection, shard) for stream, shard in SHARDS.items()}
        finally:
            connection.close()


def database_in(data: Path) -> Path:
    """The database of the hub in a data directory; Misconfigured if there is none."""
    database = data / DATABASE
    if not database.exists():
        told = "there is no hub in it; start one first, or give another --data"
        raise Misconfigured(f"data directory {data}", told)
    return database


def latest_in(database: Path) -> Instant | None:
    """The latest instant at which a shard has worked; None if none ever did."""
    connection = connect_to_read(database)
    try:
        return latest(SqliteState(connection, shard) for shard in SHARDS.values())
    finally:
        connection.close()


def kept_in(data: Path | None, environ: Mapping[str, str]) -> Kept:
    """What the settings of this process, or `data`, point to."""
    return Kept(load(environ, {"data": None if data is None else str(data)}))
