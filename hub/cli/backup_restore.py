"""A hub out of a backup and its journal: the copy as it was, and every commit after it once more.

Everything is read to its end before anything is made. What a journal cannot give back is said, and
has to be agreed to (`--behind`): then the hub counts on where no party can have been told anything.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from hub.cli.backup_files import at_one_moment
from hub.cli.options import agreements_at
from hub.cli.screen import Advance, Screen
from hub.cli.state_files import entries_of, fill, make, require_empty
from hub.compose.embedded import SHARDS
from hub.compose.key_source import own_key_of
from hub.domain.parties import Parties
from hub.domain.time import Instant, format_instant
from hub.errors import Misconfigured
from hub.gateway.aside import Aside
from hub.keys import Keys
from hub.reading import alerts
from hub.reading.model import Projection
from hub.settings import Settings
from hub.streams import backup_file, export_file
from hub.streams.backup_file import Head
from hub.streams.export_file import Header, Trailer
from hub.streams.floor import FLOOR, KEY, floor_in, stored
from hub.streams.journal_file import FOLDER, Place
from hub.streams.journal_reading import Ending, Reading, is_followed
from hub.streams.retention import RETENTION
from hub.streams.sqlite.journaling import Commit, decode_commit, put
from hub.streams.sqlite.opening import damage
from hub.streams.sqlite.progress import number_anew
from hub.streams.sqlite.state import SqliteState, write_changes
from hub.streams.sqlite.store import SqliteStore
from hub.streams.transfer import Entry

# Ways in which a journal may say less than parties know.
_SHORT: Final = frozenset({Ending.DAMAGED, Ending.MISSING, Ending.FOLLOWED})
_SHORTCOMINGS: Final = {
    Ending.MISSING: "there is no journal of what came after it",
    Ending.DAMAGED: "its journal is damaged",
}
_AT_ONCE: Final = 100  # commits in a transaction
_FLOORS: Final = 10_000  # no alert is revised so often between two backups
# Transport that was read goes at once: what of an erased household came that way too.
_READ: Final = {name: keep for name, keep in RETENTION.items() if not keep.days}


class Ways(Struct, frozen=True):
    """Where the journal lies, if somebody said, and whether parties may know more than it does."""

    journal: Path | None = None
    is_behind: bool = False


class Restored(Struct, frozen=True):
    """What a restore made: of a backup of then, up to the last commit of its journal."""

    made_at: Instant
    until: Instant
    commits: int
    ending: str
    key: str
    counts: Mapping[str, int]
    is_behind: bool


class _Plan(Struct, frozen=True):
    """What there is to restore from, read to its end."""

    file: Path
    keys: Keys
    header: Header
    trailer: Trailer
    folder: Path | None
    place: Place | None
    commits: int
    until: Instant
    ending: Ending


def restored(screen: Screen, settings: Settings, file: Path, ways: Ways) -> Restored:
    """Make a data directory out of a backup. Misconfigured: what is wrong with it, and what to do;
    nothing was changed."""
    require_empty(settings.data)
    keys = own_key_of(settings).keys()
    plan = planned(settings, file, keys, ways.journal)
    if plan.ending in _SHORT and not ways.is_behind:
        raise _unwilling(plan)
    parties = agreements_at(settings.agreements, None)[1]
    _made(screen, settings.data, plan, parties, is_behind=ways.is_behind)
    return _told(plan, is_behind=ways.is_behind)


def verified(screen: Screen, settings: Settings, file: Path, journal: Path | None) -> Restored:
    """Restore it somewhere, and look at what came of it. Misconfigured: why it is not good."""
    plan = planned(settings, file, own_key_of(settings).keys(), journal)
    if plan.place is not None and plan.ending in _SHORT:
        raise _unwilling(plan)
    parties = agreements_at(settings.agreements, None)[1]
    with TemporaryDirectory(prefix="seintje-verify-") as folder:
        data = Path(folder) / "data"
        bare = plan if plan.folder is None else _without_journal(plan)
        _made(screen, data, bare, parties, is_behind=False)
        _compare(data, plan)
        if plan.commits:
            _made(screen, Path(folder) / "whole", plan, parties, is_behind=False)
            _look_through(Path(folder) / "whole", plan.file)
    return _told(plan, is_behind=False)


def brought_onto_kafka(screen: Screen, settings: Settings, file: Path) -> dict[str, Any]:
    """Make a hub on Kafka out of a backup; see `seintje state import`."""
    from hub.cli import state_on_kafka
    from hub.cli.backup_kafka import as_export
    from hub.compose.key_source import key_of

    keys = key_of(settings).keys()
    backup_file.check(file, keys)
    with as_export(file, keys) as export:
        done = state_on_kafka.brought_in(screen, settings, export)
    return {**done.where, "key": done.sealed, "entries": done.trailer.counts}


def planned(settings: Settings, file: Path, keys: Keys, journal: Path | None) -> _Plan:
    """Read everything that there is to its end. Misconfigured: the backup is no good."""
    header, trailer = backup_file.check(file, keys)
    head = backup_file.head_of(file)
    folder = _journal_of(settings, file, head, journal)
    commits, until, ending = 0, header.made_at, Ending.MISSING
    if folder is not None and head.place is not None:
        reading = Reading(folder, head.place, keys)
        for entry in reading.entries():
            commits, until = commits + 1, decode_commit(entry).at
        ending = reading.ending
        if is_followed(folder, head.place.line, head.made_at):
            ending = Ending.FOLLOWED
    return _Plan(
        file, keys, header, trailer, folder, head.place, commits, max(until, header.made_at), ending
    )


def _journal_of(settings: Settings, file: Path, head: Head, journal: Path | None) -> Path | None:
    """Where the journal of this backup lies; None if it has none."""
    if head.place is None:
        return None
    if journal is not None:
        return journal / FOLDER if (journal / FOLDER).is_dir() else journal
    beside = file.parent / FOLDER
    if beside.is_dir() or settings.backups is None:
        return beside
    return settings.backups / FOLDER


def _unwilling(plan: _Plan) -> Misconfigured:
    until = format_instant(plan.until)
    where = "" if plan.folder is None else f" ({plan.folder})"
    if plan.ending is Ending.FOLLOWED:
        what = f"the hub went on with another journal after it{where}: restore a newer backup"
    else:
        what = f"{_SHORTCOMINGS[plan.ending]}{where}: give --journal DIR if it lies elsewhere"
    told = (
        f"{what}; or add --behind, and it is restored up to {until}: what parties were told and"
        " sent after that is then not known (docs/backup.md)"
    )
    return Misconfigured(f"backup {plan.file}", told)


def _made(screen: Screen, data: Path, plan: _Plan, parties: Parties, *, is_behind: bool) -> None:
    total = plan.trailer.entries + plan.commits
    told = screen.words(nl=f"{plan.file} terugzetten", en=f"Restoring {plan.file}")
    with screen.progress(told, total) as advance:

        async def filled(store: SqliteStore, project: Projection) -> None:
            entries = export_file.read(plan.file, backup_file.unsealed(plan.keys))
            await fill(store, entries, project, advance)
            await _do_once_more(store, plan, project, advance)
            if is_behind:
                await store.transact(_count_on)
            await store.trim(store.clock.now(), _READ)

        asyncio.run(make(data, plan.header.fingerprint, parties, filled))


async def _do_once_more(
    store: SqliteStore, plan: _Plan, project: Projection, advance: Advance
) -> None:
    """Every commit after the backup, in its order."""
    aside, done = Aside(), plan.trailer.entries
    for commits in _some_at_once(_commits(plan)):

        def work(connection: sqlite3.Connection, commits: list[Commit] = commits) -> None:
            for commit in commits:
                put(connection, commit, project, aside)

        await store.transact(work)
        done += len(commits)
        advance(done)


def _commits(plan: _Plan) -> Iterator[Commit]:
    if plan.folder is None or plan.place is None:
        return
    for entry in islice(Reading(plan.folder, plan.place, plan.keys).entries(), plan.commits):
        yield decode_commit(entry)


def _some_at_once(commits: Iterator[Commit]) -> Iterator[list[Commit]]:
    while some := list(islice(commits, _AT_ONCE)):
        yield some


def _count_on(connection: sqlite3.Connection) -> None:
    """Give revisions numbers that nobody was told, and positions a name that no cursor has."""
    known = max(floor_in(SqliteState(connection, shard)) for shard in SHARDS.values())
    highest = max(known, alerts.highest_revision(connection))
    floor = (highest // _FLOORS + 1) * _FLOORS
    for shard in SHARDS.values():
        write_changes(connection, shard, {(FLOOR, KEY): stored(floor)})
    number_anew(connection, secrets.token_hex(4))


def _compare(data: Path, plan: _Plan) -> None:
    """Whether what came of the backup alone says what it says."""
    with at_one_moment(data) as connection:
        wrong = damage(connection)
        found = _counted(entries_of(connection, plan.keys, None))
    if wrong:
        raise Misconfigured(f"backup {plan.file}", f"what came of it is damaged ({wrong[0]})")
    is_of_one = plan.header.shards == 1  # what many shards hold more than once, one holds once
    if is_of_one and found != plan.trailer.counts:
        raise Misconfigured(f"backup {plan.file}", "what came of it is not as much as went in")


def _look_through(data: Path, file: Path) -> None:
    with at_one_moment(data) as connection:
        wrong = damage(connection)
    if wrong:
        told = f"what came of it and its journal is damaged ({wrong[0]})"
        raise Misconfigured(f"backup {file}", told)


def _counted(entries: Iterator[Entry]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in entries:
        kind = export_file.kind_of(entry)
        counts[kind] = counts.get(kind, 0) + 1
    return counts


def _without_journal(plan: _Plan) -> _Plan:
    return replace(plan, folder=None, place=None, commits=0)


def _told(plan: _Plan, *, is_behind: bool) -> Restored:
    return Restored(
        plan.header.made_at,
        plan.until,
        plan.commits,
        plan.ending.value if plan.place is not None else "none",
        plan.header.fingerprint,
        plan.trailer.counts,
        is_behind,
    )
