"""The whole of a data directory as entries, and a new data directory out of entries.

Besides state and streams that is what each party has of alerts whose last revision its stream does
not hold any more, the receipts as they stand, the API keys and the subscriptions. All else of the
read model is filled again from the streams.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import astuple

from hub import __version__
from hub.cli.kept import database_in
from hub.cli.options import agreements_at
from hub.cli.screen import Advance, Screen
from hub.cli.state_read import read_entries, views_of_households
from hub.clocks import SystemClock
from hub.compose.embedded import SHARDS
from hub.compose.key_source import KEY_FILE, Source, own_key_of
from hub.delivery import moving
from hub.domain.parties import Parties
from hub.durable import sync_directory
from hub.errors import Bug, Misconfigured
from hub.gateway import all_settings, api_keys
from hub.keys import Keys
from hub.reading import model, receipts
from hub.reading.model import Projection
from hub.settings import Settings
from hub.streams.correlate import AGREEMENTS, META
from hub.streams.entries import FACTS
from hub.streams.export_file import FORMAT, Header, Trailer, check, read, write
from hub.streams.seam import Emit, Position, StreamName
from hub.streams.sqlite.directory import DATABASE, DataDirectory
from hub.streams.sqlite.state import SqliteState
from hub.streams.sqlite.store import SqliteStore
from hub.streams.sqlite.transfer import count_in, restore, state_in, streams_in
from hub.streams.transfer import (
    Answered,
    ApiKeyEntry,
    Entry,
    Lasting,
    SettingEntry,
    Stretch,
)
from hub.wire.state import PartyOf

_AT_ONCE: Final = 2000  # entries in a transaction
_DRAFT: Final = ".seintje-import"
_MAY_LIE_THERE: Final = frozenset({KEY_FILE, _DRAFT, "lost+found"})


class Keyed(Struct, frozen=True):
    """The keys of a hub, and those to seal its export by, if others."""

    own: Keys
    onto: Keys | None

    @property
    def sealing(self) -> Keys:
        return self.onto or self.own


class Done(Struct, frozen=True):
    """What was written or brought in: by which key it is sealed, where the key of the hub is, and
    where an import went."""

    trailer: Trailer
    sealed: str
    key: Source
    where: Mapping[str, Any] = {}


def keyed(own: Source, successor: Path | None) -> Keyed:
    """The keys of a hub, and those of the file of a successor, made where there is none yet."""
    raw = own.raw()
    onto = None if successor is None else Keys.load_or_succeed(successor, raw)
    return Keyed(Keys(*raw), onto)


def exported(screen: Screen, settings: Settings, file: Path, rekey: Path | None) -> Done:
    """Write the hub of a data directory to a file."""
    own_key = own_key_of(settings)
    with closing(Exporting(settings.data)) as exporting:
        keys = keyed(own_key, rekey)
        told = screen.words(nl=f"{settings.data} exporteren", en=f"Exporting {settings.data}")
        with screen.progress(told, exporting.count) as advance:
            trailer = asyncio.run(exporting.to(file, keys.own, keys.onto, advance))
    return Done(trailer, keys.sealing.fingerprint, own_key)


def brought_in(screen: Screen, settings: Settings, file: Path) -> Done:
    """Make a data directory out of a file."""
    own_key = own_key_of(settings)
    parties = agreements_at(settings.agreements, None)[1]
    header, trailer = checked(file, settings.data, own_key)
    told = screen.words(nl=f"{file} importeren", en=f"Importing {file}")
    with screen.progress(told, trailer.entries) as advance:
        asyncio.run(bring_in(file, settings.data, header, parties, advance))
    return Done(trailer, header.fingerprint, own_key, {"data": str(settings.data)})


class Exporting:
    """A data directory of which no hub is running, opened to be exported."""

    def __init__(self, data: Path) -> None:
        database_in(data)
        self._store = SqliteStore.open(data, SystemClock())

    async def to(self, file: Path, keys: Keys, onto: Keys | None, advance: Advance) -> Trailer:
        """Write everything to a file, sealed by `onto` if given.

        Misconfigured: another key sealed it, or the file is there already.
        """
        await self._store.claim_key(keys.fingerprint)
        await self._store.transact(model.prepare)
        await self._store.transact(all_settings.prepare)
        near = self._store.near
        near.execute("BEGIN")  # API keys may be made meanwhile: all as it is at one moment
        header = Header(
            FORMAT,
            __version__,
            (onto or keys).fingerprint,
            agreements_in(near),
            1,
            self._store.clock.now(),
        )
        try:
            return write(file, header, entries_of(near, keys, onto), advance)
        finally:
            near.execute("ROLLBACK")

    @property
    def count(self) -> int:
        """About how many entries there are."""
        return count_in(self._store.near)

    def outlasting(self) -> AbstractContextManager[None]:
        """No hub starts in the directory while the block runs, also after `close`."""
        return self._store.outlasting()

    def close(self) -> None:
        self._store.close()


def checked(file: Path, data: Path, key: Source) -> tuple[Header, Trailer]:
    """Whether the file is whole, the directory empty, and the key the one that sealed it.

    Misconfigured if not. A key file may be missing as yet.
    """
    require_empty(data)
    return whole(file, key)


def require_empty(data: Path) -> None:
    """Misconfigured if anything but a key lies in the directory."""
    if data.exists():
        there = sorted(it.name for it in data.iterdir() if it.name not in _MAY_LIE_THERE)
        if there:
            told = f"it is not empty ({there[0]}); give another one. Only the key may lie in it"
            raise Misconfigured(f"data directory {data}", told)


def whole(file: Path, key: Source) -> tuple[Header, Trailer]:
    """Whether the file is whole, and the key the one that sealed it. Misconfigured if not."""
    header, trailer = check(file)
    if not key.is_missing:
        found = key.keys().fingerprint
        if found != header.fingerprint:
            told = f"the export was sealed with key {header.fingerprint}, this is {found}"
            raise Misconfigured(f"key {key.where}", f"{told}; put that one in its place")
    return header, trailer


async def bring_in(
    file: Path, data: Path, header: Header, parties: Parties, advance: Advance
) -> None:
    """Make a database in `data` out of a file that was `checked`: the whole of it or none."""

    async def put(store: SqliteStore, project: Projection) -> None:
        await fill(store, read(file), project, advance)

    await make(data, header.fingerprint, parties, put)


async def make(
    data: Path,
    fingerprint: str,
    parties: Parties,
    put: Callable[[SqliteStore, Projection], Awaitable[None]],
) -> None:
    """Make a database in `data`, sealed by the key of this fingerprint: the whole of it or none.

    It is made beside its place and put there when it is complete, so that no hub starts on half.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = data / _DRAFT
    if draft.exists():  # an import was cut off; the lock says whether one is still at it
        DataDirectory(draft).close()
        shutil.rmtree(draft)
    try:
        with SqliteStore.open(draft, SystemClock()) as store:
            await store.claim_key(fingerprint)
            for tables in (model.prepare, all_settings.prepare):
                await store.transact(tables)
            await put(store, Projection(PartyOf(parties.find_by_source)))
        _place(draft, data)
    except FileExistsError:
        told = "a hub was started in it meanwhile; give another one"
        raise Misconfigured(f"data directory {data}", told) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    sync_directory(data)


def _place(draft: Path, data: Path) -> None:
    if any(it.stat().st_size for it in draft.glob(DATABASE + "-*")):
        raise Bug("the log of the new database was not written back")
    os.link(draft / DATABASE, data / DATABASE)  # refuses where a hub was made meanwhile


async def fill(
    store: SqliteStore, entries: Iterator[Entry], project: Projection, advance: Advance
) -> None:
    """Put entries into a new database."""
    done = 0
    while chunk := list(islice(entries, _AT_ONCE)):
        await store.transact(partial(_put, chunk=chunk, project=project))
        done += len(chunk)
        advance(done)


def _put(connection: sqlite3.Connection, chunk: Sequence[Entry], project: Projection) -> None:
    restore(connection, chunk, SHARDS, project)
    lasting = [entry for entry in chunk if isinstance(entry, Lasting)]
    if lasting:
        emits = [(Emit(it.stream, it.key, it.value), it.at, it.appended_at) for it in lasting]
        project(connection, emits)
    answered = [astuple(entry) for entry in chunk if isinstance(entry, Answered)]
    receipts.restore(connection, answered)
    keys = [astuple(entry) for entry in chunk if isinstance(entry, ApiKeyEntry)]
    api_keys.restore(connection, keys)
    for entry in chunk:
        if isinstance(entry, SettingEntry):
            moving.restore(connection, entry)


def entries_of(connection: sqlite3.Connection, keys: Keys, onto: Keys | None) -> Iterator[Entry]:
    """Everything in a database as it is at one moment, sealed by `onto` if given."""
    yield from state_in(connection, SHARDS, keys, onto)
    begins: dict[StreamName, Position] = {}
    for entry in streams_in(connection, SHARDS):
        if isinstance(entry, Stretch):
            begins[entry.stream] = entry.after
        yield entry
    yield from read_entries(connection, begins)
    yield from views_of_households(connection, keys, onto)
    yield from moving.entries(connection, keys, onto)


def agreements_in(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The digests of the agreements that the state was made by."""
    stored = SqliteState(connection, SHARDS[FACTS]).get(META, AGREEMENTS)
    return () if stored is None else tuple(stored.decode().split("\n"))
