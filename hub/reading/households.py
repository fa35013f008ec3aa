"""Households as a party may see them: their views, and finding them by a reference.

A view lies here sealed, as it was emitted, and is opened for who asks. What it is found by are
keyed hashes. What was told of its alerts is read where those are (`hub.reading.alerts`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from hub.domain.agreement import Agreements
from hub.domain.facts import Reference
from hub.domain.parties import Parties, Party
from hub.domain.sharing import issuers_of
from hub.domain.time import BEGINNING, Instant
from hub.keys import Keys
from hub.reading import alerts
from hub.reading.household_view import Seen, Told, household_view, told_by
from hub.streams.household_views import hashes_in, key_of, opened, party_and_handle
from hub.streams.seam import Emit, Position
from hub.wire.household_views import OfHousehold

Entries = Sequence[tuple[Emit, Position, Instant]]

TABLES: Final = (
    "CREATE TABLE read_household (party TEXT NOT NULL, handle TEXT NOT NULL, view BLOB NOT NULL,"
    " PRIMARY KEY (party, handle))",
    "CREATE TABLE read_household_name (party TEXT NOT NULL, name BLOB NOT NULL,"
    " handle TEXT NOT NULL, PRIMARY KEY (party, name, handle)) WITHOUT ROWID",
    "CREATE INDEX read_household_name_of ON read_household_name (party, handle)",
)

_OF_ONE: Final = "WHERE party = ? AND handle = ?"
_NAMED: Final = "SELECT handle FROM read_household_name WHERE party = ? AND name = ?"


def put(connection: sqlite3.Connection, entries: Entries) -> None:
    """Views were written or erased; of each the last word counts."""
    last = {party_and_handle(emit.key): emit.value for emit, _, _ in entries}
    for table in ("read_household", "read_household_name"):
        connection.executemany(f"DELETE FROM {table} {_OF_ONE}", list(last))
    connection.executemany(
        "INSERT INTO read_household VALUES (?, ?, ?)",
        [(*key, value) for key, value in last.items() if value is not None],
    )
    connection.executemany(
        "INSERT INTO read_household_name VALUES (?, ?, ?)",
        [
            (party, name, handle)
            for (party, handle), value in last.items()
            if value is not None
            for name in hashes_in(value)
        ],
    )


def every(connection: sqlite3.Connection) -> Iterator[tuple[bytes, bytes]]:
    """Every view as it was emitted, with its key."""
    rows = connection.execute(
        "SELECT party, handle, view FROM read_household ORDER BY party, handle"
    )
    return ((key_of(party, handle), view) for party, handle, view in rows)


class Shown(NamedTuple):
    """A household as JSON, and the alerts of which it shows what they told."""

    view: bytes
    told: Sequence[Told]


class Households:
    """Opens views, and puts them together with what was told by alerts."""

    def __init__(self, agreements: Agreements, parties: Parties, keys: Keys) -> None:
        self._agreements = agreements
        self._parties = parties
        self._keys = keys

    def find(
        self, connection: sqlite3.Connection, party: str, handle: str, now: Instant
    ) -> bytes | None:
        """The household of a party's handle as JSON; None if there is none for this party. Not to
        be shown to anybody: that is for `Readings`, which logs it."""
        shown = self.show(connection, party, handle, now)
        return None if shown is None else shown.view

    def show(
        self, connection: sqlite3.Connection, party: str, handle: str, now: Instant
    ) -> Shown | None:
        """The household of a party's handle; None if there is none for this party."""
        said = self._opened(connection, party, handle)
        told = told_by(alerts.of_household(connection, party, handle))
        if said is None:
            if not told:
                return None
            # by topics of their own it may come later than the alert that it goes with
            said = OfHousehold(told[0].gemeente or "", (), ())
        versions = self._agreements.of_gemeente(said.gemeente)
        sharing = self._agreements.find(versions, now)
        view = household_view(Seen(handle, said, told), sharing, self._parties.roles)
        return Shown(view, told)

    def lookup(
        self, connection: sqlite3.Connection, party: Party, reference: Reference
    ) -> list[str]:
        """The party's handles for the households of a reference of its own, the one that it said
        something of last first; of others' references none."""
        if reference.issuer not in issuers_of(party):
            return []
        names = [self._keys.reference_key(it, reference) for it in self._places(party)]
        found = {
            handle
            for name in names
            for (handle,) in connection.execute(_NAMED, (party.id, name)).fetchall()
        }
        latest = {it: self._last_said(connection, party.id, it) for it in found}
        return sorted(found, key=lambda handle: (-latest[handle], handle))

    def _places(self, party: Party) -> list[str]:
        """The gemeenten of a party, with those that became part of them."""
        former = self._parties.successors.items()
        became = {old for old, code in former if code in party.gemeenten}
        return sorted(party.gemeenten | became)

    def _opened(
        self, connection: sqlite3.Connection, party: str, handle: str
    ) -> OfHousehold | None:
        row = connection.execute(
            f"SELECT view FROM read_household {_OF_ONE}", (party, handle)
        ).fetchone()
        return None if row is None else opened(key_of(party, handle), row[0], self._keys.views)

    def _last_said(self, connection: sqlite3.Connection, party: str, handle: str) -> Instant:
        said = self._opened(connection, party, handle)
        return said.facts[-1].at if said is not None and said.facts else BEGINNING
